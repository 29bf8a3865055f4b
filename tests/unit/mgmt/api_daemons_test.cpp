// SPDX-License-Identifier: BSD-2-Clause
// Publishing to the daemons: all or nothing, late-comers, losses.
#include <algorithm>

#include "tests/unit/mgmt/api_fixture.hpp"

namespace portcullis::mgmt {
namespace {

using ApiDaemons = ApiTest;
using Mood = FakeDaemon::Mood;

// Without the questions that status and metrics ask.
std::vector<std::string> steps(const FakeDaemon& daemon) {
    auto log = daemon.log();
    std::erase_if(log, [](const std::string& entry) { return entry.starts_with("GET "); });
    return log;
}

TEST_F(ApiDaemons, AppliesToBothAndReportsIt) {
    relay_.start();
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("mediarelay", kConnected));
    ASSERT_TRUE(wait_status("signaling", kConnected));
    const auto answer = put("/api/v1/config", good_document());
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.header("Portcullis-Pending"), "");
    EXPECT_EQ(relay_.applied(), 1U);
    EXPECT_EQ(signaling_.applied(), 1U);
    EXPECT_EQ(Json::parse(signaling_.document())["trunks"][1]["name"], "carrier");
    EXPECT_EQ(daemon_status("signaling")["applied_revision"], 1);
    EXPECT_EQ(daemon_status("signaling")["pending"], false);
    EXPECT_EQ(get("/api/v1/system/health/ready").status, 200);
}

// Signaling stops asking for the pool before the relay forgets it.
TEST_F(ApiDaemons, SignalingCommitsFirstWhenAPoolLeaves) {
    relay_.start();
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("mediarelay", kConnected));
    ASSERT_TRUE(wait_status("signaling", kConnected));
    Json document = good_document();
    document["media_pools"].push_back(document["media_pools"][0]);
    document["media_pools"][2]["name"] = "spare";
    document["media_pools"][2]["address"] = "198.18.0.9";
    ASSERT_EQ(put("/api/v1/config", document).status, 200);
    signaling_.on_commit(Mood::Silent);
    HttpAnswer answer;
    std::thread client([&] { answer = erase("/api/v1/media-pools/spare", "*"); });
    EXPECT_TRUE(signaling_.wait_for("commit 2"));
    EXPECT_EQ(steps(relay_), (std::vector<std::string>{"prepare 1", "commit 1", "prepare 2"}));
    signaling_.stop();
    client.join();
    EXPECT_EQ(answer.status, 204) << answer.body;
    EXPECT_EQ(relay_.applied(), 2U);
}

TEST_F(ApiDaemons, RefusalByOneAbortsAtTheOther) {
    relay_.start();
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("mediarelay", kConnected));
    ASSERT_TRUE(wait_status("signaling", kConnected));
    put_good();
    signaling_.on_prepare(
        Mood::Refusing, {{"/sip_interfaces/0/port", "address in use"}, {"/realms/1", "no route"}});
    Json changed = good_document();
    changed["sip_interfaces"][0]["port"] = 5070;
    const auto answer = put("/api/v1/config", changed, "\"1\"");
    EXPECT_EQ(answer.status, 409) << answer.body;
    const auto body = Json::parse(answer.body);
    ASSERT_EQ(body["errors"].size(), 2U);
    EXPECT_EQ(body["errors"][0]["pointer"], "/sip_interfaces/0/port");
    EXPECT_EQ(body["errors"][0]["code"], "refused-by-signaling");
    EXPECT_EQ(body["errors"][0]["message"], "address in use");
    ASSERT_TRUE(relay_.wait_for("abort 2"));
    EXPECT_EQ(relay_.applied(), 1U);
    EXPECT_EQ(revision(), 1U);
    EXPECT_EQ(get("/api/v1/config").header("ETag"), "\"1\"");
    const auto rows = Json::parse(get("/api/v1/config/revisions").body)["items"];
    EXPECT_EQ(rows[0]["state"], "rejected");
    EXPECT_NE(rows[0]["reason"].get<std::string>().find("address in use"), std::string::npos);
    // One that was never in force cannot be gone back to.
    EXPECT_EQ(post("/api/v1/config/rollback", {{"revision", 2}}).status, 422);

    signaling_.on_prepare(Mood::Willing);
    const auto again = put("/api/v1/config", changed, "\"1\"");
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.header("ETag"), "\"3\"");
    EXPECT_EQ(steps(relay_), (std::vector<std::string>{"prepare 1", "commit 1", "prepare 2",
                                                       "abort 2", "prepare 3", "commit 3"}));
}

TEST_F(ApiDaemons, AbsentOneIsPendingAndPushedWhenItComes) {
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("signaling", kConnected));
    const auto answer = put("/api/v1/config", good_document());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Portcullis-Pending"), "mediarelay");
    EXPECT_EQ(Json::parse(answer.body)["pending"], Json::parse(R"(["mediarelay"])"));
    EXPECT_EQ(daemon_status("mediarelay")["pending"], true);
    EXPECT_EQ(get("/api/v1/system/health/ready").status, 503);
    relay_.start();
    ASSERT_TRUE(
        wait_status("mediarelay", [](const Json& entry) { return entry["pending"] == false; }));
    EXPECT_EQ(steps(relay_), (std::vector<std::string>{"prepare 1", "commit 1"}));
    EXPECT_EQ(relay_.document(), signaling_.document());
}

TEST_F(ApiDaemons, ReturningDaemonGetsWhatItMissed) {
    relay_.start();
    start();
    ASSERT_TRUE(wait_status("mediarelay", kConnected));
    put_good();
    relay_.stop();
    ASSERT_TRUE(
        wait_status("mediarelay", [](const Json& entry) { return entry["connected"] == false; }));
    ASSERT_EQ(put("/api/v1/timers", {{"t1_ms", 250}}, "*").status, 200);
    relay_.start();
    ASSERT_TRUE(
        wait_status("mediarelay", [](const Json& entry) { return entry["pending"] == false; }));
    EXPECT_EQ(relay_.applied(), 2U);
}

TEST_F(ApiDaemons, RestartedManagementLeavesDaemonsInStepAlone) {
    relay_.start();
    start();
    ASSERT_TRUE(wait_status("mediarelay", kConnected));
    put_good();
    stop();
    start();
    ASSERT_TRUE(wait_status("mediarelay",
                            [](const Json& entry) { return entry["applied_revision"] == 1; }));
    EXPECT_EQ(steps(relay_), (std::vector<std::string>{"prepare 1", "commit 1"}));
}

// Disk full, or anything else that keeps the store from being written.
TEST_F(ApiDaemons, StoreThatCannotBeWrittenChangesNothing) {
    relay_.start();
    start();
    ASSERT_TRUE(wait_status("mediarelay", kConnected));
    put_good();
    auto other = Database::open(options_.state_dir / "mgmt.sqlite");
    ASSERT_TRUE(other);
    const auto change = [this] { return put("/api/v1/timers", {{"t1_ms", 250}}, "*"); };
    // Before anything was asked of the daemons ...
    ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));
    EXPECT_EQ(change().status, 503);
    EXPECT_EQ(get("/api/v1/timers").status, 200);
    ASSERT_TRUE(other->run("ROLLBACK"));
    // ... and at the commit point, when they are prepared.
    relay_.set_prepare_hook([&other] { EXPECT_TRUE(other->run("BEGIN IMMEDIATE")); });
    EXPECT_EQ(change().status, 503);
    ASSERT_TRUE(relay_.wait_for("abort 2"));
    EXPECT_EQ(revision(), 1U);
    relay_.set_prepare_hook({});
    ASSERT_TRUE(other->run("ROLLBACK"));
    const auto again = change();
    EXPECT_EQ(again.status, 200) << again.body;
    EXPECT_EQ(relay_.applied(), 3U);
}

// A daemon with the right number from another store runs another document.
TEST_F(ApiDaemons, SameNumberOfAnotherStoreIsNotTrusted) {
    start();
    put_good();
    relay_.set_applied(1);
    relay_.start();
    ASSERT_TRUE(relay_.wait_for("commit 1"));
    EXPECT_FALSE(relay_.document().empty());
}

TEST_F(ApiDaemons, ReasonsOfARefusedPullAreShown) {
    start();
    put_good();
    relay_.on_prepare(Mood::Refusing, {{"/media_interfaces/0/device", "no such device"}});
    relay_.start();
    ASSERT_TRUE(
        wait_status("mediarelay", [](const Json& entry) { return !entry["reasons"].empty(); }));
    const auto entry = daemon_status("mediarelay");
    EXPECT_EQ(entry["reasons"][0]["pointer"], "/media_interfaces/0/device");
    EXPECT_EQ(entry["pending"], true);
    EXPECT_EQ(relay_.applied(), 0U);
}

TEST_F(ApiDaemons, LossDuringPrepareChangesNothing) {
    relay_.start();
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("mediarelay", kConnected));
    ASSERT_TRUE(wait_status("signaling", kConnected));
    put_good();
    signaling_.on_prepare(Mood::Silent);
    HttpAnswer answer;
    std::thread client([&] { answer = put("/api/v1/timers", {{"t1_ms", 250}}, "*"); });
    EXPECT_TRUE(signaling_.wait_for("prepare 2"));
    // The API answers others meanwhile.
    EXPECT_EQ(get("/api/v1/timers").status, 200);
    signaling_.stop();
    client.join();
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_EQ(answer.header("Retry-After"), "2");
    ASSERT_TRUE(relay_.wait_for("abort 2"));
    EXPECT_EQ(revision(), 1U);
}

TEST_F(ApiDaemons, ConcurrentWritersAreServedOneByOne) {
    relay_.start();
    signaling_.start();
    start();
    ASSERT_TRUE(wait_status("signaling", kConnected));
    put_good();
    // Eight clients with the same ETag: exactly one wins.
    std::vector<std::thread> clients;
    std::array<int, 8> statuses{};
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        clients.emplace_back([this, i, &statuses] {
            Json changed = good_document();
            changed["trunks"][0]["description"] = "client " + std::to_string(i);
            statuses[i] = put("/api/v1/config", changed, "\"1\"").status;
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(std::ranges::count(statuses, 200), 1);
    EXPECT_EQ(std::ranges::count(statuses, 412), 7);
    EXPECT_EQ(revision(), 2U);
    EXPECT_EQ(signaling_.applied(), 2U);
}

TEST_F(ApiDaemons, StrangerOnTheSocketIsNotADaemon) {
    FakeDaemon stranger(dir_.path() / "other", "signaling");
    stranger.start();
    std::filesystem::create_directories(options_.run_dir);
    std::filesystem::create_symlink(dir_.path() / "other" / "signaling.sock",
                                    options_.run_dir / "mediarelay.sock");
    start();
    ASSERT_TRUE(
        wait_status("mediarelay", [](const Json& entry) { return entry.contains("trouble"); }));
    EXPECT_EQ(daemon_status("mediarelay")["connected"], false);
}

}  // namespace
}  // namespace portcullis::mgmt
