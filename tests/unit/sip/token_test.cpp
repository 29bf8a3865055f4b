// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/token.hpp"

#include <gtest/gtest.h>

#include "signaling/sip/line_scanner.hpp"

namespace portcullis::sip {
namespace {

using Views = std::vector<std::string_view>;

TEST(Token, ClassesFollowTheGrammar) {
    EXPECT_TRUE(is_token("aZ09-.!%*_+`'~"));
    for (const char c : std::string_view("()<>@,;:\\\"/[]?={} \t\x7f\x80\xff\0", 24)) {
        EXPECT_FALSE(is_in(CharClass::Token, c)) << int{c};
    }
    EXPECT_FALSE(is_token(""));
    EXPECT_TRUE(is_all(CharClass::User, "a&=+$,;?/-_.!~*'()"));
    EXPECT_FALSE(is_in(CharClass::User, '#'));
    EXPECT_TRUE(is_all(CharClass::UserRead, "a&=+$,;?/-_.!~*'()#"));
    EXPECT_EQ(percent_escape("12#34", CharClass::User), "12%2334");
    EXPECT_FALSE(is_in(CharClass::User, ':'));
}

struct QuoteCase {
    std::string_view plain;
    std::string_view quoted;
};

TEST(Token, QuoteAndBack) {
    for (const auto& row : {QuoteCase{"", "\"\""}, QuoteCase{"a b", "\"a b\""},
                            QuoteCase{"a\"b\\c", "\"a\\\"b\\\\c\""}}) {
        EXPECT_EQ(quote(row.plain), row.quoted);
        EXPECT_EQ(unquote(row.quoted), row.plain);
        EXPECT_EQ(skip_quoted(row.quoted), row.quoted.size());
    }
    EXPECT_EQ(unquote("plain"), "plain");
    EXPECT_EQ(unquote("\""), "\"");
}

TEST(Token, LineBreaksAndNulNeverPass) {
    EXPECT_EQ(quote(std::string_view("a\r\nb\0c", 6)), "\"abc\"");
    EXPECT_EQ(unquote(std::string_view("\"a\\\0b\"", 6)), "ab");
    EXPECT_FALSE(skip_quoted("\"a\\\r\""));
    EXPECT_FALSE(skip_quoted("\"a\\\""));
    EXPECT_FALSE(skip_quoted("a"));
}

TEST(Token, ListsAreSplitAtTopLevelCommasOnly) {
    EXPECT_EQ(split_values("a, b ,c"), (Views{"a", "b", "c"}));
    EXPECT_EQ(split_values("\"a,\\\",b\" <sip:x,y@h>, <z>"),
              (Views{"\"a,\\\",b\" <sip:x,y@h>", "<z>"}));
    EXPECT_EQ(split_values("a,,b,"), (Views{"a", "", "b", ""}));
    EXPECT_EQ(split_values(""), (Views{""}));
    EXPECT_EQ(split_values("\"open, never closed"), (Views{"\"open, never closed"}));
    EXPECT_EQ(split_values("<sip:a\"b@h>, <c>"), (Views{"<sip:a\"b@h>", "<c>"}));
}

TEST(Token, PercentEscapes) {
    EXPECT_EQ(percent_escape("a b@c;d%", CharClass::User), "a%20b%40c;d%25");
    EXPECT_EQ(percent_unescape("a%20b%40%2500"), "a b@%00");
    EXPECT_EQ(percent_unescape("%00"), std::string(1, '\0'));
    EXPECT_FALSE(percent_unescape("%"));
    EXPECT_FALSE(percent_unescape("%4"));
    EXPECT_FALSE(percent_unescape("%g0"));
    EXPECT_TRUE(is_escaped("a%41", CharClass::Host));
    EXPECT_FALSE(is_escaped("a%4", CharClass::Host));
    EXPECT_FALSE(is_escaped("a b", CharClass::Host));
}

struct FoldCase {
    std::string text;
    std::string want;
};

TEST(Token, UnfoldLeavesOneSpace) {
    for (auto row : {FoldCase{"a\r\n b", "a b"}, FoldCase{"a \t\r\n\t  b", "a b"},
                     FoldCase{"a\r\n \r\n b", "a b"}, FoldCase{"plain  text", "plain  text"},
                     FoldCase{"\r\n a", " a"}}) {
        const std::size_t before = row.text.size();
        const std::size_t size = unfold(row.text.data(), row.text.size());
        EXPECT_EQ(row.text.substr(0, size), row.want);
        EXPECT_EQ(row.text.size(), before);
        EXPECT_EQ(row.text.substr(size), std::string(before - size, ' '));
    }
}

TEST(Token, ControlBytesOnlyAsQuotedPairs) {
    EXPECT_TRUE(is_clean("plain text, tab\tand \x80\xff longer than eight bytes"));
    for (const char c : {'\0', '\x01', '\x08', '\n', '\r', '\x1f', '\x7f'}) {
        for (std::size_t at = 0; at < 20; ++at) {
            std::string text(20, 'x');
            text[at] = c;
            EXPECT_FALSE(is_clean(text)) << int{c} << " at " << at;
        }
        const std::string pair = std::string("\"\\") + c + "\"";
        EXPECT_EQ(is_clean(pair), c != '\r' && c != '\n') << int{c};
        EXPECT_FALSE(is_clean(std::string("\\") + c));
        EXPECT_FALSE(is_clean(std::string("\"") + c + "\""));
    }
}

}  // namespace
}  // namespace portcullis::sip
