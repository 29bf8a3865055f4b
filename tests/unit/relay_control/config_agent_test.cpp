// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/config_agent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "mediarelay/kernel/media_filter.hpp"
#include "tests/unit/relay_control/fakes.hpp"

namespace portcullis::relay {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RecordingTarget final : public ConfigTarget {
 public:
    Refusals refusals;
    std::vector<std::string> calls;
    std::function<void(Refusals)> pending;
    RelayPlan last;

    [[nodiscard]] Refusals prepare(const RelayPlan& plan) override {
        calls.emplace_back("prepare");
        last = plan;
        return refusals;
    }
    void abort() override { calls.emplace_back("abort"); }
    void apply(const RelayPlan&, std::function<void(Refusals)> done) override {
        calls.emplace_back("apply");
        pending = std::move(done);
    }
    void committed() override { calls.emplace_back("committed"); }
    void apply_at_start(const RelayPlan& plan) override {
        calls.emplace_back("start");
        last = plan;
    }
};

constexpr const char* kDocument = R"({
  "realms": [{"name": "core"}],
  "media_interfaces": [{"name": "m", "device": "eth0", "driver": "af_xdp"},
                       {"name": "off", "device": "eth9", "enabled": false}],
  "media_pools": [{"name": "p", "realm": "core", "interface": "m", "address": "198.18.0.1",
                   "port_min": 20000, "port_max": 20999}]})";

class ConfigAgentTest : public testing::Test {
 protected:
    ConfigAgentTest() { std::filesystem::remove(path); }
    ~ConfigAgentTest() override { std::filesystem::remove(path); }

    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("pc-relay-config-" + std::to_string(::getpid()));
    FakeClock clock;
    RecordingTarget target;
    std::function<void()> work;  // what the disk still has to do, unless at once
    bool slow_disk = false;
    const ConfigAgent::Background background = [this](auto todo, auto done) {
        work = [todo, done] {
            todo();
            done();
        };
        if (!slow_disk) std::exchange(work, {})();
    };
    ConfigAgent agent{clock, ConfigStore(path), target, background};

    Refusals commit(ConfigVersion version, const Refusals& failures = {}) {
        std::optional<Refusals> answer;
        agent.commit({version},
                     [&answer](const management::ConfigReply& reply) { answer = reply.refusals; });
        if (target.pending) std::exchange(target.pending, {})(failures);
        return answer.value();
    }
};

TEST_F(ConfigAgentTest, PreparesCommitsAndStores) {
    EXPECT_THAT(agent.prepare({ConfigVersion{4}, kDocument}).refusals, IsEmpty());
    EXPECT_EQ(agent.prepared(), ConfigVersion{4});
    EXPECT_THAT(target.last.interfaces, SizeIs(1)) << "a disabled interface is left alone";
    EXPECT_THAT(target.last.pools, SizeIs(1));
    EXPECT_THAT(commit(ConfigVersion{4}), IsEmpty());
    EXPECT_EQ(agent.applied(), ConfigVersion{4});
    EXPECT_EQ(agent.prepared(), ConfigVersion{});
    EXPECT_THAT(commit(ConfigVersion{4}), IsEmpty()) << "repeated";

    RecordingTarget other;
    ConfigAgent restarted{clock, ConfigStore(path), other, background};
    restarted.start();
    EXPECT_EQ(restarted.applied(), ConfigVersion{4});
    EXPECT_EQ(other.calls, std::vector<std::string>{"start"});
    EXPECT_EQ(other.last.pools[0].range, (MediaRange{ip("198.18.0.1"), {20000, 20999}}));
}

TEST_F(ConfigAgentTest, RefusesWhatCannotBeAppliedAndKeepsWhatRuns) {
    const auto malformed = agent.prepare({ConfigVersion{1}, R"({"media_pools": [{}], "x": 1})"});
    EXPECT_GT(malformed.refusals.size(), 1U) << "all reasons at once";
    EXPECT_THAT(target.calls, IsEmpty());
    target.refusals = {{"/media_interfaces/0/device", "interface \"eth0\" does not exist"}};
    EXPECT_THAT(agent.prepare({ConfigVersion{2}, kDocument}).refusals, SizeIs(1));
    EXPECT_EQ(target.calls, (std::vector<std::string>{"prepare", "abort"}));
    EXPECT_THAT(commit(ConfigVersion{2}), SizeIs(1)) << "not prepared";
    EXPECT_EQ(agent.applied(), ConfigVersion{});
}

TEST_F(ConfigAgentTest, ForgetsAPreparedDocumentAfterThirtySeconds) {
    EXPECT_THAT(agent.prepare({ConfigVersion{1}, kDocument}).refusals, IsEmpty());
    clock.advance(29s);
    agent.tick();
    EXPECT_EQ(agent.prepared(), ConfigVersion{1});
    clock.advance(1s);
    agent.tick();
    EXPECT_EQ(agent.prepared(), ConfigVersion{});
    EXPECT_EQ(target.calls.back(), "abort");
}

TEST_F(ConfigAgentTest, AbortForgetsOnlyThatVersion) {
    EXPECT_THAT(agent.prepare({ConfigVersion{2}, kDocument}).refusals, IsEmpty());
    EXPECT_THAT(agent.abort({ConfigVersion{1}}).refusals, IsEmpty());
    EXPECT_EQ(agent.prepared(), ConfigVersion{2});
    EXPECT_THAT(agent.abort({ConfigVersion{2}}).refusals, IsEmpty());
    EXPECT_EQ(agent.prepared(), ConfigVersion{});
}

TEST_F(ConfigAgentTest, ASecondChangeWaitsForTheFirst) {
    EXPECT_THAT(agent.prepare({ConfigVersion{1}, kDocument}).refusals, IsEmpty());
    agent.commit({ConfigVersion{1}}, [](const management::ConfigReply&) {});
    EXPECT_THAT(agent.prepare({ConfigVersion{2}, kDocument}).refusals, SizeIs(1));
    clock.advance(60s);
    agent.tick();
    target.pending({});
    EXPECT_EQ(agent.applied(), ConfigVersion{1});
}

TEST_F(ConfigAgentTest, WhatFailedAtCommitIsToldUntilItIsAppliedAgain) {
    EXPECT_THAT(agent.prepare({ConfigVersion{4}, kDocument}).refusals, IsEmpty());
    EXPECT_THAT(commit(ConfigVersion{4}, {{"/media_pools", "nft failed"}}), SizeIs(1));
    EXPECT_THAT(commit(ConfigVersion{4}), SizeIs(1)) << "repeated: it is as it was";
    EXPECT_EQ(agent.applied(), ConfigVersion{});
    EXPECT_THAT(agent.prepare({ConfigVersion{4}, kDocument}).refusals, IsEmpty());
    EXPECT_THAT(commit(ConfigVersion{4}), IsEmpty());
    EXPECT_EQ(target.calls, (std::vector<std::string>{"prepare", "apply", "committed", "prepare",
                                                      "apply", "committed"}));
    EXPECT_EQ(agent.applied(), ConfigVersion{4});
    EXPECT_THAT(commit(ConfigVersion{4}), IsEmpty());
}

TEST_F(ConfigAgentTest, TheAnswerWaitsForTheDiskAndNothingElseDoes) {
    slow_disk = true;
    EXPECT_THAT(agent.prepare({ConfigVersion{1}, kDocument}).refusals, IsEmpty());
    bool answered = false;
    agent.commit({ConfigVersion{1}},
                 [&answered](const management::ConfigReply&) { answered = true; });
    target.pending({});
    EXPECT_FALSE(answered);
    EXPECT_THAT(agent.prepare({ConfigVersion{2}, kDocument}).refusals, SizeIs(1));
    EXPECT_EQ(target.calls.back(), "apply") << "a process that starts anew needs the document";
    work();
    EXPECT_TRUE(answered);
    EXPECT_EQ(target.calls.back(), "committed");
    EXPECT_EQ(agent.applied(), ConfigVersion{1});
}

TEST_F(ConfigAgentTest, ADamagedStoreIsSetAside) {
    std::ofstream(path) << "portcullis-document 4\n{\"realms\": tru";
    agent.start();
    EXPECT_EQ(agent.applied(), ConfigVersion{});
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_TRUE(std::filesystem::remove(path.string() + ".bad"));
}

TEST(FilterCommands, DropsExactlyTheMediaRangesInOneTransaction) {
    const auto text =
        filter_commands({{ip("198.18.0.1"), {20000, 29999}}, {ip("fd00::1"), {20000, 20999}}});
    EXPECT_THAT(text, HasSubstr("ip daddr 198.18.0.1 udp dport 20000-29999 counter drop\n"));
    EXPECT_THAT(text, HasSubstr("ip6 daddr fd00::1 udp dport 20000-20999 counter drop\n"));
    EXPECT_EQ(text.find("add table inet portcullis_media\ndelete table inet portcullis_media\n"),
              0U);
    EXPECT_EQ(filter_commands({}).find("chain"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::relay
