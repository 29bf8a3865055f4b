// SPDX-License-Identifier: BSD-2-Clause
// What the API passes on: live calls, records, metrics, status.
#include <fstream>

#include "tests/unit/mgmt/api_fixture.hpp"

namespace portcullis::mgmt {
namespace {

using ApiCalls = ApiTest;

management::QueryReply json_reply(std::uint16_t status, std::string body) {
    return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

TEST_F(ApiCalls, PassesCallsThrough) {
    signaling_.set_answer("calls?limit=100", json_reply(200, R"({"items":[{"call_id":"c-1"}]})"));
    signaling_.set_answer("calls/c-1", json_reply(200, R"({"call_id":"c-1","legs":[]})"));
    signaling_.set_answer("calls/gone", json_reply(404, R"({"detail":"it ended"})"));
    signaling_.set_answer("calls/odd", {.status = 200, .content_type = "", .body = ""});
    signaling_.set_answer("calls/broken", json_reply(599, "<oops>"));
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("signaling", kConnected));
    const auto list = get("/api/v1/calls");
    EXPECT_EQ(list.status, 200);
    EXPECT_EQ(list.header("Content-Type"), "application/json");
    EXPECT_EQ(list.body, R"({"items":[{"call_id":"c-1"}]})");
    EXPECT_EQ(get("/api/v1/calls/c-1").body, R"({"call_id":"c-1","legs":[]})");
    const auto gone = get("/api/v1/calls/gone");
    EXPECT_EQ(gone.status, 404);
    EXPECT_EQ(Json::parse(gone.body)["detail"], "it ended");
    EXPECT_EQ(get("/api/v1/calls/odd").status, 204);
    EXPECT_EQ(get("/api/v1/calls/broken").status, 502);
    EXPECT_EQ(erase("/api/v1/calls/c-1").status, 200);
    ASSERT_TRUE(signaling_.wait_for("DELETE calls/c-1"));
    // Nothing but plain ids becomes part of the daemon's path.
    for (const char* id : {"..%2Fconfig", "a%20b", "..", "a%2Fb"}) {
        EXPECT_EQ(get(std::string("/api/v1/calls/") + id).status, 404) << id;
    }
    for (const auto& entry : signaling_.log()) EXPECT_EQ(entry.find(".."), std::string::npos);
}

TEST_F(ApiCalls, PassesTheStatusOfATrunkThrough) {
    signaling_.set_answer("trunks/carrier/status", json_reply(200, R"({"trunk":"carrier"})"));
    signaling_.start();
    start();
    put_good();
    ASSERT_TRUE(wait_status("signaling", kConnected));
    EXPECT_EQ(get("/api/v1/trunks/carrier/status").body, R"({"trunk":"carrier"})");
    EXPECT_EQ(get("/api/v1/trunks/nobody/status").status, 404);
    EXPECT_EQ(get("/api/v1/trunks/..%2Fcalls/status").status, 404);
    for (const auto& entry : signaling_.log()) EXPECT_EQ(entry.find(".."), std::string::npos);
}

TEST_F(ApiCalls, PagesThroughTheLiveCalls) {
    signaling_.set_answer("calls?limit=2", json_reply(200, R"({"items":[],"next":"0a"})"));
    signaling_.set_answer("calls?limit=2&after=0a", json_reply(200, R"({"items":[]})"));
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("signaling", kConnected));
    const auto first = get("/api/v1/calls?limit=2");
    EXPECT_EQ(first.header("Link"), "</api/v1/calls?limit=2&cursor=0a>; rel=\"next\"");
    const auto second = get("/api/v1/calls?limit=2&cursor=0a");
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(second.header("Link"), "");
    EXPECT_EQ(get("/api/v1/calls?limit=0").status, 400);
    EXPECT_EQ(get("/api/v1/calls?limit=1001").status, 400);
    EXPECT_EQ(get("/api/v1/calls?cursor=a%26limit%3D9").status, 400);
}

TEST_F(ApiCalls, SaysThatSignalingIsAway) {
    start();
    const auto answer = get("/api/v1/calls");
    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.header("Retry-After"), "");
    EXPECT_EQ(Json::parse(answer.body)["type"], "/problems/daemon-unavailable");
}

TEST_F(ApiCalls, ListsRecords) {
    start();
    EXPECT_EQ(Json::parse(get("/api/v1/cdrs").body)["items"], Json::array());
    std::filesystem::create_directories(options_.cdr_dir);
    std::ofstream file(options_.cdr_dir / "2026-02-03.jsonl");
    for (int i = 0; i < 5; ++i) {
        file << R"({"call_id":"c)" << i << R"(","a_trunk":")" << (i % 2 == 0 ? "pbx" : "x")
             << "\"}\n";
    }
    file.close();
    const auto first = get("/api/v1/cdrs?limit=2&trunk=pbx");
    const auto body = Json::parse(first.body);
    ASSERT_EQ(body["items"].size(), 2U);
    EXPECT_EQ(body["items"][0]["call_id"], "c4");
    const auto link = first.header("Link");
    ASSERT_TRUE(link.starts_with("</api/v1/cdrs?limit=2&trunk=pbx&cursor=")) << link;
    const auto next = get(link.substr(1, link.find('>') - 1));
    const auto next_body = Json::parse(next.body);
    ASSERT_EQ(next_body["items"].size(), 1U);
    EXPECT_EQ(next_body["items"][0]["call_id"], "c0");
    for (const char* query :
         {"limit=0", "limit=1001", "limit=x", "cursor=x", "sip_code=5", "nope=1"}) {
        EXPECT_EQ(get(std::string("/api/v1/cdrs?") + query).status, 400) << query;
    }
}

TEST_F(ApiCalls, GathersMetrics) {
    signaling_.set_answer("metrics",
                          {.status = 200,
                           .content_type = "text/plain",
                           .body = "# TYPE portcullis_calls gauge\nportcullis_calls 3\n"});
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("signaling", kConnected));
    const auto answer = get("/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    for (const char* line : {"portcullis_build_info{version=\"", "portcullis_config_revision 0\n",
                             "portcullis_daemon_up{daemon=\"signaling\"} 1\n",
                             "portcullis_daemon_up{daemon=\"mediarelay\"} 0\n",
                             "portcullis_api_requests_total{route=\"/api/v1/system/"
                             "status\",method=\"GET\",code=\"200\"}",
                             "# TYPE portcullis_calls gauge\nportcullis_calls 3\n"}) {
        EXPECT_NE(answer.body.find(line), std::string::npos) << line;
    }
    EXPECT_EQ(get("/api/v1/metrics").status, 200);
}

TEST_F(ApiCalls, StuckDaemonOnlyLacksItsPart) {
    signaling_.set_answer("metrics", {.status = 0, .content_type = {}, .body = {}});  // silence
    relay_.set_answer("metrics",
                      {.status = 200, .content_type = "text/plain", .body = "portcullis_x 1\n"});
    relay_.start();
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("signaling", kConnected));
    ASSERT_TRUE(wait_status("mediarelay", kConnected));
    const auto started = std::chrono::steady_clock::now();
    const auto answer = get("/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.body.find("portcullis_x 1\n"), std::string::npos);
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds{5});
}

TEST_F(ApiCalls, StatusCarriesTheDaemonsOwnWords) {
    relay_.set_answer("status", json_reply(200, R"({"sessions":4})"));
    signaling_.set_answer("status", json_reply(200, "not json"));
    relay_.start();
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("signaling", kConnected));
    ASSERT_TRUE(wait_status("mediarelay", kConnected));
    const auto entry = daemon_status("mediarelay");
    EXPECT_EQ(entry["status"]["sessions"], 4);
    EXPECT_EQ(entry["epoch"], 1);
    EXPECT_FALSE(daemon_status("signaling").contains("status"));
    const auto status = Json::parse(get("/api/v1/system/status").body);
    EXPECT_GE(status["uptime_seconds"].get<double>(), 0.0);
    EXPECT_EQ(status["version"], PORTCULLIS_VERSION);
}

}  // namespace
}  // namespace portcullis::mgmt
