// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/header_name.hpp"

#include <gtest/gtest.h>

#include <set>

#include "common/base/text.hpp"
#include "signaling/sip/method.hpp"
#include "signaling/sip/status.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

TEST(HeaderTable, EveryRowIsFoundByEverySpelling) {
    std::set<std::string> names;
    std::set<char> compacts;
    for (const auto& row : header_table()) {
        if (row.id == HeaderId::Unknown) continue;
        EXPECT_TRUE(is_token(row.name));
        EXPECT_FALSE(row.rfc.empty()) << row.name;
        EXPECT_TRUE(names.insert(text::to_lower(row.name)).second) << row.name;
        EXPECT_EQ(find_header(row.name), row.id) << row.name;
        EXPECT_EQ(find_header(text::to_lower(row.name)), row.id) << row.name;
        std::string upper(row.name);
        for (char& c : upper) c = static_cast<char>(std::toupper(c));
        EXPECT_EQ(find_header(upper), row.id) << row.name;
        if (row.compact == 0) continue;
        EXPECT_TRUE(compacts.insert(row.compact).second) << row.name;
        EXPECT_EQ(find_header(std::string_view(&row.compact, 1)), row.id);
        const char capital = static_cast<char>(std::toupper(row.compact));
        EXPECT_EQ(find_header(std::string_view(&capital, 1)), row.id);
    }
}

// The registered compact forms (RFC 3261 section 7.3.3, 3515, 3841, 3892, 4028, 6665, 8224).
TEST(HeaderTable, CompactForms) {
    const std::pair<const char*, HeaderId> rows[] = {{"a", HeaderId::AcceptContact},
                                                     {"b", HeaderId::ReferredBy},
                                                     {"c", HeaderId::ContentType},
                                                     {"d", HeaderId::RequestDisposition},
                                                     {"e", HeaderId::ContentEncoding},
                                                     {"f", HeaderId::From},
                                                     {"i", HeaderId::CallId},
                                                     {"j", HeaderId::RejectContact},
                                                     {"k", HeaderId::Supported},
                                                     {"l", HeaderId::ContentLength},
                                                     {"m", HeaderId::Contact},
                                                     {"o", HeaderId::Event},
                                                     {"r", HeaderId::ReferTo},
                                                     {"s", HeaderId::Subject},
                                                     {"t", HeaderId::To},
                                                     {"u", HeaderId::AllowEvents},
                                                     {"v", HeaderId::Via},
                                                     {"x", HeaderId::SessionExpires},
                                                     {"y", HeaderId::Identity},
                                                     {"z", HeaderId::Unknown},
                                                     {"\xff", HeaderId::Unknown},
                                                     {"1", HeaderId::Unknown}};
    for (const auto& [text, id] : rows) EXPECT_EQ(find_header(text), id) << text;
}

TEST(HeaderTable, OthersAreUnknown) {
    for (const auto* text :
         {"", "X-Foo", "Vi", "Viaa", "Froma", "Content-Lengt", "Content_Length"}) {
        EXPECT_EQ(find_header(text), HeaderId::Unknown) << text;
    }
}

TEST(Method, NamesAreCaseSensitive) {
    for (const auto& row : kMethods) {
        EXPECT_EQ(parse_method(row.name), row.method);
        EXPECT_EQ(name(row.method), row.name);
    }
    EXPECT_EQ(parse_method("invite"), Method::Unknown);
    EXPECT_EQ(parse_method("INVITES"), Method::Unknown);
}

TEST(Status, UnknownCodesTakeThePhraseOfTheirClass) {
    EXPECT_EQ(default_reason(481), "Call/Transaction Does Not Exist");
    EXPECT_EQ(default_reason(499), "Bad Request");
    EXPECT_EQ(default_reason(199), "Early Dialog Terminated");
    EXPECT_EQ(default_reason(150), "Session Progress");
    EXPECT_EQ(default_reason(699), "Busy Everywhere");
}

}  // namespace
}  // namespace portcullis::sip
