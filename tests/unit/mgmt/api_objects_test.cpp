// SPDX-License-Identifier: BSD-2-Clause
// Collections and settings over HTTP.
#include <algorithm>

#include "policy/config/collections.hpp"
#include "tests/unit/mgmt/api_fixture.hpp"

namespace portcullis::mgmt {
namespace {

using ApiObjects = ApiTest;

TEST_F(ApiObjects, LifeOfATrunk) {
    start();
    put_good();
    Json trunk{{"realm", "peer"},
               {"gateways", {{{"uri", "sip:198.18.1.3"}}}},
               {"match", {{"sources", {"198.18.1.3"}}}}};
    const auto created = put("/api/v1/trunks/backup", trunk);
    EXPECT_EQ(created.status, 201) << created.body;
    EXPECT_EQ(created.header("Location"), "/api/v1/trunks/backup");
    EXPECT_EQ(created.header("ETag"), "\"2\"");
    EXPECT_EQ(Json::parse(created.body)["name"], "backup");

    // Its ETag is its own: another object's change leaves it.
    ASSERT_EQ(put("/api/v1/timers", {{"t1_ms", 250}}, "\"0\"").status, 200);
    const auto read = get("/api/v1/trunks/backup");
    EXPECT_EQ(read.header("ETag"), "\"2\"");
    EXPECT_EQ(get("/api/v1/trunks/backup", {{"If-None-Match", "\"2\""}}).status, 304);

    // What was read can be sent back.
    Json body = Json::parse(read.body);
    body["description"] = "second line";
    EXPECT_EQ(put("/api/v1/trunks/backup", body).status, 428);
    EXPECT_EQ(put("/api/v1/trunks/backup", body, "\"1\"").status, 412);
    const auto replaced = put("/api/v1/trunks/backup", body, "\"2\"");
    EXPECT_EQ(replaced.status, 200) << replaced.body;
    EXPECT_EQ(replaced.header("ETag"), "\"4\"");

    EXPECT_EQ(Json::parse(get("/api/v1/trunks").body)["items"].size(), 3U);
    EXPECT_EQ(erase("/api/v1/trunks/backup").status, 428);
    EXPECT_EQ(erase("/api/v1/trunks/backup", "\"2\"").status, 412);
    const auto erased = erase("/api/v1/trunks/backup", "\"4\"");
    EXPECT_EQ(erased.status, 204);
    EXPECT_TRUE(erased.body.empty());
    EXPECT_EQ(get("/api/v1/trunks/backup").status, 404);
    EXPECT_EQ(erase("/api/v1/trunks/backup", "*").status, 404);
}

// A secret never comes out, and what a read gives in its place keeps it.
TEST_F(ApiObjects, SecretsStayInside) {
    signaling_.start();
    start();
    ASSERT_TRUE(
        wait_status("signaling", [](const Json& entry) { return entry["connected"] == true; }));
    put_good();
    const auto stored_password = [this](const std::string& name) {
        const Json document = Json::parse(signaling_.document());
        for (const auto& one : document["trunks"]) {
            if (one["name"] == name) return one["authentication"].value("password", "");
        }
        return std::string();
    };
    const Json placeholder{{"$secret", "password"}};
    Json trunk = Json::parse(get("/api/v1/trunks/carrier").body);
    trunk["authentication"] = {{"username", "u"}, {"password", placeholder}};
    const auto refused = put("/api/v1/trunks/carrier", trunk, "*");
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(Json::parse(refused.body)["errors"][0]["pointer"], "/authentication/password");

    trunk["authentication"]["password"] = "hunter2";
    trunk["challenge"]["users"] = {{{"username", "a"}, {"password", "hunter2-a"}},
                                   {{"username", "b"}, {"password", "hunter2-b"}}};
    const auto stored = put("/api/v1/trunks/carrier", trunk, "*");
    ASSERT_EQ(stored.status, 200) << stored.body;
    for (const char* path : {"/api/v1/trunks/carrier", "/api/v1/trunks", "/api/v1/config",
                             "/api/v1/config/revisions/2?diff_from=1"}) {
        const auto read = get(path).body;
        EXPECT_EQ(read.find("hunter2"), std::string::npos) << path;
        EXPECT_NE(read.find("$secret"), std::string::npos) << path;
    }

    // Sent back, by object and in the whole document, in another order too.
    Json body = Json::parse(get("/api/v1/trunks/carrier").body);
    body["description"] = "changed";
    // A list's objects are known by their names, wherever they stand.
    std::reverse(body["challenge"]["users"].begin(), body["challenge"]["users"].end());
    ASSERT_EQ(put("/api/v1/trunks/carrier", body, "*").status, 200);
    EXPECT_EQ(stored_password("carrier"), "hunter2");
    EXPECT_NE(signaling_.document().find("hunter2-a"), std::string::npos);
    EXPECT_NE(signaling_.document().find("hunter2-b"), std::string::npos);
    Json whole = Json::parse(get("/api/v1/config").body);
    std::reverse(whole["trunks"].begin(), whole["trunks"].end());
    ASSERT_EQ(put("/api/v1/config", whole, "*").status, 200);
    EXPECT_EQ(stored_password("carrier"), "hunter2");

    // Another object does not get it.
    for (auto& one : whole["trunks"]) {
        if (one["name"] == "pbx") one["authentication"] = body["authentication"];
    }
    EXPECT_EQ(put("/api/v1/config", whole, "*").status, 422);
    // A new value replaces it.
    body["authentication"]["password"] = "other";
    ASSERT_EQ(put("/api/v1/trunks/carrier", body, "*").status, 200);
    EXPECT_EQ(stored_password("carrier"), "other");
}

// As for the whole document: a dry run changes nothing and needs no condition; one is still heeded.
TEST_F(ApiObjects, DryRunNeedsNoCondition) {
    start();
    put_good();
    const Json trunk{{"realm", "peer"}, {"gateways", {{{"uri", "sip:198.18.1.3"}}}}};
    const auto answer = put("/api/v1/trunks/carrier?dry_run=true", trunk);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(Json::parse(answer.body)["changes"][0]["path"], "/trunks/carrier");
    EXPECT_EQ(put("/api/v1/trunks/carrier?dry_run=true", trunk, "\"9\"").status, 412);
    EXPECT_EQ(put("/api/v1/timers?dry_run=true", {{"t1_ms", 250}}).status, 200);
    EXPECT_EQ(erase("/api/v1/routes/out?dry_run=true").status, 200);
    EXPECT_EQ(revision(), 1U);
}

TEST_F(ApiObjects, WhatIsInUseStays) {
    start();
    put_good();
    const auto answer = erase("/api/v1/realms/core", "*");
    EXPECT_EQ(answer.status, 409);
    const auto body = Json::parse(answer.body);
    EXPECT_EQ(body["used_by"], Json::parse(R"(["/sip_interfaces/core-v4", "/media_pools/core-v4",
                                               "/trunks/pbx"])"))
        << answer.body;
    EXPECT_EQ(revision(), 1U);
}

TEST_F(ApiObjects, MistakesPointIntoTheBody) {
    start();
    put_good();
    const Json trunk{{"realm", "nowhere"}, {"gateways", {{{"uri", 5}}}}, {"colour", "blue"}};
    const auto answer = put("/api/v1/trunks/backup", trunk);
    EXPECT_EQ(answer.status, 422);
    std::vector<std::string> pointers;
    const auto problem = Json::parse(answer.body);
    for (const auto& error : problem["errors"]) pointers.push_back(error["pointer"]);
    std::ranges::sort(pointers);
    EXPECT_EQ(pointers, (std::vector<std::string>{"/colour", "/gateways/0/uri", "/realm"}))
        << answer.body;
    EXPECT_EQ(put("/api/v1/trunks/backup", {{"name", "other"}}).status, 422);
    EXPECT_EQ(put("/api/v1/trunks/backup", Json::array()).status, 422);
    EXPECT_EQ(put("/api/v1/trunks/Bad%20Name", {{"realm", "peer"}}).status, 422);
    EXPECT_EQ(revision(), 1U);
}

TEST_F(ApiObjects, EveryCollectionIsMounted) {
    start();
    for (const auto& collection : config::collections()) {
        std::string path = collection.path;
        std::ranges::replace(path, '_', '-');
        const auto answer = get("/api/v1/" + path);
        EXPECT_EQ(answer.status, 200) << path;
        EXPECT_EQ(Json::parse(answer.body)["items"], Json::array()) << path;
        EXPECT_EQ(get("/api/v1/" + collection.path).status, 200);
        EXPECT_EQ(get("/api/v1/" + path + "/none").status, 404);
        const auto wrong = HttpClient(port_, token_).request("POST", "/api/v1/" + path, "{}");
        EXPECT_EQ(wrong.status, 405);
        EXPECT_EQ(wrong.header("Allow"), "GET, HEAD");
    }
    for (const auto& settings : config::settings()) {
        EXPECT_EQ(get("/api/v1/" + settings.path).status, 200) << settings.path;
        EXPECT_EQ(erase("/api/v1/" + settings.path, "*").status, 405);
    }
}

TEST_F(ApiObjects, SettingsNeedTheirEtag) {
    start();
    EXPECT_EQ(get("/api/v1/timers").header("ETag"), "\"0\"");
    EXPECT_EQ(put("/api/v1/timers", {{"t1_ms", 250}}).status, 428);
    EXPECT_EQ(put("/api/v1/timers", {{"t1_ms", 0}}, "\"0\"").status, 422);
    const auto answer = put("/api/v1/timers", {{"t1_ms", 250}}, "\"0\"");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(Json::parse(answer.body)["t1_ms"], 250);
    EXPECT_EQ(put("/api/v1/timers?dry_run=true", {{"t1_ms", 300}}, "\"1\"").status, 200);
    EXPECT_EQ(Json::parse(get("/api/v1/timers").body)["t1_ms"], 250);
}

TEST_F(ApiObjects, HeadIsGetWithoutTheBody) {
    start();
    const auto get_answer = get("/api/v1/timers");
    const auto head = HttpClient(port_, token_).request("HEAD", "/api/v1/timers");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("Content-Length"), std::to_string(get_answer.body.size()));
    EXPECT_EQ(head.header("ETag"), get_answer.header("ETag"));
    EXPECT_TRUE(head.body.empty());
}

}  // namespace
}  // namespace portcullis::mgmt
