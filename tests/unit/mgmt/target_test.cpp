// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/target.hpp"

#include <gtest/gtest.h>

namespace portcullis::mgmt {
namespace {

using Segments = std::vector<std::string>;

struct Case {
    const char* name;
    std::string_view target;
    std::optional<Segments> want;
};

class TargetPath : public ::testing::TestWithParam<Case> {};

TEST_P(TargetPath, SplitsThenDecodes) {
    const auto target = parse_target(GetParam().target);
    ASSERT_EQ(target.has_value(), GetParam().want.has_value());
    if (target) {
        EXPECT_EQ(target->segments, *GetParam().want);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Rfc3986, TargetPath,
    ::testing::Values(Case{"Plain", "/api/v1/trunks", Segments{"api", "v1", "trunks"}},
                      Case{"Root", "/", Segments{""}},
                      // RFC 3986 section 2.4: decoding comes after splitting, "%2F" is data.
                      Case{"EncodedSlash", "/a%2Fb", Segments{"a/b"}},
                      Case{"EncodedDots", "/a/%2e%2e/b", Segments{"a", "..", "b"}},
                      Case{"EmptySegments", "//a/", Segments{"", "a", ""}},
                      Case{"PlusIsPlusInPaths", "/a+b", Segments{"a+b"}},
                      Case{"Utf8", "/%C3%A9", Segments{"\xC3\xA9"}},
                      // RFC 9112 section 3.2.2: a server accepts the absolute form.
                      Case{"Absolute", "http://host:80/x", Segments{"x"}},
                      Case{"AbsoluteBare", "http://host", Segments{""}},
                      Case{"Asterisk", "*", std::nullopt},
                      Case{"Authority", "host:80", std::nullopt}, Case{"Empty", "", std::nullopt},
                      Case{"TruncatedEscape", "/a%2", std::nullopt},
                      Case{"BadEscape", "/a%zz", std::nullopt}, Case{"Nul", "/a%00b", std::nullopt},
                      Case{"LineFeed", "/a%0Ab", std::nullopt},
                      Case{"Delete", "/a%7f", std::nullopt},
                      // RFC 3629 section 10: the overlong form of "/".
                      Case{"OverlongUtf8", "/%C0%AF", std::nullopt},
                      Case{"LoneContinuation", "/%80", std::nullopt},
                      Case{"Surrogate", "/%ED%A0%80", std::nullopt},
                      Case{"BeyondUnicode", "/%F4%90%80%80", std::nullopt}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(TargetQuery, DecodesPairsInOrder) {
    const auto target = parse_target("/x?a=1&b=two%20words&&c&d=%26%3D&a=2&from=+4930");
    ASSERT_TRUE(target);
    const std::vector<std::pair<std::string, std::string>> want{
        {"a", "1"}, {"b", "two words"}, {"c", ""}, {"d", "&="}, {"a", "2"}, {"from", "+4930"}};
    EXPECT_EQ(target->query, want);
}

TEST(TargetQuery, RefusesBadEscapes) {
    EXPECT_FALSE(parse_target("/x?a=%"));
    EXPECT_FALSE(parse_target("/x?%ff=1"));
}

TEST(PercentEncode, RoundTrips) {
    const std::string text = "a b/c?d&e=\xC3\xA9~";
    const auto target = parse_target("/" + percent_encode(text));
    ASSERT_TRUE(target);
    EXPECT_EQ(target->segments, Segments{text});
}

}  // namespace
}  // namespace portcullis::mgmt
