// SPDX-License-Identifier: BSD-2-Clause
// Who calls: P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID, Privacy and From.
#include "signaling/headers/caller.hpp"

#include <gtest/gtest.h>

#include "tests/unit/headers/harness.hpp"

namespace portcullis::headers {
namespace {

using config::CallerSource;
using config::IdentityUse;
using config::PrivacyHandling;

const char* const kPai = "P-Asserted-Identity: \"Alice\" <sip:+4940111@pbx.example;x=1>";
const char* const kPaiAndId = "P-Asserted-Identity: <sip:+4940111@pbx.example>\nPrivacy: id";
const char* const kRpid =
    "Remote-Party-ID: \"A\" <sip:+4940111@pbx.example>;party=calling;screen=yes;privacy=off";
const char* const kRpidFull =
    "Remote-Party-ID: <sip:+4940111@pbx.example>;party=calling;privacy=full";

const PassCase kCases[] = {
    {"RFC 3325 5: from one trusted side to the other, with our host", "INVITE", kPai,
     "P-Asserted-Identity: \"Alice\" <sip:+4940111@sbc.example>"},
    {"RFC 3325 5: what an untrusted side asserts is removed",
     "INVITE",
     kPai,
     "",
     {kUntrusted, kTrusted, {}, {}}},
    {"RFC 3325 5: nor does its Remote-Party-ID count",
     "INVITE",
     kRpid,
     "",
     {kUntrusted, kTrusted, {}, {}}},
    {"RFC 3325 7: nothing to an untrusted side by default",
     "INVITE",
     kPai,
     "",
     {kTrusted, kUntrusted, {}, {}}},
    {"a trunk of an untrusted realm may be trusted by contract",
     "INVITE",
     kPai,
     "P-Asserted-Identity: \"Alice\" <sip:+4940111@sbc.example>",
     {kTrusted, kUntrusted, {}, {.trust = kTrusted}}},
    {"RFC 3325 9.1: a SIP and a tel identity, no third", "INVITE",
     "P-Asserted-Identity: <sip:alice@pbx.example>, <tel:+49-40-111>\n"
     "P-Asserted-Identity: <sip:third@pbx.example>",
     "P-Asserted-Identity: <sip:alice@sbc.example>\nP-Asserted-Identity: <tel:+4940111>"},
    {"RFC 3966 5.1.5: a local number's phone-context stays behind", "INVITE",
     "P-Asserted-Identity: <tel:111;phone-context=pbx.example>",
     "P-Asserted-Identity: <sip:111@sbc.example>"},
    {"RFC 3261 19.1.1: user=phone is kept, sips and password are not", "INVITE",
     "P-Asserted-Identity: <sips:+4940111:pw@pbx.example;user=phone;maddr=192.0.2.1>",
     "P-Asserted-Identity: <sip:+4940111@sbc.example;user=phone>"},
    {"parameters inside the user part stay behind", "INVITE",
     "P-Asserted-Identity: <sip:111;phone-context=pbx.example@pbx.example>",
     "P-Asserted-Identity: <sip:111@sbc.example>"},
    {"other schemes name nobody", "INVITE", "P-Asserted-Identity: <http://pbx.example/alice>", ""},
    {"RFC 3325 7: \"id\" keeps it within the trust domain", "INVITE", kPaiAndId,
     "P-Asserted-Identity: <sip:+4940111@sbc.example>\nPrivacy: id"},
    {"RFC 3325 7: \"id\" towards an untrusted side, whatever is set",
     "INVITE",
     kPaiAndId,
     "Privacy: id",
     {kTrusted,
      kUntrusted,
      {},
      {.asserted_identity = IdentityUse::Pass, .privacy = PrivacyHandling::Pass}}},
    {"RFC 3323 5: Privacy that has been applied is removed",
     "INVITE",
     kPaiAndId,
     "",
     {kTrusted, kUntrusted, {}, {.asserted_identity = IdentityUse::Pass}}},
    {"RFC 3323 4.2: none is an answer to others",
     "INVITE",
     "P-Asserted-Identity: <sip:+4940111@pbx.example>\nPrivacy: none",
     "P-Asserted-Identity: <sip:+4940111@sbc.example>\nPrivacy: none",
     {kTrusted, kUntrusted, {}, {.asserted_identity = IdentityUse::Pass}}},
    {"RFC 3323 4.2: only the known words cross, in one order", "INVITE",
     "Privacy: USER ; evil.pbx.example;id\nPrivacy: header,session",
     "Privacy: "
     "header;session;user;id"},
    {"section 6.3: Remote-Party-ID becomes P-Asserted-Identity", "INVITE", kRpid,
     "P-Asserted-Identity: \"A\" <sip:+4940111@sbc.example>"},
    {"section 6.3: privacy=full is Privacy: id", "INVITE", kRpidFull,
     "P-Asserted-Identity: <sip:+4940111@sbc.example>\nPrivacy: id"},
    {"section 6.3: privacy=full is honoured from anybody",
     "INVITE",
     kRpidFull,
     "Privacy: id",
     {kUntrusted, kTrusted, {}, {}}},
    {"P-Asserted-Identity wins over Remote-Party-ID", "INVITE",
     "Remote-Party-ID: <sip:2@pbx.example>\nP-Asserted-Identity: <sip:1@pbx.example>",
     "P-Asserted-Identity: <sip:1@sbc.example>"},
    {"P-Asserted-Identity becomes Remote-Party-ID",
     "INVITE",
     kPai,
     "Remote-Party-ID: \"Alice\" <sip:+4940111@sbc.example>;party=calling;screen=yes;privacy=off",
     {kTrusted,
      kTrusted,
      {},
      {.asserted_identity = IdentityUse::Drop, .remote_party_id = IdentityUse::Pass}}},
    {"both forms, with privacy said in both",
     "INVITE",
     kPaiAndId,
     "P-Asserted-Identity: <sip:+4940111@sbc.example>\n"
     "Remote-Party-ID: <sip:+4940111@sbc.example>;party=calling;screen=yes;privacy=full\n"
     "Privacy: id",
     {kTrusted, kTrusted, {}, {.remote_party_id = IdentityUse::Pass}}},
    {"made from From where nobody asserted one",
     "INVITE",
     "",
     "P-Asserted-Identity: \"Alice\" <sip:+4940111@sbc.example>\n"
     "Remote-Party-ID: \"Alice\" <sip:+4940111@sbc.example>;party=calling;screen=no;privacy=off",
     {kUntrusted,
      kTrusted,
      {},
      {.asserted_identity = IdentityUse::Make, .remote_party_id = IdentityUse::Make}}},
    {"made from P-Preferred-Identity (RFC 3325 6) where that is the source",
     "INVITE",
     "P-Preferred-Identity: <sip:+4940112@pbx.example>",
     "P-Asserted-Identity: <sip:+4940112@sbc.example>",
     {kUntrusted,
      kTrusted,
      {.caller_source = {CallerSource::Preferred}},
      {.asserted_identity = IdentityUse::Make}}},
    {"RFC 3325 9.2: a provider is told whom we would like to be",
     "INVITE",
     kPai,
     "P-Preferred-Identity: \"Alice\" <sip:+4940111@sbc.example>",
     {kTrusted, kUntrusted, {}, {.preferred_identity = IdentityUse::Pass}}},
    {"P-Preferred-Identity itself never crosses", "INVITE",
     "P-Preferred-Identity: <sip:+4940112@pbx.example>", ""},
    {"RFC 5876 4.1: in re-INVITE and UPDATE", "UPDATE in dialog", kPai,
     "P-Asserted-Identity: \"Alice\" <sip:+4940111@sbc.example>"},
    {"RFC 5876 4.2: who answers, in a response", "200 INVITE", kPai,
     "P-Asserted-Identity: \"Alice\" <sip:+4940111@sbc.example>"},
    {"section 6.3: party=called of a response", "180 INVITE",
     "Remote-Party-ID: <sip:9@pbx.example>;party=called",
     "P-Asserted-Identity: <sip:9@sbc.example>"},
    {"not in a refusal", "486 INVITE", kPai, ""},
    {"not in ACK", "ACK in dialog", kPai, ""},
    {"From of a trusted side is not screened for that",
     "INVITE",
     "",
     "Remote-Party-ID: \"Alice\" <sip:+4940111@sbc.example>;party=calling;screen=no;privacy=off",
     {kTrusted, kTrusted, {}, {.remote_party_id = IdentityUse::Make}}},
    {"an anonymous identity stays one", "INVITE",
     "P-Asserted-Identity: \"Anonymous\" <sip:anonymous@anonymous.invalid>",
     "P-Asserted-Identity: \"Anonymous\" <sip:anonymous@anonymous.invalid>"},
};

class Caller : public testing::TestWithParam<PassCase> {};
TEST_P(Caller, IsTold) { check(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Rows, Caller, testing::ValuesIn(kCases));

struct FromCase {
    const char* name;
    const char* from;
    const char* lines;
    const char* want;  // name|user|host
    Sides sides{};
};

std::ostream& operator<<(std::ostream& out, const FromCase& row) { return out << row.name; }

const char* const kHidden = "Anonymous|anonymous|anonymous.invalid";

const FromCase kFroms[] = {
    {"the number after the rules, with our host", "\"Al \\\"x\\\"\" <sip:0111@pbx.example>", "",
     "Al \"x\"|+49111|sbc.example"},
    {"RFC 3323 4.1.1.3: who is anonymous stays so", "\"Nobody\" <sip:0111@anonymous.invalid>", "",
     "Nobody|anonymous|anonymous.invalid"},
    {"RFC 3323 4.2: user privacy towards an untrusted side",
     "\"Al\" <sip:0111@pbx.example>",
     "Privacy: user",
     kHidden,
     {kTrusted, kUntrusted, {}, {}}},
    {"RFC 3325 9.3: and id privacy",
     "\"Al\" <sip:0111@pbx.example>",
     "Privacy: id;critical",
     kHidden,
     {kTrusted, kUntrusted, {}, {}}},
    {"an untrusted caller may ask for it too",
     "\"Al\" <sip:0111@pbx.example>",
     "Privacy: id",
     kHidden,
     {kUntrusted, kUntrusted, {}, {}}},
    {"privacy is somebody else's towards a trusted side", "\"Al\" <sip:0111@pbx.example>",
     "Privacy: id", "Al|0111|sbc.example"},
    {"unless it is to be applied there",
     "\"Al\" <sip:0111@pbx.example>",
     "Privacy: id",
     kHidden,
     {kTrusted, kTrusted, {}, {.privacy = PrivacyHandling::Apply}}},
    {"header privacy does not hide the caller",
     "\"Al\" <sip:0111@pbx.example>",
     "Privacy: header",
     "Al|+49111|sbc.example",
     {kTrusted, kUntrusted, {}, {}}},
};

class From : public testing::TestWithParam<FromCase> {};
TEST_P(From, IsWritten) {
    const auto& row = GetParam();
    const auto message = make_message("INVITE", row.lines, row.from);
    const auto from = policy::make_identity_rules(row.sides.from_trust, row.sides.from);
    const auto to = policy::make_identity_rules(row.sides.to_trust, row.sides.to);
    const PassContext context{.domain = std::string(kDomain), .from = &from, .to = &to};
    const auto made = make_from(*message, context, "+49111");
    EXPECT_EQ(made.name + "|" + made.user + "|" + made.host, row.want);
}
INSTANTIATE_TEST_SUITE_P(Rows, From, testing::ValuesIn(kFroms));

struct SourceCase {
    const char* name;
    std::vector<CallerSource> sources;
    bool trusted;
    const char* lines;
    const char* want;
};

std::ostream& operator<<(std::ostream& out, const SourceCase& row) { return out << row.name; }

const char* const kAll =
    "P-Asserted-Identity: <sip:alice@h>, <tel:+491>\nRemote-Party-ID: <sip:+492@h>\n"
    "P-Preferred-Identity: <sip:+493@h>";

const SourceCase kSources[] = {
    {"From unless something else is set", {CallerSource::From}, true, kAll, "+4940111"},
    {"the asserted identity that is a number",
     {CallerSource::Asserted, CallerSource::From},
     true,
     kAll,
     "+491"},
    {"an untrusted sender asserts nothing",
     {CallerSource::Asserted, CallerSource::RemoteParty},
     false,
     kAll,
     "+4940111"},
    {"the first that is there",
     {CallerSource::Asserted, CallerSource::RemoteParty},
     true,
     "Remote-Party-ID: <sip:+492@h>;party=calling",
     "+492"},
    {"not the other party's",
     {CallerSource::RemoteParty},
     true,
     "Remote-Party-ID: <sip:+492@h>;party=called",
     "+4940111"},
    {"a preference is no assertion: anybody may have one",
     {CallerSource::Preferred},
     false,
     kAll,
     "+493"},
    {"a value that is no address is not there",
     {CallerSource::Asserted},
     true,
     "P-Asserted-Identity: <sip:",
     "+4940111"},
};

class Source : public testing::TestWithParam<SourceCase> {};
TEST_P(Source, IsFound) {
    const auto& row = GetParam();
    const auto rules = policy::make_identity_rules(row.trusted ? kTrusted : kUntrusted,
                                                   {.caller_source = row.sources});
    EXPECT_EQ(find_caller(*make_message("INVITE", row.lines), rules).user, row.want);
}
INSTANTIATE_TEST_SUITE_P(Rows, Source, testing::ValuesIn(kSources));

// The numbers of all identity headers go through the same rules; anonymous ones through none.
TEST(Numbers, AreMappedInEveryIdentityHeader) {
    const auto message = make_message(
        "INVITE",
        "P-Asserted-Identity: <sip:0111@h>, <tel:+49222>\nDiversion: <sip:0333@h>;reason=away\n"
        "History-Info: <sip:0444@h>;index=1, <sip:0555@h;cause=302>;index=1.1\n"
        "Referred-By: <sip:0666@h>");
    PassContext context;
    context.numbers = [](NumberRole role, std::string_view user) {
        return (role == NumberRole::Calling ? "c" : "d") + std::string(user);
    };
    EXPECT_EQ(in_lines(crossed(*message, {}, context)),
              "P-Asserted-Identity: <sip:c0111@sbc.example>\n"
              "P-Asserted-Identity: <sip:c+49222@sbc.example>\n"
              "Diversion: <sip:c0333@sbc.example>;reason=away;counter=1\n"
              "History-Info: <sip:c0444@sbc.example>;index=1\n"
              "History-Info: <sip:d0555@sbc.example;cause=302>;index=1.1\n"
              "Referred-By: <sip:c0666@sbc.example>");
}

TEST(Privacy, ThatIsCriticalAndUnknownIsRefused) {
    const auto refused = [](const char* lines) {
        const auto found = refuse(*make_message("INVITE", lines));
        return found ? found->code : 0;
    };
    EXPECT_EQ(refused("Privacy: user;critical"), 0);    // RFC 3323 5: we can
    EXPECT_EQ(refused("Privacy: moon;critical"), 500);  // RFC 3323 5: we cannot
    EXPECT_EQ(refused("Privacy: moon"), 0);             // best effort
    EXPECT_EQ(refused("Privacy: critical\nPrivacy: moon"), 500);
    EXPECT_EQ(refused(""), 0);
}

}  // namespace
}  // namespace portcullis::headers
