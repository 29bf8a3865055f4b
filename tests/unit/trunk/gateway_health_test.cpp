// SPDX-License-Identifier: BSD-2-Clause
// A gateway's health: every event in every state, and when the next OPTIONS is due.
#include "signaling/trunk/gateway_health.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.hpp"

namespace portcullis::trunk {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const HealthTerms kTerms{.probes = true,
                         .interval = seconds(30),
                         .max_interval = seconds(120),
                         .timeout = seconds(5),
                         .up_after = 2,
                         .down_after = 3,
                         .failure_codes = {408, 503},
                         .max_rest = seconds(60)};

// One address with its timer: events by name, so that a row of a table can be read.
class Gateway {
 public:
    explicit Gateway(HealthTerms terms = kTerms) : health(std::move(terms), 7, clock.now()) {
        take(health.start(clock.now(), {}));
    }

    void take(const HealthActions& actions) {
        last = actions;
        if (actions.stop) wake.reset();
        if (actions.wake_at) wake = actions.wake_at;
        probes += actions.probe ? 1 : 0;
        changes += actions.changed ? 1 : 0;
    }
    // Advances to the timer and runs it.
    void due() {
        ASSERT_TRUE(wake);
        clock.advance(std::max<Duration>(*wake - clock.now(), {}));
        take(health.on_timer(clock.now()));
    }
    void event(const std::string& name) {
        const auto now = clock.now();
        if (name == "timer") return due();
        if (name == "200") return take(health.on_probe_answered(200, {}, now));
        if (name == "404") return take(health.on_probe_answered(404, {}, now));
        if (name == "503") return take(health.on_probe_answered(503, {}, now));
        if (name == "silence") return take(health.on_probe_failed("no response", now));
        if (name == "call-answered") return sight(Sighting::Answered);
        if (name == "call-silent") return sight(Sighting::Silent);
        if (name == "call-unreachable") return sight(Sighting::Unreachable);
        if (name == "call-503") return sight(Sighting::Unavailable);
        FAIL() << name;
    }
    void sight(Sighting sighting, std::optional<seconds> after = {}) {
        take(health.on_sighting(sighting, after, clock.now()));
    }
    void probe_answers(const std::string& name) {
        event("timer");
        ASSERT_TRUE(last.probe);
        event(name);
    }
    // How long until the timer, in seconds.
    [[nodiscard]] double wait() const {
        return std::chrono::duration<double>(*wake - clock.now()).count();
    }

    testing::FakeClock clock;
    GatewayHealth health;
    HealthActions last;
    std::optional<TimePoint> wake;
    int probes = 0;
    int changes = 0;
};

struct Row {
    const char* name;
    std::vector<std::string> events;
    Health state;
    bool suspect;
};

// up_after 2 counts from Down only: a gateway that is new is up with its first answer.
const Row kRows[] = {
    {"NothingYet", {}, Health::Unknown, false},
    {"Asked", {"timer"}, Health::Unknown, false},
    {"AnswerBringsUp", {"timer", "200"}, Health::Up, false},
    {"AnyOtherFinalResponseShowsThatItIsThere", {"timer", "404"}, Health::Up, false},
    {"AFailureCodeDoesNot", {"timer", "503"}, Health::Unknown, true},
    {"SilenceDoesNot", {"timer", "silence"}, Health::Unknown, true},
    {"OneTimeout", {"timer", "timer"}, Health::Unknown, true},
    {"TwoFailuresLeaveItUp",
     {"timer", "200", "timer", "silence", "timer", "503"},
     Health::Up,
     true},
    {"ASuccessBetweenStartsOver",
     {"timer", "200", "timer", "silence", "timer", "200", "timer", "silence", "timer", "silence"},
     Health::Up,
     true},
    {"ThreeFailuresInARowTakeItDown",
     {"timer", "200", "timer", "silence", "timer", "503", "timer", "timer"},
     Health::Down,
     false},
    {"OneAnswerIsNotEnough",
     {"timer", "silence", "timer", "silence", "timer", "silence", "timer", "200"},
     Health::Down,
     false},
    {"TwoAnswersBringItBack",
     {"timer", "silence", "timer", "silence", "timer", "silence", "timer", "200", "timer", "200"},
     Health::Up,
     false},
    {"AFailureBetweenStartsOver",
     {"timer", "silence", "timer", "silence", "timer", "silence", "timer", "200", "timer",
      "silence", "timer", "200"},
     Health::Down,
     false},
    {"CallsThatNothingAnswersCount",
     {"timer", "200", "call-silent", "call-unreachable", "call-silent"},
     Health::Down,
     false},
    {"CallsAndProbesCountTogether",
     {"timer", "200", "call-silent", "timer", "silence", "call-silent"},
     Health::Down,
     false},
    {"ACallThatIsAnsweredClears",
     {"timer", "200", "call-silent", "call-silent", "call-answered", "call-silent"},
     Health::Up,
     true},
    {"ACallThatIsAnsweredShowsThatItIsThere", {"call-answered"}, Health::Up, false},
    {"A503ToACallIsOfThatCall",
     {"timer", "200", "call-503", "call-503", "call-503"},
     Health::Up,
     false},
    {"AnAnswerThatComesLateIsIgnored",
     {"timer", "timer", "200", "timer", "timer", "200"},
     Health::Unknown,
     true},
};

class HealthRows : public ::testing::TestWithParam<Row> {};

TEST_P(HealthRows, EndIn) {
    Gateway gateway;
    for (const auto& event : GetParam().events) gateway.event(event);
    EXPECT_EQ(gateway.health.state(), GetParam().state);
    EXPECT_EQ(gateway.health.suspect(), GetParam().suspect);
}

INSTANTIATE_TEST_SUITE_P(Health, HealthRows, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(GatewayHealth, AsksAtItsIntervalWhileAllIsWell) {
    Gateway gateway;
    gateway.probe_answers("200");
    for (int i = 0; i < 20; ++i) {
        EXPECT_GE(gateway.wait(), 27.0);
        EXPECT_LE(gateway.wait(), 33.0);
        gateway.probe_answers("200");
    }
    EXPECT_EQ(gateway.changes, 1);  // up, once
}

// Three probes of 30 s would take a minute and a half to see what is down.
TEST(GatewayHealth, LooksIntoADoubtSoon) {
    Gateway gateway;
    gateway.probe_answers("200");
    const auto before = gateway.clock.now();
    for (int i = 0; i < 3; ++i) gateway.probe_answers("silence");
    EXPECT_EQ(gateway.health.state(), Health::Down);
    EXPECT_LT(gateway.clock.now() - before, seconds(33 + 17));
}

TEST(GatewayHealth, AsksLessOftenWhatStaysDown) {
    Gateway gateway;
    for (int i = 0; i < 3; ++i) gateway.probe_answers("silence");
    for (const double expected : {30.0, 60.0, 120.0, 120.0}) {
        EXPECT_NEAR(gateway.wait(), expected, expected / 10 + 0.1);
        gateway.probe_answers("silence");
    }
    gateway.probe_answers("200");
    EXPECT_LT(gateway.wait(), 10.0);  // the second success is not waited for that long
    gateway.probe_answers("200");
    EXPECT_EQ(gateway.health.state(), Health::Up);
    EXPECT_EQ(gateway.health.reason(), "200 to OPTIONS");
}

TEST(GatewayHealth, GivesAProbeItsTimeAndNoMore) {
    Gateway gateway;
    gateway.event("timer");
    EXPECT_NEAR(gateway.wait(), 5.0, 0.001);
    EXPECT_TRUE(gateway.health.probing());
    gateway.event("timer");
    EXPECT_FALSE(gateway.last.probe);
    EXPECT_FALSE(gateway.health.probing());
    EXPECT_EQ(gateway.health.reason(), "no response to OPTIONS within 5 s");
}

TEST(GatewayHealth, AFailedCallAsksForAProbe) {
    Gateway gateway;
    gateway.probe_answers("200");
    const double before = gateway.wait();
    gateway.event("call-silent");
    EXPECT_LT(gateway.wait(), 8.0);
    EXPECT_LT(gateway.wait(), before);
    // A second one does not put it off.
    const auto wake = *gateway.wake;
    gateway.clock.advance(seconds(1));
    gateway.event("call-silent");
    EXPECT_LE(*gateway.wake, wake);
}

// RFC 3261 section 21.5.4.
TEST(GatewayHealth, RestsAsLongAsItIsAskedAndNoLongerThanItMay) {
    Gateway gateway;
    gateway.probe_answers("200");
    const auto now = gateway.clock.now();
    gateway.sight(Sighting::Unavailable, seconds(20));
    EXPECT_TRUE(gateway.last.changed);
    EXPECT_EQ(gateway.health.resting_until(), now + seconds(20));
    EXPECT_EQ(gateway.health.state(), Health::Up);
    gateway.sight(Sighting::Unavailable, seconds(100'000));
    EXPECT_EQ(gateway.health.resting_until(), now + seconds(60));
    gateway.event("timer");
    gateway.take(gateway.health.on_probe_answered(503, seconds(10), gateway.clock.now()));
    EXPECT_EQ(gateway.health.resting_until(), gateway.clock.now() + seconds(10));
    EXPECT_TRUE(gateway.health.suspect());
}

TEST(GatewayHealth, ARetryAfterIsIgnoredWhereItMayBe) {
    auto terms = kTerms;
    terms.max_rest = {};
    Gateway gateway(terms);
    gateway.sight(Sighting::Unavailable, seconds(20));
    EXPECT_FALSE(gateway.last.changed);
    EXPECT_LT(gateway.health.resting_until(), gateway.clock.now());
}

TEST(GatewayHealth, WithoutProbesOnlyARestIsHeeded) {
    auto terms = kTerms;
    terms.probes = false;
    Gateway gateway(terms);
    EXPECT_FALSE(gateway.wake);
    for (int i = 0; i < 5; ++i) gateway.event("call-silent");
    EXPECT_EQ(gateway.health.state(), Health::Unknown);
    EXPECT_FALSE(gateway.health.suspect());
    gateway.sight(Sighting::Unavailable, seconds(20));
    EXPECT_GT(gateway.health.resting_until(), gateway.clock.now());
}

TEST(GatewayHealth, NewTermsKeepTheState) {
    Gateway gateway;
    for (int i = 0; i < 3; ++i) gateway.probe_answers("silence");
    auto terms = kTerms;
    terms.up_after = 1;
    gateway.take(gateway.health.configure(terms, gateway.clock.now()));
    EXPECT_EQ(gateway.health.state(), Health::Down);
    gateway.probe_answers("200");
    EXPECT_EQ(gateway.health.state(), Health::Up);
    terms.probes = false;
    gateway.take(gateway.health.configure(terms, gateway.clock.now()));
    EXPECT_EQ(gateway.health.state(), Health::Unknown);
    EXPECT_TRUE(gateway.last.stop);
    EXPECT_TRUE(gateway.last.changed);
    terms.probes = true;
    gateway.take(gateway.health.configure(terms, gateway.clock.now()));
    EXPECT_EQ(gateway.wake, gateway.clock.now());
}

TEST(GatewayHealth, TellsTheShardsOnlyWhatIsNew) {
    Gateway gateway;
    gateway.probe_answers("200");
    EXPECT_EQ(gateway.changes, 1);
    gateway.probe_answers("silence");  // suspect
    EXPECT_EQ(gateway.changes, 2);
    gateway.probe_answers("silence");
    EXPECT_EQ(gateway.changes, 2);
    gateway.probe_answers("silence");  // down
    EXPECT_EQ(gateway.changes, 3);
    gateway.probe_answers("silence");
    gateway.probe_answers("200");
    EXPECT_EQ(gateway.changes, 3);
    gateway.probe_answers("200");  // up
    EXPECT_EQ(gateway.changes, 4);
}

}  // namespace
}  // namespace portcullis::trunk
