// SPDX-License-Identifier: BSD-2-Clause
// Every message of tests/torture against its row in expectations.txt.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "common/base/text.hpp"
#include "signaling/sip/parser.hpp"
#include "signaling/sip/validate.hpp"

namespace portcullis::sip {
namespace {

const std::filesystem::path kFolder = SIP_TORTURE_FOLDER;

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::map<std::string, std::string> read_table() {
    std::map<std::string, std::string> rows;
    std::ifstream in(kFolder / "expectations.txt");
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#') continue;
        const auto [name, rest] = text::cut(line, '|');
        const auto [outcome, more] = text::cut(rest, '|');
        const auto [element, why] = text::cut(more, '|');
        // What the parser refuses, nobody else sees.
        EXPECT_TRUE(text::trim(outcome) == "accept" || text::trim(element) == text::trim(outcome))
            << line;
        EXPECT_FALSE(why.empty()) << line;
        const bool inserted = rows.emplace(text::trim(name), text::trim(outcome)).second;
        EXPECT_TRUE(inserted) << "two rows for " << name;
    }
    return rows;
}

std::string outcome_of(const std::string& bytes) {
    const auto judgement = judge_message(bytes);
    if (judgement.accepted()) return "accept";
    if (!judgement.answerable()) return "silence";
    const auto response = make_rejection_response(*judgement.message, *judgement.rejection);
    return response ? std::to_string((*response)->status_code()) : "silence";
}

TEST(Torture, TableAndFolderNameTheSameMessages) {
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(kFolder / "messages")) {
        files.insert(entry.path().stem().string());
    }
    std::set<std::string> rows;
    for (const auto& row : read_table()) rows.insert(row.first);
    EXPECT_EQ(files, rows);
    EXPECT_GE(rows.size(), 60U);
}

TEST(Torture, EveryMessageHasItsOutcome) {
    for (const auto& [name, want] : read_table()) {
        EXPECT_EQ(outcome_of(read_file(kFolder / "messages" / (name + ".sip"))), want) << name;
    }
}

// What was understood of the valid ones, where it is not obvious.
MessagePtr valid(const std::string& name) {
    auto judgement = judge_message(read_file(kFolder / "messages" / (name + ".sip")));
    EXPECT_TRUE(judgement.accepted()) << name << ": " << judgement.error.message();
    return judgement.message;
}

TEST(Torture, FoldedMessageIsUnderstood) {
    const auto message = valid("v01_folding_and_white_space");
    ASSERT_TRUE(message);
    const auto& essentials = message->essentials();
    EXPECT_EQ(essentials.to_tag, "77aa");
    EXPECT_EQ(essentials.from_tag, "9f");
    EXPECT_EQ(essentials.from.display_text(), "Ada \\ \"Harbour\"");
    EXPECT_EQ(essentials.max_forwards, 70U);
    EXPECT_EQ(essentials.cseq.number, 9U);
    EXPECT_EQ(essentials.via_count, 3U);
    EXPECT_EQ(essentials.top_via.transport, "UDP");
    EXPECT_EQ(essentials.top_via.host, "192.0.2.21");
    EXPECT_EQ(essentials.top_via.port, 5070);
    EXPECT_EQ(essentials.top_via.branch, "z9hG4bK77fold");
    EXPECT_EQ(message->header(HeaderId::Subject), "");
    EXPECT_EQ(message->header("unheard-of-header"), "value \"with a , quoted ; comma\" and more");
    const auto contacts = message->values(HeaderId::Contact);
    ASSERT_EQ(contacts.size(), 2U);
    EXPECT_EQ(parse_name_addr(contacts[0])->params.get("q"), "0.33");
    EXPECT_EQ(parse_name_addr(contacts[1])->uri.scheme, Scheme::Tel);
    EXPECT_EQ(message->bytes().find("\r\n "), std::string_view::npos) << "unfolded";
    const auto again = parse_message(std::string(message->bytes()));
    ASSERT_TRUE(again);
    EXPECT_EQ(**again, *message);
}

TEST(Torture, OddTokensAreUnderstood) {
    const auto message = valid("v02_odd_method_token");
    ASSERT_TRUE(message);
    EXPECT_EQ(message->method(), Method::Unknown);
    EXPECT_EQ(message->method_text(), "!strange-M3thod_*+`.%indeed'~");
    EXPECT_EQ(message->essentials().request_uri.user, "1%5f_strange-.!~*'()&but=+$,legal;?/");
    EXPECT_EQ(message->essentials().request_uri.password, "%26it*is");
    EXPECT_EQ(message->essentials().to.display_text(), "BELL:\x07 NIL: RUB:\x7f");
    EXPECT_EQ(message->essentials().cseq.number, 2147483647U);
}

TEST(Torture, SurplusBytesAreDiscarded) {
    const auto message = valid("v08_two_messages_in_one_datagram");
    ASSERT_TRUE(message);
    EXPECT_EQ(message->method(), Method::Register);
    EXPECT_TRUE(message->body().empty());
    EXPECT_EQ(message->bytes().find("INVITE"), std::string_view::npos);
}

TEST(Torture, SemicolonBelongsToTheUser) {
    const auto message = valid("v09_semicolon_in_user");
    ASSERT_TRUE(message);
    EXPECT_EQ(message->essentials().request_uri.user_text(), "user;par=u@example.net");
    EXPECT_TRUE(message->essentials().request_uri.params.empty());
}

TEST(Torture, QuotedAndInnerTagsAreNotTheTag) {
    const auto message = valid("v32_quoted_tag_lookalike");
    ASSERT_TRUE(message);
    EXPECT_EQ(message->essentials().from_tag, "real");
    EXPECT_EQ(message->essentials().from.uri.params.get("tag"), "uri");
}

TEST(Torture, ReceivedIsReadWithAndWithoutBrackets) {
    for (const auto* name : {"i05_received_with_brackets", "i06_received_without_brackets"}) {
        const auto message = valid(name);
        ASSERT_TRUE(message);
        EXPECT_EQ(IpAddress::parse(message->essentials().top_via.received),
                  IpAddress::parse("2001:db8::9:255"));
    }
}

TEST(Torture, ListsAreSplit) {
    const auto message = valid("v30_many_fields_and_lists");
    ASSERT_TRUE(message);
    EXPECT_EQ(message->values(HeaderId::Allow),
              (std::vector<std::string_view>{"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS"}));
    EXPECT_TRUE(message->values(HeaderId::Supported).empty());
    EXPECT_EQ(message->values(HeaderId::Route).size(), 2U);
    EXPECT_EQ(message->values(HeaderId::RecordRoute).size(), 1U);
    EXPECT_TRUE(message->lists(HeaderId::Allow, "bye"));
    EXPECT_FALSE(message->lists(HeaderId::Supported, "timer"));
}

}  // namespace
}  // namespace portcullis::sip
