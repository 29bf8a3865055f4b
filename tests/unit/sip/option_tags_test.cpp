// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/option_tags.hpp"

#include <gtest/gtest.h>

#include <array>

#include "signaling/sip/parser.hpp"
#include "tests/unit/sip/samples.hpp"

namespace portcullis::sip {
namespace {

TEST(OptionTags, EachOnceAndOnlyTokens) {
    const auto message =
        parse_message(samples::options("Require: timer, 100rel\r\nRequire: TIMER, a b, , gruu\r\n"
                                       "k: replaces\r\n"));
    ASSERT_TRUE(message);
    EXPECT_EQ(option_tags(**message, HeaderId::Require),
              (std::vector<std::string_view>{"timer", "100rel", "gruu"}));
    EXPECT_TRUE(option_tags(**message, HeaderId::ProxyRequire).empty());
    EXPECT_TRUE(understands(**message, "Replaces"));
    EXPECT_TRUE(understands(**message, "100REL"));
    EXPECT_FALSE(understands(**message, "join"));
}

// RFC 3261 section 8.2.2.3.
TEST(OptionTags, Unsupported) {
    const auto message = parse_message(samples::options("Require: timer, x-one, X-Two\r\n"));
    ASSERT_TRUE(message);
    constexpr std::array<std::string_view, 2> kKnown{"100rel", "Timer"};
    EXPECT_EQ(unsupported_options(**message, HeaderId::Require, kKnown), "x-one, X-Two");
    EXPECT_EQ(unsupported_options(**message, HeaderId::ProxyRequire, kKnown), "");
    EXPECT_EQ(unsupported_options(**message, HeaderId::Require, {}), "timer, x-one, X-Two");
}

TEST(OptionTags, NumberIsBounded) {
    std::string list = "Require: ";
    for (int i = 0; i < 500; ++i) list += "x" + std::to_string(i) + ",";
    const auto message = parse_message(samples::options(list + "y\r\n"));
    ASSERT_TRUE(message);
    EXPECT_EQ(option_tags(**message, HeaderId::Require).size(), 64U);
}

}  // namespace
}  // namespace portcullis::sip
