// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/etag.hpp"

#include <gtest/gtest.h>

namespace portcullis::mgmt {
namespace {

struct Case {
    const char* name;
    std::optional<std::uint64_t> current;
    const char* if_match;
    const char* if_none_match;
    unsigned want;  // 0: allowed
};

Request make_request(const char* if_match, const char* if_none_match) {
    Request request;
    if (if_match != nullptr) request.headers.emplace_back("if-match", if_match);
    if (if_none_match != nullptr) request.headers.emplace_back("if-none-match", if_none_match);
    return request;
}

class CheckWrite : public ::testing::TestWithParam<Case> {};

TEST_P(CheckWrite, AsRfc9110Says) {
    const auto& row = GetParam();
    const auto request = make_request(row.if_match, row.if_none_match);
    const auto problem = check_write(request, row.current, IfMatch::Required);
    EXPECT_EQ(problem ? problem_status(problem->kind) : 0U, row.want);
    // Where If-Match may be left out, everything else is judged alike.
    const auto lenient = check_write(request, row.current, IfMatch::Optional);
    EXPECT_EQ(lenient ? problem_status(lenient->kind) : 0U, row.want == 428 ? 0U : row.want);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc9110Section13, CheckWrite,
    ::testing::Values(Case{"Create", std::nullopt, nullptr, nullptr, 0},
                      Case{"CreateOnly", std::nullopt, nullptr, "*", 0},
                      Case{"CreateOnlyButThere", 3, nullptr, "*", 412},
                      Case{"MatchOfNothing", std::nullopt, "\"3\"", nullptr, 412},
                      Case{"AnyOfNothing", std::nullopt, "*", nullptr, 412},
                      Case{"ReplaceWithout", 3, nullptr, nullptr, 428},  // RFC 6585 section 3
                      Case{"ReplaceRight", 3, "\"3\"", nullptr, 0},
                      Case{"ReplaceStale", 3, "\"2\"", nullptr, 412},
                      Case{"ReplaceAny", 3, "*", nullptr, 0},
                      Case{"OneOfAList", 3, "\"1\", \"3\"", nullptr, 0},
                      // 13.1.1: If-Match compares strongly.
                      Case{"WeakNeverMatches", 3, "W/\"3\"", nullptr, 412},
                      Case{"Unquoted", 3, "3", nullptr, 412},
                      Case{"NoneMatchNamesIt", 3, "\"3\"", "\"3\"", 412},
                      Case{"NoneMatchNamesAnother", 3, "\"3\"", "\"2\"", 0},
                      Case{"Both", std::nullopt, "\"3\"", "*", 412}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(NotModified, OnlyForTheSameRevision) {
    EXPECT_TRUE(not_modified(make_request(nullptr, "\"7\""), 7));
    EXPECT_TRUE(not_modified(make_request(nullptr, "*"), 7));
    EXPECT_FALSE(not_modified(make_request(nullptr, "\"6\""), 7));
    EXPECT_FALSE(not_modified(make_request(nullptr, nullptr), 7));
}

}  // namespace
}  // namespace portcullis::mgmt
