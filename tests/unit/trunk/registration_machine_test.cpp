// SPDX-License-Identifier: BSD-2-Clause
// The registration machine: every event in every phase, its times, and what goes on the wire.
#include "signaling/trunk/registration_machine.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.hpp"

namespace portcullis::trunk {
namespace {

using std::chrono::seconds;

locate::Located server(const std::string& text) {
    return {.transport = TransportKind::Udp, .remote = *Endpoint::parse(text)};
}

const auto kFirst = server("198.18.1.2:5060");
const auto kSecond = server("198.18.1.3:5060");

RegistrationTerms terms(std::uint32_t expires = 3600) {
    return {.request_uri = "sip:carrier.example.com",
            .expires = expires,
            .retry_min = seconds(30),
            .retry_max = seconds(1800),
            .account = {.username = "user", .password = "secret", .realm = {}},
            .algorithms = {auth::Hash::Sha256, auth::Hash::Md5}};
}

RegisterAnswer answer(int code) { return {.code = code, .phrase = "Phrase"}; }

RegisterAnswer success(std::uint32_t expires) {
    auto out = answer(200);
    out.contact_expires = expires;
    return out;
}

RegisterAnswer challenge(int code, const std::string& nonce, const std::string& more = {}) {
    auto out = answer(code);
    auto& list = code == 401 ? out.www_challenges : out.proxy_challenges;
    list.push_back(R"(Digest realm="carrier", nonce=")" + nonce +
                   R"(", algorithm=SHA-256, qop="auth")" + more);
    return out;
}

// A machine with its timer and two servers; events by name, so that a row can be read.
class Trunk {
 public:
    explicit Trunk(RegistrationTerms asked = terms()) : machine(std::move(asked), 7) {
        take(machine.start(clock.now(), {}));
    }

    void take(const RegistrationActions& actions) {
        last = actions;
        wake = actions.wake_at;
        if (actions.send) sent.push_back(*actions.send);
        if (actions.news != RegistrationNews::None) news.push_back(actions.news);
        done = done || actions.done;
    }
    void due() {
        ASSERT_TRUE(wake);
        clock.advance(std::max<Duration>(*wake - clock.now(), {}));
        take(machine.on_timer(clock.now()));
    }
    void located() { take(machine.on_located({kFirst, kSecond}, clock.now())); }
    void answers(const RegisterAnswer& given) { take(machine.on_answer(given, clock.now())); }

    void event(const std::string& name) {
        if (name == "timer") return due();
        if (name == "located") return located();
        if (name == "not-located") return take(machine.on_not_located("NXDOMAIN", clock.now()));
        if (name == "nowhere") return take(machine.on_located({}, clock.now()));
        if (name == "200") return answers(success(3600));
        if (name == "401") return answers(challenge(401, "n" + std::to_string(sent.size())));
        if (name == "407") return answers(challenge(407, "p" + std::to_string(sent.size())));
        if (name == "423") {
            auto brief = answer(423);
            brief.min_expires = 7200;
            return answers(brief);
        }
        if (name == "silence") return take(machine.on_failure("no response", clock.now()));
        if (name == "stop") return take(machine.stop(clock.now(), seconds(2)));
        answers(answer(std::stoi(name)));
    }
    void registered() {
        for (const char* name : {"timer", "located", "200"}) event(name);
        ASSERT_TRUE(machine.registered());
    }
    [[nodiscard]] double wait() const {
        return std::chrono::duration<double>(*wake - clock.now()).count();
    }

    testing::FakeClock clock;
    RegistrationMachine machine;
    RegistrationActions last;
    std::optional<TimePoint> wake;
    std::vector<RegisterOrder> sent;
    std::vector<RegistrationNews> news;
    bool done = false;
};

using Phase = RegistrationPhase;

struct Row {
    const char* name;
    std::vector<std::string> events;
    Phase phase;
    bool registered;
    std::size_t requests;
};

const Row kRows[] = {
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

class RegistrationRows : public ::testing::TestWithParam<Row> {};

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

INSTANTIATE_TEST_SUITE_P(Registration, RegistrationRows, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

// 10.2.1.1, 10.2.4: the Contact's time, else the header field's, else what was asked.
TEST(RegistrationMachine, TakesTheTimeThatIsGranted) {
    const auto granted = [](std::optional<std::uint32_t> contact,
                            std::optional<std::uint32_t> header) {
        Trunk trunk;
        trunk.event("timer");
        trunk.event("located");
        auto given = answer(200);
        given.contact_expires = contact;
        given.expires = header;
        trunk.answers(given);
        return trunk.machine.until().value_or(trunk.clock.now()) - trunk.clock.now();
    };
    EXPECT_EQ(granted(600, 1800), seconds(600));
    EXPECT_EQ(granted({}, 1800), seconds(1800));
    EXPECT_EQ(granted({}, {}), seconds(3600));
    EXPECT_EQ(granted(7200, {}), seconds(3600));  // never longer than asked
    EXPECT_EQ(granted(0, {}), seconds(0));
}

TEST(RegistrationMachine, RenewsInGoodTime) {
    const auto refresh = [](std::uint32_t granted) {
        Trunk trunk;
        trunk.event("timer");
        trunk.event("located");
        trunk.answers(success(granted));
        return trunk.wait();
    };
    // A fifth of the time ahead, 30 s at least, half the time at most; and up to a tenth sooner.
    EXPECT_LE(refresh(3600), 2880.0);
    EXPECT_GE(refresh(3600), 2592.0);
    EXPECT_LE(refresh(100), 70.0);
    EXPECT_GE(refresh(100), 63.0);
    EXPECT_LE(refresh(20), 10.0);
    EXPECT_GE(refresh(20), 9.0);
}

// A registrar that grants a second does not make us send every half of one.
TEST(RegistrationMachine, IsNotHurriedByARegistrar) {
    Trunk trunk;
    trunk.event("timer");
    trunk.event("located");
    trunk.answers(success(1));
    EXPECT_DOUBLE_EQ(trunk.wait(), 1.0);  // the end of the binding
    int requests = 0;
    const auto begin = trunk.clock.now();
    while (trunk.clock.now() - begin < seconds(60)) {
        trunk.event("timer");
        if (trunk.last.locate) trunk.event("located");
        if (trunk.last.send) {
            trunk.answers(success(1));
            ++requests;
        }
    }
    EXPECT_LE(requests, 13);
}

TEST(RegistrationMachine, BacksOffWithoutAnswer) {
    Trunk trunk;
    double longest = 30.0;
    for (int i = 0; i < 10; ++i) {
        for (const char* name : {"timer", "located", "silence", "silence"}) trunk.event(name);
        EXPECT_GE(trunk.wait(), longest / 2) << i;  // RFC 5626 section 4.5
        EXPECT_LE(trunk.wait(), longest) << i;
        longest = std::min(2 * longest, 1800.0);
    }
    EXPECT_EQ(trunk.news, (std::vector{RegistrationNews::Failed}));  // told once
}

TEST(RegistrationMachine, WrongPasswordIsNoStorm) {
    Trunk trunk;
    for (const char* name : {"timer", "located", "401", "401"}) trunk.event(name);
    EXPECT_GE(trunk.wait(), 1620.0);
    EXPECT_EQ(trunk.machine.reason(), "401 Phrase: user or password is wrong");
    // The next try begins without the nonce of the former one.
    trunk.event("timer");
    trunk.event("located");
    EXPECT_TRUE(trunk.sent.back().authorization.empty());
}

TEST(RegistrationMachine, RefusalsAreNotRepeatedSoon) {
    for (const char* code : {"302", "400", "403", "404", "420", "603"}) {
        Trunk trunk;
        for (const char* name : {"timer", "located", code}) trunk.event(name);
        EXPECT_GE(trunk.wait(), 1620.0) << code;
        EXPECT_LE(trunk.wait(), 1800.0) << code;
    }
}

TEST(RegistrationMachine, WaitsAsLongAsTheRegistrarAsks) {
    Trunk trunk;
    for (const char* name : {"timer", "located", "silence"}) trunk.event(name);
    auto busy = answer(503);
    busy.retry_after = 300;
    trunk.answers(busy);
    EXPECT_DOUBLE_EQ(trunk.wait(), 300.0);
    for (const char* name : {"timer", "located", "silence"}) trunk.event(name);
    busy.retry_after = 1'000'000;
    trunk.answers(busy);
    EXPECT_DOUBLE_EQ(trunk.wait(), 1800.0);
}

TEST(RegistrationMachine, SendsCredentialsAheadOnceItKnowsTheNonce) {
    Trunk trunk;
    for (const char* name : {"timer", "located", "401", "200"}) trunk.event(name);
    EXPECT_TRUE(trunk.sent[0].authorization.empty());
    EXPECT_NE(trunk.sent[1].authorization.find("nc=00000001"), std::string::npos);
    EXPECT_NE(trunk.sent[1].authorization.find("algorithm=SHA-256"), std::string::npos);
    trunk.event("timer");
    trunk.event("located");
    EXPECT_NE(trunk.sent[2].authorization.find("nc=00000002"), std::string::npos);
    // The nonce is too old: not a wrong password (RFC 7616 section 3.3).
    trunk.answers(challenge(401, "fresh", ", stale=true"));
    EXPECT_NE(trunk.sent[3].authorization.find("nonce=\"fresh\""), std::string::npos);
    EXPECT_NE(trunk.sent[3].authorization.find("nc=00000001"), std::string::npos);
    trunk.event("200");
    EXPECT_TRUE(trunk.machine.registered());
}

TEST(RegistrationMachine, AnswersAProxyAndARegistrarInOneRequest) {
    Trunk trunk;
    for (const char* name : {"timer", "located", "407", "401"}) trunk.event(name);
    EXPECT_FALSE(trunk.sent[2].proxy_authorization.empty());
    EXPECT_FALSE(trunk.sent[2].authorization.empty());
}

TEST(RegistrationMachine, AnswersOnlyTheAlgorithmsItMay) {
    auto only_sha = terms();
    only_sha.algorithms = {auth::Hash::Sha256};
    Trunk trunk(only_sha);
    trunk.event("timer");
    trunk.event("located");
    auto md5 = answer(401);
    md5.www_challenges.push_back(R"(Digest realm="carrier", nonce="n", qop="auth")");
    trunk.answers(md5);
    EXPECT_EQ(trunk.sent.size(), 1U);
    EXPECT_EQ(trunk.machine.reason(),
              "401 Phrase: it asks for no digest algorithm that is allowed");
    // Of several, the first that it may (RFC 8760 section 2.4).
    trunk.event("timer");
    trunk.event("located");
    md5.www_challenges.push_back(
        R"(Digest realm="carrier", nonce="s", algorithm=SHA-256, qop="auth")");
    trunk.answers(md5);
    EXPECT_NE(trunk.sent.back().authorization.find("nonce=\"s\""), std::string::npos);
}

TEST(RegistrationMachine, AnswersOnlyItsOwnRealm) {
    auto other = terms();
    other.account.realm = "elsewhere";
    Trunk trunk(other);
    for (const char* name : {"timer", "located", "401"}) trunk.event(name);
    EXPECT_EQ(trunk.sent.size(), 1U);
    EXPECT_EQ(trunk.machine.reason(), "401 Phrase: it asks for an account of another realm");
}

TEST(RegistrationMachine, WithoutAnAccountAChallengeIsARefusal) {
    auto none = terms();
    none.account = {};
    Trunk trunk(none);
    for (const char* name : {"timer", "located", "401"}) trunk.event(name);
    EXPECT_EQ(trunk.sent.size(), 1U);
    EXPECT_EQ(trunk.machine.phase(), Phase::Waiting);
}

TEST(RegistrationMachine, AsksForTheTimeThat423Wants) {
    Trunk trunk;
    for (const char* name : {"timer", "located", "423"}) trunk.event(name);
    EXPECT_EQ(trunk.sent[0].expires, 3600U);
    EXPECT_EQ(trunk.sent[1].expires, 7200U);
    trunk.answers(success(7200));
    trunk.event("timer");
    trunk.event("located");
    EXPECT_EQ(trunk.sent[2].expires, 7200U);  // and keeps to it
    for (const std::uint32_t odd : {0U, 100U, 4'294'967'295U}) {
        Trunk again;
        again.event("timer");
        again.event("located");
        auto brief = answer(423);
        brief.min_expires = odd;
        again.answers(brief);
        EXPECT_EQ(again.sent.size(), 1U) << odd;
        EXPECT_EQ(again.machine.phase(), Phase::Waiting) << odd;
    }
}

// A registrar's servers need not share their bindings.
TEST(RegistrationMachine, RenewsWhereItIsRegistered) {
    Trunk trunk;
    for (const char* name : {"timer", "located", "silence", "200"}) trunk.event(name);
    EXPECT_EQ(trunk.machine.server(), kSecond);
    trunk.event("timer");
    trunk.event("located");
    EXPECT_EQ(trunk.sent.back().server, kSecond);
    trunk.event("silence");
    EXPECT_EQ(trunk.sent.back().server, kFirst);
}

TEST(RegistrationMachine, IsLostWhenItsTimeIsOver) {
    Trunk trunk;
    trunk.registered();
    auto with_route = success(3600);
    with_route.service_route = {"<sip:edge.example.com;lr>"};
    trunk.event("timer");
    trunk.event("located");
    trunk.answers(with_route);
    EXPECT_EQ(trunk.machine.service_route().size(), 1U);
    const auto until = *trunk.machine.until();
    for (int i = 0; i < 40 && trunk.machine.registered(); ++i) {
        trunk.event("timer");
        if (trunk.last.locate) {
            trunk.event("located");
            trunk.event("silence");
            trunk.event("silence");
        }
    }
    EXPECT_EQ(trunk.clock.now(), until);
    EXPECT_EQ(trunk.news, (std::vector{RegistrationNews::Registered, RegistrationNews::Failed,
                                       RegistrationNews::Lost}));
    EXPECT_TRUE(trunk.machine.service_route().empty());
    EXPECT_EQ(trunk.machine.reason(), "no response");
    // And comes back.
    while (!trunk.last.locate) trunk.event("timer");
    trunk.event("located");
    trunk.event("200");
    EXPECT_EQ(trunk.news.back(), RegistrationNews::Registered);
}

TEST(RegistrationMachine, IsLostWhileTheRegistrarIsSilent) {
    Trunk trunk(terms(20));
    trunk.event("timer");
    trunk.event("located");
    trunk.answers(success(20));
    trunk.event("timer");
    trunk.event("located");
    const auto until = *trunk.machine.until();
    EXPECT_EQ(trunk.wake, until);
    trunk.event("timer");
    EXPECT_EQ(trunk.news.back(), RegistrationNews::Lost);
    EXPECT_EQ(trunk.machine.phase(), Phase::Registering);  // an answer may still come
    trunk.answers(success(20));
    EXPECT_EQ(trunk.news.back(), RegistrationNews::Registered);
}

TEST(RegistrationMachine, ANewPasswordIsTriedAtOnce) {
    Trunk trunk;
    for (const char* name : {"timer", "located", "401", "401"}) trunk.event(name);
    auto other = terms();
    other.account.password = "better";
    trunk.take(trunk.machine.configure(other, trunk.clock.now()));
    EXPECT_EQ(trunk.wake, trunk.clock.now());
    // While it is registered there is no hurry.
    for (const char* name : {"timer", "located", "401", "200"}) trunk.event(name);
    const auto wake = trunk.wake;
    trunk.take(trunk.machine.configure(terms(), trunk.clock.now()));
    EXPECT_EQ(trunk.wake, wake);
}

TEST(RegistrationMachine, TheLastRequestAsksForNoTime) {
    Trunk trunk;
    trunk.registered();
    trunk.event("stop");
    EXPECT_EQ(trunk.sent.back().expires, 0U);
    EXPECT_EQ(trunk.sent.back().server, kFirst);
    EXPECT_EQ(trunk.wake, trunk.clock.now() + seconds(2));
    trunk.event("401");
    EXPECT_EQ(trunk.sent.back().expires, 0U);
    EXPECT_FALSE(trunk.sent.back().authorization.empty());
}

}  // namespace
}  // namespace portcullis::trunk
