// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/params.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace portcullis::sip {
namespace {

TEST(Params, KeepOrderAndFindWithoutCase) {
    const auto params = parse_params(" ; b = \"x;y\\\"z\" ;A;c=d=e;addr=[::1]:5060;b=second");
    ASSERT_TRUE(params);
    std::vector<std::string> names;
    for (const auto& param : *params) names.emplace_back(param.name);
    EXPECT_EQ(names, (std::vector<std::string>{"b", "A", "c", "addr", "b"}));
    EXPECT_EQ(params->get("B"), "\"x;y\\\"z\"");
    EXPECT_EQ(params->text_of("b"), "x;y\"z");
    EXPECT_EQ(params->get("a"), "");
    EXPECT_FALSE(params->find("a")->has_value);
    EXPECT_EQ(params->get("c"), "d=e");
    EXPECT_EQ(params->get("addr"), "[::1]:5060");
    EXPECT_FALSE(params->get("none"));
}

TEST(Params, PrintWithoutOne) {
    const auto params = parse_params(";a=1; tag = x ;lr");
    ASSERT_TRUE(params);
    EXPECT_EQ(print_without(*params, "TAG"), ";a=1;lr");
    std::string out;
    append(out, *params);
    EXPECT_EQ(out, ";a=1;tag=x;lr");
}

TEST(Params, EmptyIsNoParameters) {
    const auto params = parse_params("  ");
    ASSERT_TRUE(params);
    EXPECT_TRUE(params->empty());
    EXPECT_EQ(params->begin(), params->end());
}

class BadParams : public testing::TestWithParam<const char*> {};

TEST_P(BadParams, AreRefused) { EXPECT_FALSE(parse_params(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Texts, BadParams,
                         testing::Values(";", ";;a", ";a;", ";a;;b", "a", ";=x", ";a=", ";a= ;b",
                                         ";a b", ";a=b c", ";a=\"x", ";a=\"x\"y", ";a=\"x\\",
                                         ";a,b", ";a=b,c", ";a=<b>", ";a\x01=b"));

}  // namespace
}  // namespace portcullis::sip
