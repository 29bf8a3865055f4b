// SPDX-License-Identifier: BSD-2-Clause
// Starting the process: tokens, first configuration, and what can be in the way.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/unit/mgmt/api_fixture.hpp"

namespace portcullis::mgmt {
namespace {

using ApiStart = ApiTest;
using ::testing::HasSubstr;

std::string read_file(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

TEST_F(ApiStart, TokenIsShownOnceAndNeededEverywhere) {
    start();
    ASSERT_EQ(token_.size(), 84U);
    HttpClient stranger(port_);
    for (const char* path : {"/", "/api/v1/config", "/api/v1/calls", "/metrics", "/api/v1/metrics",
                             "/api/v1/no/such/thing", "/api/v1//config", "/api/v1/config/",
                             "/api/v1/system/health/../config", "/API/V1/CONFIG"}) {
        const auto answer = stranger.request("GET", path);
        EXPECT_TRUE(answer.status == 401 || answer.status == 429) << path << " " << answer.status;
        EXPECT_EQ(answer.status == 401,
                  answer.header("WWW-Authenticate").starts_with("Bearer realm="));
    }
    EXPECT_EQ(stranger.request("GET", "/api/v1/system/health/live").status, 200);
    EXPECT_EQ(stranger.request("GET", "/api/v1/system/health/ready").status, 503);
    const std::string first = token_;
    stop();
    start();
    EXPECT_TRUE(app_->fresh_token().empty());
    EXPECT_EQ(get("/api/v1/config").status, 200);
}

// Threats section 3, item 73.
TEST_F(ApiStart, WrongLoginsAreThrottledRightOnesAreNot) {
    start();
    HttpClient stranger(port_, "portcullis_aaaaaaaa_" + std::string(64, '0'));
    int refused = 0;
    int throttled = 0;
    for (int i = 0; i < 60; ++i) {
        const auto answer = stranger.request("GET", "/api/v1/config");
        refused += answer.status == 401 ? 1 : 0;
        throttled += answer.status == 429 ? 1 : 0;
        EXPECT_EQ(answer.status == 429, !answer.header("Retry-After").empty());
    }
    EXPECT_EQ(refused + throttled, 60);
    EXPECT_GE(throttled, 40);
    EXPECT_EQ(get("/api/v1/config").status, 200);
}

TEST_F(ApiStart, FailingStoreIsNoWrongLogin) {
    start();
    auto other = Database::open(options_.state_dir / "mgmt.sqlite");
    ASSERT_TRUE(other);
    ASSERT_TRUE(other->run_script("ALTER TABLE tokens RENAME TO lost"));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(get("/api/v1/config").status, 503);
    ASSERT_TRUE(other->run_script("ALTER TABLE lost RENAME TO tokens"));
    EXPECT_EQ(get("/api/v1/config").status, 200);
    // None of them was counted against the address.
    EXPECT_EQ(HttpClient(port_).request("GET", "/api/v1/config").status, 401);
}

TEST_F(ApiStart, OddCredentials) {
    start();
    HttpClient client(port_);
    const auto status = [&client](const std::string& value) {
        return client.request("GET", "/api/v1/config", {}, {{"Authorization", value}}).status;
    };
    EXPECT_EQ(status("bearer   " + token_), 200);  // RFC 9110 11.1: the scheme has no case
    EXPECT_NE(status("Basic " + token_), 200);
    EXPECT_NE(status(token_), 200);
    EXPECT_NE(status("Bearer " + token_ + " x"), 200);
    EXPECT_NE(status("Bearer " + token_.substr(0, 83)), 200);
    // Two of them: which one counts is not ours to guess.
    EXPECT_EQ(client
                  .request("GET", "/api/v1/config", {},
                           {{"Authorization", "Bearer x"}, {"Authorization", "Bearer " + token_}})
                  .status,
              400);
    EXPECT_NE(client.request("GET", "/api/v1/config?access_token=" + token_).status, 200);
}

TEST_F(ApiStart, TokenGoesIntoAFileOfItsOwner) {
    options_.token_file = dir_.path() / "token";
    start();
    EXPECT_TRUE(app_->fresh_token().empty());
    EXPECT_EQ(std::filesystem::status(options_.token_file).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    token_ = read_file(options_.token_file);
    ASSERT_EQ(token_.back(), '\n');
    token_.pop_back();
    EXPECT_EQ(get("/api/v1/config").status, 200);
}

TEST_F(ApiStart, TokenThatCannotBeHandedOverIsNotMade) {
    options_.token_file = dir_.path() / "missing" / "token";
    {
        App app(options_, clock_);
        const auto started = app.start();
        ASSERT_FALSE(started);
        EXPECT_THAT(started.error().text(), HasSubstr("token file"));
    }
    options_.token_file = dir_.path() / "token";
    start();
    EXPECT_FALSE(read_file(options_.token_file).empty());
}

TEST_F(ApiStart, FirstConfigurationFillsAnEmptyStoreOnly) {
    options_.initial_config = dir_.path() / "first.json";
    std::ofstream(options_.initial_config) << good_document().dump();
    relay_.start();
    start();
    EXPECT_EQ(get("/api/v1/config").header("ETag"), "\"1\"");
    EXPECT_EQ(get("/api/v1/trunks/pbx").header("ETag"), "\"1\"");
    ASSERT_TRUE(relay_.wait_for("commit 1"));
    ASSERT_EQ(erase("/api/v1/routes/in", "*").status, 204);
    stop();
    start();
    EXPECT_EQ(get("/api/v1/config").header("ETag"), "\"2\"");
}

struct Obstacle {
    const char* name;
    std::function<void(AppOptions&, const std::filesystem::path&)> place;
    const char* words;
};

class ApiObstacle : public ApiTest, public ::testing::WithParamInterface<Obstacle> {};

TEST_P(ApiObstacle, IsNamedInOneLine) {
    GetParam().place(options_, dir_.path());
    App app(options_, clock_);
    const auto started = app.start();
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().text(), HasSubstr(GetParam().words));
    EXPECT_EQ(started.error().text().find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ApiObstacle,
    ::testing::Values(
        Obstacle{"StateDirIsAFile",
                 [](AppOptions& options, const auto& dir) {
                     std::ofstream(dir / "file") << "x";
                     options.state_dir = dir / "file";
                 },
                 "state directory"},
        Obstacle{"StateDirCannotBeMade",
                 [](AppOptions& options, const auto&) { options.state_dir = "/proc/nowhere"; },
                 "state directory /proc/nowhere"},
        Obstacle{"StoreIsNoDatabase",
                 [](AppOptions& options, const auto&) {
                     std::filesystem::create_directories(options.state_dir);
                     std::ofstream(options.state_dir / "mgmt.sqlite") << std::string(4096, 'x');
                 },
                 "not a database"},
        Obstacle{"AddressIsNotOurs",
                 [](AppOptions& options, const auto&) {
                     options.listen = *Endpoint::parse("192.0.2.1:8080");
                 },
                 "listen on 192.0.2.1:8080"},
        Obstacle{"FirstConfigurationMissing",
                 [](AppOptions& options, const auto& dir) {
                     options.initial_config = dir / "missing.json";
                 },
                 "missing.json"},
        Obstacle{"FirstConfigurationInvalid",
                 [](AppOptions& options, const auto& dir) {
                     options.initial_config = dir / "bad.json";
                     std::ofstream(options.initial_config) << R"({"colour": 1, "realms": 2})";
                 },
                 "/realms"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(ApiStart, PortInUseIsSaid) {
    start();
    AppOptions second = options_;
    second.state_dir = dir_.path() / "other";
    second.listen.port = port_;
    {
        App app(second, clock_);
        const auto started = app.start();
        ASSERT_FALSE(started);
        EXPECT_THAT(started.error().text(), HasSubstr("Address already in use"));
    }
    // It did not get as far as making a token that nobody saw.
    second.listen.port = 0;
    App again(second, clock_);
    ASSERT_TRUE(again.start());
    EXPECT_FALSE(again.fresh_token().empty());
}

TEST_F(ApiStart, OneProcessPerStateDirectory) {
    start();
    App app(options_, clock_);
    const auto started = app.start();
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().text(), HasSubstr("another portcullis-mgmt"));
}

}  // namespace
}  // namespace portcullis::mgmt
