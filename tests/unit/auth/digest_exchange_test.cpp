// SPDX-License-Identifier: BSD-2-Clause
// DigestClient and DigestServer: each against written messages, and the one against the other.
#include <gtest/gtest.h>

#include "signaling/auth/digest_server.hpp"

namespace portcullis::auth::testing {
namespace {

using namespace std::chrono_literals;
using Outcome = Verification::Outcome;

constexpr Nonces::Key kKey{std::byte{7}};
constexpr DigestRequest kInvite{"INVITE", "sip:+4930@198.18.1.2", "v=0\r\n"};

std::vector<std::string_view> views(const std::vector<std::string>& values) {
    return {values.begin(), values.end()};
}

class ExchangeTest : public ::testing::Test {
 protected:
    Verification verify(const std::string& value, const DigestRequest& request = kInvite) {
        return server.verify(
            {value}, request,
            [](std::string_view username, Hash hash) {
                return username == "trunk"
                           ? std::optional(password_hash(hash, "trunk", "sbc", "secret"))
                           : std::nullopt;
            },
            now);
    }
    std::string answer(DigestClient& by, const DigestRequest& request = kInvite) {
        ChallengeCount count;
        const auto challenges = server.challenges(false, now);
        const auto value = by.answer(views(challenges), request, count);
        EXPECT_TRUE(value);
        return value.value_or("");
    }

    TimePoint now{100h};
    DigestServer server{{.realm = "sbc"}, kKey, 1, {.lifetime = 60s}};
    DigestClient client{{"trunk", "secret", ""}};
};

TEST_F(ExchangeTest, TheRightPasswordIsKnown) {
    const auto value = answer(client);
    EXPECT_NE(value.find("algorithm=SHA-256"), std::string::npos) << "the first that was offered";
    const auto verification = verify(value);
    EXPECT_EQ(verification.outcome, Outcome::Known);
    EXPECT_EQ(verification.username, "trunk");
}

TEST_F(ExchangeTest, EveryAlgorithmThatIsOfferedWorks) {
    for (const Hash hash : {Hash::Md5, Hash::Sha256, Hash::Sha512_256}) {
        for (const bool session : {false, true}) {
            server = DigestServer({.realm = "sbc", .algorithms = {{hash, session}}}, kKey, 1, {});
            DigestClient fresh({"trunk", "secret", "sbc"});
            EXPECT_EQ(verify(answer(fresh)).outcome, Outcome::Known)
                << name_of(Algorithm{hash, session});
        }
    }
}

TEST_F(ExchangeTest, WhatIsWrongIsWrong) {
    DigestClient wrong_password({"trunk", "guess", ""});
    EXPECT_EQ(verify(answer(wrong_password)).outcome, Outcome::Wrong);
    DigestClient unknown_user({"nobody", "secret", ""});
    EXPECT_EQ(verify(answer(unknown_user)).outcome, Outcome::Wrong);
    auto value = answer(client);
    EXPECT_EQ(verify(value, {"BYE", kInvite.uri, ""}).outcome, Outcome::Wrong) << "another method";
    value = answer(client);
    EXPECT_EQ(verify(value, {"INVITE", "sip:+1900@198.18.1.2", ""}).outcome, Outcome::Wrong)
        << "taken for another target";
    value = answer(client);
    EXPECT_EQ(verify(value, {"INVITE", "sip:+4930@198.18.1.2:5060", ""}).outcome, Outcome::Wrong)
        << "RFC 3261 19.1.4: with the default port it is another URI";
}

// What nobody can be held to: no credentials, those of another realm, or of another server.
TEST_F(ExchangeTest, WhatIsNotForUsIsMissing) {
    EXPECT_EQ(server.verify({}, kInvite, {}, now).outcome, Outcome::Missing);
    EXPECT_EQ(verify("Basic x=y").outcome, Outcome::Missing);
    EXPECT_EQ(verify("Digest broken").outcome, Outcome::Missing);
    DigestServer other({.realm = "other"}, kKey, 1, {});
    ChallengeCount count;
    const auto value = client.answer(views(other.challenges(false, now)), kInvite, count);
    ASSERT_TRUE(value);
    EXPECT_EQ(verify(*value).outcome, Outcome::Missing);
    const auto not_offered = answer(client);
    server = DigestServer({.realm = "sbc", .algorithms = {{Hash::Md5, false}}}, kKey, 1, {});
    EXPECT_EQ(verify(not_offered).outcome, Outcome::Missing);
}

// RFC 7616 section 5.4: of a nonce that was not given to that client nothing follows, whether the
// password is right or not; a client that had it from our former life asks again.
TEST_F(ExchangeTest, AForeignNonceTellsNothing) {
    DigestServer elsewhere({.realm = "sbc"}, {std::byte{9}}, 1, {});
    const auto given = server.challenges(false, now, "198.18.0.9");
    for (const auto& challenges : {elsewhere.challenges(false, now), given}) {
        for (const char* const password : {"secret", "guess"}) {
            DigestClient by({"trunk", password, ""});
            ChallengeCount count;
            const auto value = by.answer(views(challenges), kInvite, count);
            ASSERT_TRUE(value);
            EXPECT_EQ(verify(*value).outcome, Outcome::Foreign) << password;
        }
    }
}

TEST_F(ExchangeTest, OursAreFoundAmongOthers) {
    DigestServer proxy({.realm = "proxy"}, kKey, 1, {});
    ChallengeCount count;
    const auto foreign = client.answer(views(proxy.challenges(false, now)), kInvite, count);
    const auto ours = answer(client);
    const auto verification = server.verify(
        {"Digest broken", *foreign, ours}, kInvite,
        [](std::string_view, Hash hash) { return password_hash(hash, "trunk", "sbc", "secret"); },
        now);
    EXPECT_EQ(verification.outcome, Outcome::Known);
}

TEST_F(ExchangeTest, AReplayIsStaleAndAFurtherRequestCountsOn) {
    const auto first = answer(client);
    EXPECT_EQ(verify(first).outcome, Outcome::Known);
    EXPECT_EQ(verify(first).outcome, Outcome::Stale);
    const auto second = client.ahead(kInvite);
    EXPECT_NE(second.find("nc=00000002"), std::string::npos) << second;
    EXPECT_EQ(verify(second).outcome, Outcome::Known);
}

// A stranger who guesses uses up nobody's counts.
TEST_F(ExchangeTest, WrongCredentialsUseNothingUp) {
    const auto value = answer(client);
    auto wrong = value;
    const auto at = wrong.find("response=\"") + 10;
    wrong[at] = wrong[at] == '0' ? '1' : '0';
    EXPECT_EQ(verify(wrong).outcome, Outcome::Wrong);
    EXPECT_EQ(verify(value).outcome, Outcome::Known);
}

TEST_F(ExchangeTest, AnOldNonceIsStaleForTheRightPasswordOnly) {
    const auto value = answer(client);
    DigestClient guesser({"trunk", "guess", ""});
    const auto guess = answer(guesser);
    now += 61s;
    EXPECT_EQ(verify(value).outcome, Outcome::Stale);
    EXPECT_EQ(verify(guess).outcome, Outcome::Wrong) << "a new nonce would be no help";
}

// RFC 3261 section 22.2 and threats 29, 30: once, once more for a stale nonce, and never elsewhere.
TEST_F(ExchangeTest, AClientAnswersOnceAndOnceMoreWhenStale) {
    ChallengeCount count;
    EXPECT_TRUE(client.answer(views(server.challenges(false, now)), kInvite, count));
    EXPECT_EQ(client.answer(views(server.challenges(false, now)), kInvite, count).error(),
              NoAnswer::Rejected);
    EXPECT_TRUE(client.answer(views(server.challenges(true, now)), kInvite, count));
    EXPECT_EQ(client.answer(views(server.challenges(true, now)), kInvite, count).error(),
              NoAnswer::StaleAgain);
    EXPECT_EQ(client.answer(views(server.challenges(false, now)), kInvite, count).error(),
              NoAnswer::Rejected);
}

TEST_F(ExchangeTest, AClientsPasswordGoesToItsRealmOnly) {
    DigestClient bound({"trunk", "secret", "carrier.example"});
    ChallengeCount count;
    EXPECT_EQ(bound.answer(views(server.challenges(false, now)), kInvite, count).error(),
              NoAnswer::OtherRealm);
    EXPECT_FALSE(count.answered);
    EXPECT_EQ(bound.ahead(kInvite), "");
    EXPECT_EQ(bound.answer({"Basic realm=x", "Digest broken"}, kInvite, count).error(),
              NoAnswer::NoDigest);
}

TEST_F(ExchangeTest, AClientTakesTheFirstThatItKnows) {
    ChallengeCount count;
    const auto value = client.answer(
        {"Digest realm=\"a\", nonce=\"1\", algorithm=SHA-3, qop=\"auth\"",
         "Digest realm=\"a\", nonce=\"2\", algorithm=MD5, qop=\"auth-int\", opaque=\"o\"",
         "Digest realm=\"a\", nonce=\"3\", algorithm=SHA-256, qop=\"auth\""},
        kInvite, count);
    ASSERT_TRUE(value);
    const auto read = parse_credentials(*value);
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->nonce, "2");
    EXPECT_EQ((*read)->qop, Qop::AuthInt) << "where nothing else is taken";
    EXPECT_EQ((*read)->opaque, "o");
    EXPECT_TRUE(
        matches(**read, password_hash(Hash::Md5, "trunk", "a", "secret"), "INVITE", kInvite.body));
    EXPECT_FALSE(matches(**read, password_hash(Hash::Md5, "trunk", "a", "secret"), "INVITE", "x"));
}

// RFC 2069: old equipment gives no qop. A nonce serves one request then.
TEST_F(ExchangeTest, WithoutQop) {
    ChallengeCount count;
    const auto nonce = Nonces(kKey, 1, {}).make(now);
    const auto value = client.answer(
        {"Digest realm=\"sbc\", nonce=\"" + nonce + "\", algorithm=MD5"}, kInvite, count);
    ASSERT_TRUE(value);
    EXPECT_EQ(value->find("qop"), std::string::npos);
    EXPECT_EQ(value->find("nc="), std::string::npos);
    EXPECT_EQ(client.ahead(kInvite), "");
    EXPECT_EQ(verify(*value).outcome, Outcome::Known);
    EXPECT_EQ(verify(*value).outcome, Outcome::Stale);
}

}  // namespace
}  // namespace portcullis::auth::testing
