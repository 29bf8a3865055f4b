// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/json.hpp"

#include <gtest/gtest.h>

namespace portcullis::mgmt {
namespace {

std::string nested(int depth) {
    const auto size = static_cast<std::size_t>(depth);
    return std::string(size, '[') + std::string(size, ']');
}

struct Case {
    const char* name;
    std::string text;
    const char* reason;  // part of it; nullptr: accepted
};

class ParseJson : public ::testing::TestWithParam<Case> {};

TEST_P(ParseJson, IsStrict) {
    const auto json = parse_json(GetParam().text);
    if (GetParam().reason == nullptr) {
        ASSERT_TRUE(json) << json.error().detail;
        EXPECT_EQ(*json, Json::parse(GetParam().text));
    } else {
        ASSERT_FALSE(json);
        EXPECT_NE(json.error().detail.find(GetParam().reason), std::string::npos)
            << json.error().detail;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Rfc8259, ParseJson,
    ::testing::Values(
        Case{"Object", R"({"a": [1, -2, 3.5, true, null, {"b": "c"}], "d": {}})", nullptr},
        Case{"Scalar", "17", nullptr}, Case{"Escapes", R"("\u00e9\n\\")", nullptr},
        Case{"DeepEnough", nested(kMaxJsonDepth), nullptr},
        Case{"TooDeep", nested(kMaxJsonDepth + 1), "nested deeper"},
        Case{"FarTooDeep", std::string(100'000, '['), "nested deeper"},
        Case{"FarTooDeepObjects",
             [] {
                 std::string text;
                 for (int i = 0; i < 100'000; ++i) text += R"({"a":)";
                 return text;
             }(),
             "nested deeper"},
        // RFC 8259 section 4: names SHOULD be unique; readers disagree on which one counts.
        Case{"Duplicate", R"({"a": 1, "b": 2, "a": 3})", "\"a\" comes twice"},
        Case{"DuplicateByEscape", R"({"a": 1, "\u0061": 3})", "comes twice"},
        Case{"SameNameElsewhere", R"({"a": {"a": 1}})", nullptr}, Case{"Empty", "", "syntax error"},
        Case{"Truncated", R"({"a": )", "syntax error at byte"},
        Case{"Trailing", "{} x", "syntax error"}, Case{"Comment", "/* */ {}", "syntax error"},
        Case{"BadUtf8", "\"\xff\"", "syntax error"}, Case{"HugeNumber", "1e999", "out of range"},
        Case{"NotANumber", "NaN", "syntax error"}, Case{"LoneSurrogate", R"("\ud800")", "syntax"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(PrintJson, NeverFailsOnBytesThatAreNotText) {
    EXPECT_EQ(print_json(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace portcullis::mgmt
