// SPDX-License-Identifier: BSD-2-Clause
// The publisher as a table: each row is a story of events, and what is done on each.
#include "mgmt-api/publish/publisher.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/fake_clock.hpp"

namespace portcullis::mgmt {
namespace {

using namespace publish_action;
using Lines = std::vector<std::string>;

std::string text(const std::vector<DaemonReason>& reasons) {
    std::string out;
    for (const auto& reason : reasons) {
        out += reason.daemon ? " [" : " store [";
        out += reason.pointer + " " + reason.reason + "]";
    }
    return out;
}

// "prepare relay 2", "decide 2", "finish 2 refused [/x busy]", "synced relay 2", "alarm relay 2
// ..."
std::string text(const PublishAction& action) {
    const auto name = [](Daemon daemon) {
        return std::string(daemon == Daemon::Relay ? "relay" : "signaling");
    };
    if (const auto* send = std::get_if<Send>(&action)) {
        constexpr std::array kSteps{"prepare ", "commit ", "abort "};
        return kSteps.at(static_cast<std::size_t>(send->step)) + name(send->daemon) + " " +
               std::to_string(send->version);
    }
    if (const auto* decide = std::get_if<Decide>(&action)) {
        return "decide " + std::to_string(decide->version);
    }
    if (const auto* synced = std::get_if<Synced>(&action)) {
        return "synced " + name(synced->daemon) + " " + std::to_string(synced->version);
    }
    if (const auto* alarm = std::get_if<Alarm>(&action)) {
        return "alarm " + name(alarm->daemon) + " " + std::to_string(alarm->version) +
               text(alarm->reasons);
    }
    const auto& finish = std::get<Finish>(action);
    constexpr std::array kResults{" applied", " refused", " unreachable", " store-failed"};
    return "finish " + std::to_string(finish.version) +
           kResults.at(static_cast<std::size_t>(finish.result)) + text(finish.reasons);
}

// Plays events written as words: "up relay 1 0", "down relay", "publish 2" (the relay commits
// first), "publish 2 signaling", "ok relay",
// "refuse relay /x", "fail relay", "late relay" (answers the question before the last),
// "decided", "undecided", "wait 10000".
class Player {
 public:
    explicit Player(std::uint64_t current) : publisher_(current) {}

    Lines play(const std::string& event) {
        std::istringstream words(event);
        std::string verb;
        std::string who;
        words >> verb;
        PublishActions actions;
        const auto now = clock_.now();
        if (verb == "publish" || verb == "wait") {
            std::uint64_t number = 0;
            words >> number;
            if (verb == "publish") {
                words >> who;
                const auto first = who == "signaling" ? Daemon::Signaling : Daemon::Relay;
                actions = publisher_.publish(number, first, now);
            } else {
                clock_.advance(Milliseconds{number});
                actions = publisher_.on_time(clock_.now());
            }
        } else if (verb == "decided" || verb == "undecided") {
            actions = publisher_.on_decided(verb == "decided" ? "" : "disk full", now);
        } else {
            words >> who;
            actions = play_daemon(verb, who == "relay" ? Daemon::Relay : Daemon::Signaling, words);
        }
        Lines out;
        for (const auto& action : actions) {
            if (const auto* send = std::get_if<Send>(&action);
                send != nullptr && send->ticket != 0) {
                auto& tickets = tickets_[index_of(send->daemon)];
                tickets.push_back(send->ticket);
            }
            out.push_back(text(action));
        }
        return out;
    }

    const Publisher& publisher() const { return publisher_; }

 private:
    PublishActions play_daemon(const std::string& verb, Daemon daemon, std::istringstream& words) {
        const auto now = clock_.now();
        const auto& tickets = tickets_[index_of(daemon)];
        const auto last = tickets.empty() ? 0 : tickets.back();
        if (verb == "up") {
            std::uint64_t applied = 0;
            std::uint64_t prepared = 0;
            words >> applied >> prepared;
            return publisher_.on_up(daemon, applied, prepared, now);
        }
        if (verb == "down") return publisher_.on_down(daemon, now);
        if (verb == "ok") return publisher_.on_reply(daemon, last, {}, now);
        if (verb == "late")
            return publisher_.on_reply(daemon, tickets.at(tickets.size() - 2), {}, now);
        if (verb == "refuse") {
            std::string pointer;
            words >> pointer;
            return publisher_.on_reply(daemon, last, {{pointer, "busy"}}, now);
        }
        EXPECT_EQ(verb, "fail");
        return publisher_.on_no_reply(daemon, last, "gone", now);
    }

    portcullis::testing::FakeClock clock_;
    Publisher publisher_;
    std::array<std::vector<std::uint64_t>, kDaemonCount> tickets_;
};

struct Beat {
    std::string event;
    Lines want;
};

struct Story {
    const char* name;
    std::uint64_t current;
    std::vector<Beat> beats;
    bool relay_pending;
    bool signaling_pending;
};

class PublisherStory : public ::testing::TestWithParam<Story> {};

TEST_P(PublisherStory, GoesAsTold) {
    Player player(GetParam().current);
    for (std::size_t i = 0; i < GetParam().beats.size(); ++i) {
        const auto& beat = GetParam().beats[i];
        EXPECT_EQ(player.play(beat.event), beat.want) << "beat " << i << ": " << beat.event;
    }
    EXPECT_FALSE(player.publisher().busy());
    EXPECT_EQ(player.publisher().pending(Daemon::Relay), GetParam().relay_pending);
    EXPECT_EQ(player.publisher().pending(Daemon::Signaling), GetParam().signaling_pending);
}

const Beat kRelayUp{"up relay 1 0", {}};
const Beat kSignalingUp{"up signaling 1 0", {}};
const Beat kPublish{"publish 2", {"prepare relay 2", "prepare signaling 2"}};

INSTANTIATE_TEST_SUITE_P(
    Publish, PublisherStory,
    ::testing::Values(
        Story{"BothAgree",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"ok signaling", {}},
               {"ok relay", {"decide 2"}},
               {"decided", {"commit relay 2"}},
               {"ok relay", {"synced relay 2", "commit signaling 2"}},
               {"ok signaling", {"synced signaling 2", "finish 2 applied"}}},
              false,
              false},
        Story{"SignalingFirst",
              1,
              {kRelayUp,
               kSignalingUp,
               {"publish 2 signaling", {"prepare relay 2", "prepare signaling 2"}},
               {"ok signaling", {}},
               {"ok relay", {"decide 2"}},
               {"decided", {"commit signaling 2"}},
               {"ok signaling", {"synced signaling 2", "commit relay 2"}},
               {"ok relay", {"synced relay 2", "finish 2 applied"}}},
              false,
              false},
        Story{"NobodyThere",
              1,
              {{"publish 2", {"decide 2"}}, {"decided", {"finish 2 applied"}}},
              true,
              true},
        Story{"OneAbsentIsPending",
              1,
              {kSignalingUp,
               {"publish 2", {"prepare signaling 2"}},
               {"ok signaling", {"decide 2"}},
               {"decided", {"commit signaling 2"}},
               {"ok signaling", {"synced signaling 2", "finish 2 applied"}}},
              true,
              false},
        Story{"OneRefuses",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"refuse relay /media_pools/0", {}},
               {"ok signaling",
                {"abort relay 2", "abort signaling 2", "finish 2 refused [/media_pools/0 busy]"}}},
              false,
              false},
        Story{"BothRefuseAndAllReasonsAreTold",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"refuse relay /a", {}},
               {"refuse signaling /b",
                {"abort relay 2", "abort signaling 2", "finish 2 refused [/a busy] [/b busy]"}}},
              false,
              false},
        Story{
            "OneIsSilent",
            1,
            {kRelayUp,
             kSignalingUp,
             kPublish,
             {"ok relay", {}},
             {"wait 9999", {}},
             {"wait 1",
              {"abort relay 2", "abort signaling 2", "finish 2 unreachable [ no answer in time]"}},
             // Its answer comes after all: nobody waits for it any more.
             {"ok signaling", {}}},
            false,
            false},
        Story{"RefusalOutweighsSilence",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"refuse signaling /b", {}},
               {"wait 10000",
                {"abort relay 2", "abort signaling 2",
                 "finish 2 refused [/b busy] [ no answer in time]"}}},
              false,
              false},
        Story{
            "StoreFailsAtTheCommitPoint",
            1,
            {kRelayUp,
             kSignalingUp,
             kPublish,
             {"ok relay", {}},
             {"ok signaling", {"decide 2"}},
             {"undecided",
              {"abort relay 2", "abort signaling 2", "finish 2 store-failed store [ disk full]"}}},
            false,
            false}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Disconnect, PublisherStory,
    ::testing::Values(
        Story{"BeforeItsAnswer",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"down relay", {}},
               {"ok signaling", {"abort signaling 2", "finish 2 unreachable [ disconnected]"}}},
              true,
              false},
        Story{"BeforeItsAnswerAndBack",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"down relay", {}},
               // Holding what it prepared: it is told to drop it.
               {"up relay 1 2", {}},
               {"ok signaling",
                {"abort relay 2", "abort signaling 2", "finish 2 unreachable [ disconnected]"}}},
              false,
              false},
        Story{"AfterPrepared",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"ok relay", {}},
               {"down relay", {}},
               {"ok signaling", {"decide 2"}},
               {"decided", {"commit signaling 2"}},
               {"ok signaling", {"synced signaling 2", "finish 2 applied"}},
               // Hello says it still holds 2: commit is enough.
               {"up relay 1 2", {"commit relay 2"}},
               {"ok relay", {"synced relay 2"}}},
              false,
              false},
        Story{"AfterPreparedAndBackBeforeCommit",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"ok relay", {}},
               {"down relay", {}},
               {"up relay 1 2", {}},
               {"ok signaling", {"decide 2"}},
               {"decided", {"commit relay 2"}},
               {"ok relay", {"synced relay 2", "commit signaling 2"}},
               {"ok signaling", {"synced signaling 2", "finish 2 applied"}}},
              false,
              false},
        Story{"DuringItsCommit",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"ok relay", {}},
               {"ok signaling", {"decide 2"}},
               {"decided", {"commit relay 2"}},
               {"down relay", {"commit signaling 2"}},
               {"ok signaling", {"synced signaling 2", "finish 2 applied"}},
               {"up relay 2 0", {}}},
              false,
              false},
        Story{"TheOtherDuringCommit",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"ok relay", {}},
               {"ok signaling", {"decide 2"}},
               {"decided", {"commit relay 2"}},
               {"down signaling", {}},
               {"ok relay", {"synced relay 2", "finish 2 applied"}}},
              false,
              true},
        Story{"EveryoneWhileDeciding",
              1,
              {kRelayUp,
               kSignalingUp,
               kPublish,
               {"ok relay", {}},
               {"ok signaling", {"decide 2"}},
               {"down relay", {}},
               {"down signaling", {}},
               {"decided", {"finish 2 applied"}}},
              true,
              true},
        Story{"NewcomerDuringPrepareWaits",
              1,
              {kSignalingUp,
               {"publish 2", {"prepare signaling 2"}},
               {"up relay 1 0", {}},
               {"ok signaling", {"decide 2"}},
               {"decided", {"commit signaling 2"}},
               {"ok signaling", {"synced signaling 2", "finish 2 applied", "prepare relay 2"}},
               {"ok relay", {"commit relay 2"}},
               {"ok relay", {"synced relay 2"}}},
              false,
              false}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Sync, PublisherStory,
    ::testing::Values(
        Story{"NothingToSayBeforeTheFirstRevision", 0, {{"up relay 5 0", {}}}, false, false},
        Story{"PreparedOfAnotherWorldIsDropped",
              0,
              {{"up relay 5 6", {"abort relay 6"}}},
              false,
              false},
        Story{"LateComerIsPushed",
              4,
              {{"up relay 0 0", {"prepare relay 4"}},
               {"ok relay", {"commit relay 4"}},
               {"ok relay", {"synced relay 4"}}},
              false,
              true},
        Story{"InStepIsLeftAlone", 4, {{"up relay 4 0", {}}}, false, true},
        Story{"OrphanedPrepareIsAborted", 4, {{"up relay 4 5", {"abort relay 5"}}}, false, true},
        Story{"RefusalIsAnAlarmOnceAndTriedAgain",
              4,
              {{"up relay 3 0", {"prepare relay 4"}},
               {"refuse relay /x", {"alarm relay 4 [/x busy]"}},
               {"wait 9999", {}},
               {"wait 1", {"prepare relay 4"}},
               {"refuse relay /x", {}},
               {"wait 10000", {"prepare relay 4"}},
               {"refuse relay /y", {"alarm relay 4 [/y busy]"}},
               {"wait 10000", {"prepare relay 4"}},
               {"ok relay", {"commit relay 4"}},
               {"ok relay", {"synced relay 4"}}},
              false,
              true},
        Story{"RefusedCommitAfterTheDecisionIsRepeated",
              1,
              {kRelayUp,
               {"publish 2", {"prepare relay 2"}},
               {"ok relay", {"decide 2"}},
               {"decided", {"commit relay 2"}},
               {"refuse relay /x",
                {"alarm relay 2 [/x busy]", "finish 2 applied", "prepare relay 2"}},
               {"ok relay", {"commit relay 2"}},
               {"ok relay", {"synced relay 2"}}},
              false,
              true},
        Story{"SilentCommitIsRepeated",
              1,
              {kRelayUp,
               {"publish 2", {"prepare relay 2"}},
               {"ok relay", {"decide 2"}},
               {"decided", {"commit relay 2"}},
               {"wait 8000",
                {"alarm relay 2 [ no answer in time]", "finish 2 applied", "prepare relay 2"}},
               {"late relay", {}},
               {"ok relay", {"commit relay 2"}},
               {"ok relay", {"synced relay 2"}}},
              false,
              true},
        Story{"PublishWaitsForASyncUnderWay",
              4,
              {{"up relay 3 0", {"prepare relay 4"}},
               {"publish 5", {}},
               {"ok relay", {"prepare relay 5"}},
               {"ok relay", {"decide 5"}},
               {"decided", {"commit relay 5"}},
               {"ok relay", {"synced relay 5", "finish 5 applied"}}},
              false,
              true},
        Story{"PublishHealsADaemonThatRefusedTheLast",
              4,
              {{"up relay 3 0", {"prepare relay 4"}},
               {"refuse relay /x", {"alarm relay 4 [/x busy]"}},
               {"publish 5", {"prepare relay 5"}},
               {"ok relay", {"decide 5"}},
               {"decided", {"commit relay 5"}},
               {"ok relay", {"synced relay 5", "finish 5 applied"}}},
              false,
              true},
        Story{"DropDuringSyncStartsOver",
              4,
              {{"up relay 3 0", {"prepare relay 4"}},
               {"down relay", {}},
               {"up relay 3 4", {"commit relay 4"}},
               {"fail relay", {"alarm relay 4 [ gone]"}},
               {"wait 10000", {"prepare relay 4"}},
               {"ok relay", {"commit relay 4"}},
               {"ok relay", {"synced relay 4"}}},
              false,
              true},
        Story{"UpTwiceCountsAsDownBetween",
              1,
              {kRelayUp,
               {"publish 2", {"prepare relay 2"}},
               {"up relay 1 0", {"finish 2 unreachable [ disconnected]"}}},
              false,
              true}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Publisher, KnowsItsNextDeadline) {
    const TimePoint start{std::chrono::hours{1}};
    Publisher publisher(1);
    EXPECT_FALSE(publisher.next_deadline());
    const auto ignored = publisher.on_up(Daemon::Relay, 0, 0, start);
    EXPECT_EQ(publisher.next_deadline(), start + Publisher::kPrepareTimeout);
    // A daemon's prepared state lives 30 s: Prepare and both Commits fit into it.
    EXPECT_LT(Publisher::kPrepareTimeout + 2 * Publisher::kCommitTimeout, Milliseconds{30'000});
}

}  // namespace
}  // namespace portcullis::mgmt
