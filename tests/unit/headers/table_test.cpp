// SPDX-License-Identifier: BSD-2-Clause
// The pass-list as a table, the log of what it did, and hostile values in every header.
#include "signaling/headers/pass_table.hpp"

#include <gtest/gtest.h>

#include <set>

#include "common/base/text.hpp"
#include "policy/config/field.hpp"
#include "policy/config/header_names.hpp"
#include "tests/unit/headers/harness.hpp"

namespace portcullis::headers {
namespace {

using sip::HeaderId;

TEST(PassTable, HasOneRowAHeaderAndNoneOfOurs) {
    std::set<HeaderId> seen;
    for (const PassRow& row : pass_table()) {
        SCOPED_TRACE(std::string(sip::name(row.id)));
        EXPECT_TRUE(seen.insert(row.id).second);
        EXPECT_FALSE(is_ours(row.id));
        EXPECT_NE(row.kinds, 0);
        EXPECT_FALSE(row.rfc.empty());
        EXPECT_TRUE(is_listed(row.id));
    }
}

// A row's setting exists, and a configuration cannot let the header through by name as well.
TEST(PassTable, AgreesWithTheConfiguration) {
    const auto& type = config::object_type<config::IdentityConfig>();
    for (const PassRow& row : pass_table()) {
        SCOPED_TRACE(std::string(sip::name(row.id)));
        if (row.setting.empty()) continue;
        EXPECT_NE(type.find(row.setting), nullptr);
        EXPECT_TRUE(config::kPassHeaderType.check(sip::name(row.id)).has_value());
    }
    for (const auto& header : sip::header_table()) {
        if (!is_ours(header.id)) continue;
        EXPECT_TRUE(config::kPassHeaderType.check(header.name).has_value()) << header.name;
        if (header.compact == 0) continue;
        EXPECT_TRUE(config::kPassHeaderType.check(std::string(1, header.compact)).has_value());
    }
}

// Whatever the configuration says, these never cross: it may have been written by other means.
TEST(PassTable, NothingOfOursCrosses) {
    config::PassHeadersConfig all;
    for (const auto& header : sip::header_table()) all.names.emplace_back(header.name);
    const auto message = make_message("INVITE",
                                      "Contact: <sip:a@h>\nSupported: timer\n"
                                      "Authorization: Digest username=\"a\"\n"
                                      "Replaces: x;to-tag=1;from-tag=2");
    EXPECT_EQ(in_lines(crossed(*message, {kTrusted, kTrusted, {}, {.pass_headers = {all}}})), "");
}

TEST(MessageKinds, AreReadFromTheMessage) {
    const std::pair<const char*, MessageKind> kinds[] = {
        {"INVITE", MessageKind::Invite},
        {"INVITE in dialog", MessageKind::Modify},
        {"UPDATE in dialog", MessageKind::Modify},
        {"INFO in dialog", MessageKind::InDialog},
        {"MESSAGE in dialog", MessageKind::InDialog},
        {"MESSAGE", MessageKind::OutOfDialog},
        {"SUBSCRIBE", MessageKind::OutOfDialog},
        {"REFER", MessageKind::Refer},
        {"REFER in dialog", MessageKind::Refer},
        {"BYE in dialog", MessageKind::Bye},
        {"CANCEL", MessageKind::Cancel},
        {"ACK in dialog", MessageKind::None},
        {"PRACK in dialog", MessageKind::None},
        {"100 INVITE", MessageKind::None},
        {"180 INVITE", MessageKind::Provisional},
        {"200 INVITE", MessageKind::Success},
        {"200 UPDATE", MessageKind::Success},
        {"302 INVITE", MessageKind::Failure},
        {"404 MESSAGE", MessageKind::Failure},
        {"200 INFO", MessageKind::Answer},
    };
    for (const auto& [kind, want] : kinds) {
        EXPECT_EQ(kind_of(*make_message(kind, "")), want) << kind;
    }
}

TEST(ChangeLog, NamesWhatHappenedAndWhy) {
    const auto message = make_message(
        "INVITE",
        "P-Asserted-Identity: <sip:1@pbx.example>\nDiversion: <sip:2@pbx.example>;reason=away\n"
        "Priority: urgent\nAnswer-Mode: Auto\nX-Trace: a\tb\nSupported: timer");
    ChangeLog log;
    PassContext context;
    context.changes = &log;
    Sides sides{kTrusted, kUntrusted, {}, {}};
    sides.to.asserted_identity = config::IdentityUse::Pass;
    (void)crossed(*message, sides, context);
    std::string lines;
    for (const auto& change : log) lines += describe(change) + "\n";
    EXPECT_EQ(lines,
              "P-Asserted-Identity changed: identity.asserted_identity; was <sip:1@pbx.example>; "
              "now <sip:1@sbc.example>\n"
              "Diversion removed: identity.redirection; was <sip:2@pbx.example>;reason=away\n"
              "Answer-Mode removed: identity.answer_mode of the receiver; was Auto\n"
              "X-Trace removed: it is not on the pass-list; was a\\x09b\n");
    log.clear();
    sides.from_trust = kUntrusted;
    (void)crossed(*message, sides, context);
    ASSERT_FALSE(log.empty());
    EXPECT_EQ(describe(log[0]),
              "P-Asserted-Identity removed: the sender is not trusted; was <sip:1@pbx.example>");
}

// RFC 3261 25.1, threats of injection: whatever stands in a header, what is written is one line of
// that header with our host.
TEST(HostileValues, AreInert) {
    const std::string long_text(64 * 1024, 'A');
    const std::string names[] = {"P-Asserted-Identity",
                                 "P-Preferred-Identity",
                                 "Remote-Party-ID",
                                 "Diversion",
                                 "History-Info",
                                 "Referred-By",
                                 "Reason",
                                 "User-to-User",
                                 "Session-ID",
                                 "Call-Info",
                                 "Alert-Info",
                                 "Identity",
                                 "Event",
                                 "Warning"};
    const std::string values[] = {
        "\"%0d%0aEvil: 1\" <sip:a%0d%0aEvil:1@h.evil>;reason=%0a",
        "\"\\\" <sip:x@h.evil>;\" <sip:'; DROP TABLE calls;--@h.evil>",
        "\"${jndi:ldap://h.evil/a}\" <sip:%25s%25n%25x@h.evil>",
        "\"<script>\" <sip:a@h.evil;maddr=h.evil?X=h.evil>;x=\"h.evil\"",
        "<sip:" + long_text + "@h.evil>",
        "\"" + long_text + "\" <sip:a@h.evil>;counter=1;index=1",
        "<sip:a@h.evil>;index=" + std::string(5000, '1'),
        "<sip:a@h.evil>;index=1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1",
        "<<<<>>>>;;;;====\"\"",
        "\\\"",
        "<",
        "\"",
        ";",
        ",,,,",
        "=",
    };
    Sides open{kTrusted,
               kTrusted,
               {},
               {.remote_party_id = config::IdentityUse::Make,
                .redirection = config::RedirectionForm::Both}};
    open.to.preferred_identity = config::IdentityUse::Make;
    open.to.user_to_user = config::HeaderUse::Pass;
    open.to.reason = config::ReasonForm::Text;
    for (const auto& name : names) {
        for (const auto& value : values) {
            const auto parsed = sip::parse_message(
                "INVITE sip:2@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nMax-Forwards: "
                "1\r\n"
                "From: <sip:1@h>;tag=a\r\nTo: <sip:2@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n" +
                name + ": " + value + "\r\nContent-Length: 0\r\n\r\n");
            if (!parsed) continue;  // refused before anything crosses
            for (const auto& [header, passed] : crossed(**parsed, open)) {
                EXPECT_EQ(passed.find_first_of("\r\n\0", 0, 3), std::string::npos) << header;
                EXPECT_EQ(passed.find("@h.evil"), std::string::npos) << header << ": " << passed;
            }
        }
    }
}

}  // namespace
}  // namespace portcullis::headers
