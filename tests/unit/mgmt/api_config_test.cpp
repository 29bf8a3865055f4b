// SPDX-License-Identifier: BSD-2-Clause
// The configuration document over HTTP: validation, conditions, history.
#include <algorithm>

#include "tests/unit/mgmt/api_fixture.hpp"

namespace portcullis::mgmt {
namespace {

using ApiConfig = ApiTest;

std::vector<std::string> pointers(const HttpAnswer& answer) {
    std::vector<std::string> out;
    const auto body = Json::parse(answer.body);
    for (const auto& error : body["errors"]) out.push_back(error["pointer"]);
    std::ranges::sort(out);
    return out;
}

TEST_F(ApiConfig, FiveMistakesFivePointersNothingChanged) {
    relay_.start();
    signaling_.start();
    start();
    const auto connected = [](const Json& entry) { return entry["connected"] == true; };
    ASSERT_TRUE(wait_status("mediarelay", connected));
    ASSERT_TRUE(wait_status("signaling", connected));
    put_good();
    const auto before = get("/api/v1/config");
    Json bad = good_document();
    bad["realms"][0]["colour"] = "blue";                 // unknown field
    bad["sip_interfaces"][0]["port"] = 70000;            // out of range
    bad["media_pools"][1]["port_min"] = "20000";         // wrong type
    bad["trunks"][0]["realm"] = "nowhere";               // dangling
    bad["routes"][1]["match"]["called_pattern"] = "(*";  // no pattern
    const auto answer = put("/api/v1/config", bad, "\"1\"");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(pointers(answer),
              (std::vector<std::string>{"/media_pools/1/port_min", "/realms/0/colour",
                                        "/routes/1/match/called_pattern", "/sip_interfaces/0/port",
                                        "/trunks/0/realm"}))
        << answer.body;
    const auto after = get("/api/v1/config");
    EXPECT_EQ(after.body, before.body);
    EXPECT_EQ(after.header("ETag"), "\"1\"");
    EXPECT_EQ(relay_.applied(), 1U);
    const auto log = signaling_.log();
    EXPECT_EQ(std::ranges::count(log, "prepare 2"), 0);
}

TEST_F(ApiConfig, BodiesThatAreNoDocument) {
    start();
    HttpClient client(port_, token_);
    const auto attempt = [&client](const std::string& body,
                                   const HttpClient::Headers& headers = {}) {
        return client.request("PUT", "/api/v1/config", body, headers).status;
    };
    EXPECT_EQ(attempt("{"), 400);
    EXPECT_EQ(attempt(R"({"realms": [], "realms": []})"), 400);
    EXPECT_EQ(attempt("[]"), 422);
    EXPECT_EQ(attempt("null"), 422);
    EXPECT_EQ(attempt("{}", {{"Content-Type", "text/plain"}}), 415);
    EXPECT_EQ(attempt("{}", {{"Content-Type", "application/json; charset=latin-1"}}), 415);
    EXPECT_EQ(attempt("{}", {{"Content-Encoding", "gzip"}}), 415);
    EXPECT_EQ(client.request("PUT", "/api/v1/config").status, 415);
    EXPECT_EQ(client.request("PUT", "/api/v1/config?verbose=1", "{}").status, 400);
    EXPECT_EQ(client.request("PUT", "/api/v1/config?dry_run=yes", "{}").status, 400);
    EXPECT_EQ(client.request("PUT", "/api/v1/config?dry_run=true&dry_run=true", "{}").status, 400);
    EXPECT_EQ(client.request("GET", "/api/v1/config", "{}").status, 400);
    EXPECT_EQ(revision(), 0U);
}

TEST_F(ApiConfig, EtagFlow) {
    start();
    // The empty store gives "0", and takes a first document with it, without, or create-only.
    EXPECT_EQ(get("/api/v1/config").header("ETag"), "\"0\"");
    EXPECT_EQ(put("/api/v1/config", good_document(), "\"7\"").status, 412);
    EXPECT_EQ(
        HttpClient(port_, token_)
            .request("PUT", "/api/v1/config", good_document().dump(), {{"If-None-Match", "*"}})
            .status,
        200);
    EXPECT_EQ(get("/api/v1/config", {{"If-None-Match", "\"1\""}}).status, 304);

    Json changed = good_document();
    changed["trunks"][0]["description"] = "the house";
    EXPECT_EQ(put("/api/v1/config", changed).status, 428);
    const auto stale = put("/api/v1/config", changed, "\"0\"");
    EXPECT_EQ(stale.status, 412);
    EXPECT_EQ(stale.header("ETag"), "\"1\"");
    EXPECT_EQ(HttpClient(port_, token_)
                  .request("PUT", "/api/v1/config", changed.dump(), {{"If-None-Match", "*"}})
                  .status,
              412);
    const auto good = put("/api/v1/config", changed, "\"1\"");
    EXPECT_EQ(good.status, 200);
    EXPECT_EQ(good.header("ETag"), "\"2\"");
    EXPECT_EQ(good.header("Portcullis-Revision"), "2");
    EXPECT_EQ(good.header("Portcullis-Pending"), "mediarelay, signaling");
    // The same content again is no new revision.
    EXPECT_EQ(put("/api/v1/config", changed, "\"2\"").header("ETag"), "\"2\"");
    EXPECT_EQ(Json::parse(get("/api/v1/config").body)["trunks"][0]["description"], "the house");
}

TEST_F(ApiConfig, DryRunTellsAndChangesNothing) {
    start();
    put_good();
    Json changed = good_document();
    changed["trunks"].erase(1);
    changed["routes"].clear();
    changed["timers"] = {{"t1_ms", 250}};
    const auto answer = put("/api/v1/config?dry_run=true", changed);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto body = Json::parse(answer.body);
    EXPECT_EQ(body["valid"], true);
    EXPECT_EQ(body["revision"], 2);
    std::vector<std::string> seen;
    for (const auto& change : body["changes"]) {
        seen.push_back(change["op"].get<std::string>() + " " + change["path"].get<std::string>());
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"remove /trunks/carrier", "remove /routes/out",
                                              "remove /routes/in", "replace /timers"}));
    EXPECT_EQ(revision(), 1U);
    changed["trunks"][0]["realm"] = "nowhere";
    EXPECT_EQ(put("/api/v1/config?dry_run=true", changed).status, 422);
    EXPECT_EQ(put("/api/v1/config?dry_run=true", changed, "\"9\"").status, 412);
}

TEST_F(ApiConfig, HistoryAndRollback) {
    start();
    put_good();
    Json changed = good_document();
    changed["trunks"][0]["capacity"] = {{"max_calls", 7}};
    const auto second =
        HttpClient(port_, token_)
            .request("PUT", "/api/v1/config", changed.dump(),
                     {{"If-Match", "\"1\""}, {"Portcullis-Comment", "fewer calls"}});
    ASSERT_EQ(second.status, 200);
    const auto rolled = post("/api/v1/config/rollback", {{"revision", 1}});
    EXPECT_EQ(rolled.status, 200) << rolled.body;
    EXPECT_EQ(rolled.header("ETag"), "\"3\"");
    EXPECT_EQ(Json::parse(get("/api/v1/config").body)["trunks"][0]["capacity"]["max_calls"], 0);

    const auto list = Json::parse(get("/api/v1/config/revisions").body)["items"];
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0]["revision"], 3);
    EXPECT_EQ(list[0]["state"], "current");
    EXPECT_EQ(list[0]["comment"], "rollback to revision 1");
    EXPECT_EQ(list[1]["state"], "superseded");
    EXPECT_EQ(list[1]["comment"], "fewer calls");
    EXPECT_EQ(list[1]["author"], token_.substr(11, 8));
    const auto page = Json::parse(get("/api/v1/config/revisions?limit=2").body);
    EXPECT_EQ(page["next_before"], 2);
    EXPECT_EQ(Json::parse(get("/api/v1/config/revisions?before=2").body)["items"].size(), 1U);

    const auto one = Json::parse(get("/api/v1/config/revisions/2?diff_from=1").body);
    EXPECT_EQ(one["document"]["trunks"][0]["capacity"]["max_calls"], 7);
    ASSERT_EQ(one["changes"].size(), 1U);
    EXPECT_EQ(one["changes"][0]["path"], "/trunks/pbx");
    EXPECT_EQ(one["changes"][0]["before"]["capacity"]["max_calls"], 0);
    EXPECT_EQ(one["changes"][0]["after"]["capacity"]["max_calls"], 7);

    EXPECT_EQ(get("/api/v1/config/revisions/99").status, 404);
    EXPECT_EQ(get("/api/v1/config/revisions/x").status, 404);
    EXPECT_EQ(post("/api/v1/config/rollback", {{"revision", 99}}).status, 422);
    EXPECT_EQ(post("/api/v1/config/rollback", {{"revision", "1"}}).status, 422);
    EXPECT_EQ(post("/api/v1/config/rollback", {{"revision", -1}}).status, 422);
    EXPECT_EQ(post("/api/v1/config/rollback", Json::object()).status, 422);
    EXPECT_EQ(post("/api/v1/config/rollback", {{"revision", 1}, {"x", 1}}).status, 422);
}

TEST_F(ApiConfig, EverythingSurvivesARestart) {
    start();
    put_good();
    ASSERT_EQ(put("/api/v1/timers", {{"t1_ms", 250}}, "\"1\"").status, 412);
    ASSERT_EQ(put("/api/v1/timers", {{"t1_ms", 250}}, "\"0\"").status, 200);
    const auto before = get("/api/v1/config");
    stop();
    start();
    const auto after = get("/api/v1/config");
    EXPECT_EQ(after.status, 200);
    EXPECT_EQ(after.body, before.body);
    EXPECT_EQ(after.header("ETag"), "\"2\"");
    EXPECT_EQ(get("/api/v1/timers").header("ETag"), "\"2\"");
    EXPECT_EQ(get("/api/v1/trunks/pbx").header("ETag"), "\"1\"");
}

TEST_F(ApiConfig, AuditNamesWhoAndWhat) {
    start();
    put_good();
    EXPECT_EQ(put("/api/v1/config", good_document()).status, 428);
    EXPECT_EQ(put("/api/v1/config?dry_run=true", good_document()).status, 200);  // changes nothing
    const auto rows = Json::parse(get("/api/v1/audit-log").body)["items"];
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0]["status"], 428);
    EXPECT_EQ(rows[1]["status"], 200);
    EXPECT_EQ(rows[1]["revision"], "1");
    EXPECT_EQ(rows[1]["method"], "PUT");
    EXPECT_EQ(rows[1]["path"], "/api/v1/config");
    EXPECT_EQ(rows[1]["token"], token_.substr(11, 8));
    EXPECT_EQ(rows[1]["remote"], "127.0.0.1");
}

}  // namespace
}  // namespace portcullis::mgmt
