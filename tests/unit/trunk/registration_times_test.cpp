// SPDX-License-Identifier: BSD-2-Clause
// The registration machine: its times, its credentials, and what it tells.
#include "tests/unit/trunk/registration_fixture.hpp"

namespace portcullis::trunk {
namespace {

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
    EXPECT_TRUE(trunk.sent.back().credentials.authorization.empty());
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
    EXPECT_TRUE(trunk.sent[0].credentials.authorization.empty());
    EXPECT_NE(trunk.sent[1].credentials.authorization.find("nc=00000001"), std::string::npos);
    EXPECT_NE(trunk.sent[1].credentials.authorization.find("algorithm=SHA-256"), std::string::npos);
    trunk.event("timer");
    trunk.event("located");
    EXPECT_NE(trunk.sent[2].credentials.authorization.find("nc=00000002"), std::string::npos);
    // The nonce is too old: not a wrong password (RFC 7616 section 3.3).
    trunk.answers(challenge(401, "fresh", ", stale=true"));
    EXPECT_NE(trunk.sent[3].credentials.authorization.find("nonce=\"fresh\""), std::string::npos);
    EXPECT_NE(trunk.sent[3].credentials.authorization.find("nc=00000001"), std::string::npos);
    trunk.event("200");
    EXPECT_TRUE(trunk.machine.registered());
}

TEST(RegistrationMachine, AnswersAProxyAndARegistrarInOneRequest) {
    Trunk trunk;
    for (const char* name : {"timer", "located", "407", "401"}) trunk.event(name);
    EXPECT_FALSE(trunk.sent[2].credentials.proxy_authorization.empty());
    EXPECT_FALSE(trunk.sent[2].credentials.authorization.empty());
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
    EXPECT_NE(trunk.sent.back().credentials.authorization.find("nonce=\"s\""), std::string::npos);
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
    EXPECT_FALSE(trunk.sent.back().credentials.authorization.empty());
}

}  // namespace
}  // namespace portcullis::trunk
