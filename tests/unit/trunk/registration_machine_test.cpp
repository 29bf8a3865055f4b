// SPDX-License-Identifier: BSD-2-Clause
// The registration machine: every event in every phase.
#include "tests/unit/trunk/registration_fixture.hpp"

namespace portcullis::trunk {
namespace {

struct StateRow {
    const char* name;
    std::vector<std::string> events;
    Phase phase;
    bool registered;
    std::size_t requests;
};

const StateRow kStateRows[] = {
    // Every phase.
    {"Begins", {}, Phase::Waiting, false, 0},
    {"Locates", {"timer"}, Phase::Locating, false, 0},
    {"Registers", {"timer", "located"}, Phase::Registering, false, 1},
    {"IsRegistered", {"timer", "located", "200"}, Phase::Registered, true, 1},
    {"IsNotFound", {"timer", "not-located"}, Phase::Waiting, false, 0},
    {"HasNoServer", {"timer", "nowhere"}, Phase::Waiting, false, 0},
    {"LocatesAgain", {"timer", "not-located", "timer"}, Phase::Locating, false, 0},
    // 22.2, 22.3
    {"IsChallenged", {"timer", "located", "401"}, Phase::Registering, false, 2},
    {"AnswersTheChallenge", {"timer", "located", "401", "200"}, Phase::Registered, true, 2},
    {"AnswersAProxy", {"timer", "located", "407", "200"}, Phase::Registered, true, 2},
    {"AnswersBoth", {"timer", "located", "407", "401", "200"}, Phase::Registered, true, 3},
    {"IsRejected", {"timer", "located", "401", "401"}, Phase::Waiting, false, 2},
    {"IsRejectedByAProxy", {"timer", "located", "407", "407"}, Phase::Waiting, false, 2},
    // 10.2.8
    {"IsTooBrief", {"timer", "located", "423"}, Phase::Registering, false, 2},
    {"AsksForMore", {"timer", "located", "423", "200"}, Phase::Registered, true, 2},
    {"IsTooBriefAgain", {"timer", "located", "423", "423"}, Phase::Waiting, false, 2},
    // 21.3: whoever redirects us gets the calls.
    {"IsRedirected", {"timer", "located", "302"}, Phase::Waiting, false, 1},
    {"IsRefused", {"timer", "located", "403"}, Phase::Waiting, false, 1},
    {"IsUnknown", {"timer", "located", "404"}, Phase::Waiting, false, 1},
    {"IsRefusedEverywhere", {"timer", "located", "603"}, Phase::Waiting, false, 1},
    {"ProvisionalResponsesSayNothing", {"timer", "located", "100"}, Phase::Registering, false, 1},
    // Failover, RFC 3263 section 4.3
    {"TriesTheNext", {"timer", "located", "silence"}, Phase::Registering, false, 2},
    {"TriesTheNextAfter503", {"timer", "located", "503"}, Phase::Registering, false, 2},
    {"TriesTheNextAfter408", {"timer", "located", "408"}, Phase::Registering, false, 2},
    {"TriesTheNextAfter500", {"timer", "located", "500"}, Phase::Registering, false, 2},
    {"RegistersAtTheNext", {"timer", "located", "silence", "200"}, Phase::Registered, true, 2},
    {"NoServerAnswers", {"timer", "located", "silence", "503"}, Phase::Waiting, false, 2},
    // Refreshes
    {"Renews", {"timer", "located", "200", "timer"}, Phase::Locating, true, 1},
    {"IsRenewed",
     {"timer", "located", "200", "timer", "located", "200"},
     Phase::Registered,
     true,
     2},
    {"ARenewalFailsButTheBindingStays",
     {"timer", "located", "200", "timer", "located", "silence", "silence"},
     Phase::Waiting,
     true,
     3},
    {"ARenewalIsNotLocatedButTheBindingStays",
     {"timer", "located", "200", "timer", "not-located"},
     Phase::Waiting,
     true,
     1},
    {"ARenewalIsRefused",
     {"timer", "located", "200", "timer", "located", "403"},
     Phase::Waiting,
     false,
     2},
    // What does not belong there changes nothing.
    {"AnAnswerNobodyAskedFor", {"200"}, Phase::Waiting, false, 0},
    {"AFailureOfNothing", {"silence"}, Phase::Waiting, false, 0},
    {"LocatedTwice", {"timer", "located", "located"}, Phase::Registering, false, 1},
    {"NotLocatedLate", {"timer", "located", "not-located"}, Phase::Registering, false, 1},
    {"ASecondAnswer", {"timer", "located", "200", "403"}, Phase::Registered, true, 1},
    // 10.2.2: removing it
    {"StopsBeforeItBegan", {"stop"}, Phase::Idle, false, 0},
    {"StopsWhileLocating", {"timer", "stop"}, Phase::Idle, false, 0},
    {"StopsWhileWaiting", {"timer", "located", "403", "stop"}, Phase::Idle, false, 1},
    {"Unregisters", {"timer", "located", "200", "stop"}, Phase::Unregistering, true, 2},
    {"IsUnregistered", {"timer", "located", "200", "stop", "200"}, Phase::Idle, false, 2},
    {"IsChallengedOnceMore",
     {"timer", "located", "200", "stop", "401"},
     Phase::Unregistering,
     true,
     3},
    {"IsUnregisteredThen",
     {"timer", "located", "200", "stop", "401", "200"},
     Phase::Idle,
     false,
     3},
    {"IsRejectedAtTheEnd",
     {"timer", "located", "200", "stop", "401", "401"},
     Phase::Idle,
     false,
     3},
    {"NobodyAnswersTheEnd", {"timer", "located", "200", "stop", "silence"}, Phase::Idle, false, 2},
    {"TheEndHasItsLimit", {"timer", "located", "200", "stop", "timer"}, Phase::Idle, false, 2},
    // 10.2: not before the request under way is answered
    {"StopsWhileRegistering", {"timer", "located", "stop"}, Phase::Unregistering, false, 1},
    {"UnregistersWhatWasJustMade",
     {"timer", "located", "stop", "200"},
     Phase::Unregistering,
     false,
     2},
    {"NothingWasMade", {"timer", "located", "stop", "403"}, Phase::Idle, false, 1},
    {"NothingWasMadeInTime", {"timer", "located", "stop", "silence"}, Phase::Idle, false, 1},
    {"UnregistersThoughTheRenewalFailed",
     {"timer", "located", "200", "timer", "located", "stop", "silence"},
     Phase::Unregistering,
     true,
     3},
    {"StopsTwice", {"timer", "located", "200", "stop", "stop"}, Phase::Unregistering, true, 2},
};

class RegistrationRows : public ::testing::TestWithParam<StateRow> {};

TEST_P(RegistrationRows, EndIn) {
    Trunk trunk;
    for (const auto& event : GetParam().events) trunk.event(event);
    EXPECT_EQ(trunk.machine.phase(), GetParam().phase) << name_of(trunk.machine.phase());
    EXPECT_EQ(trunk.machine.registered(), GetParam().registered);
    EXPECT_EQ(trunk.sent.size(), GetParam().requests);
    EXPECT_EQ(trunk.done, trunk.machine.phase() == Phase::Idle);
    // Nothing waits for ever but for the locator and, unregistered, for its one request.
    const bool waits_for_others =
        trunk.machine.phase() == Phase::Locating || trunk.machine.phase() == Phase::Registering;
    EXPECT_TRUE(trunk.wake || trunk.done || waits_for_others);
    for (std::size_t i = 0; i < trunk.sent.size(); ++i) EXPECT_EQ(trunk.sent[i].cseq, i + 1);
}

INSTANTIATE_TEST_SUITE_P(Registration, RegistrationRows, ::testing::ValuesIn(kStateRows),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace portcullis::trunk
