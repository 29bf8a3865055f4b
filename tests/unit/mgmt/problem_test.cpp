// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/problem.hpp"

#include <gtest/gtest.h>

#include "mgmt-api/http/json.hpp"

namespace portcullis::mgmt {
namespace {

// RFC 9457 section 3.1: type, title, status, detail, instance; the rest are extensions.
TEST(Problem, CarriesEveryMember) {
    const Problem problem{
        .kind = ProblemKind::InvalidDocument,
        .detail = "2 problems",
        .errors = {{"/a/0", "code-a", "wrong", "right"}, {"", "code-b", "bad", ""}},
        .used_by = {}};
    const auto response = problem_response(problem, "/api/v1/config", "trace-1");
    EXPECT_EQ(response.status, 422U);
    EXPECT_EQ(response.content_type, "application/problem+json");
    const auto json = Json::parse(response.body);
    EXPECT_EQ(json["type"], "/problems/validation");
    EXPECT_EQ(json["status"], 422);
    EXPECT_EQ(json["instance"], "/api/v1/config");
    EXPECT_EQ(json["trace_id"], "trace-1");
    ASSERT_EQ(json["errors"].size(), 2U);
    EXPECT_EQ(
        json["errors"][0],
        (Json{{"pointer", "/a/0"}, {"code", "code-a"}, {"message", "wrong"}, {"hint", "right"}}));
    EXPECT_FALSE(json["errors"][1].contains("hint"));
}

TEST(Problem, EveryKindHasARow) {
    for (int kind = 0; kind <= static_cast<int>(ProblemKind::Internal); ++kind) {
        const auto status = problem_status(static_cast<ProblemKind>(kind));
        EXPECT_GE(status, 400U);
        EXPECT_LE(status, 599U);
    }
}

TEST(Problem, UnavailableSaysWhenToComeBack) {
    const Problem problem{
        .kind = ProblemKind::Unavailable, .detail = {}, .errors = {}, .used_by = {}};
    const auto response = problem_response(problem, "/", "t");
    EXPECT_EQ(response.headers.front().first, "Retry-After");
}

// What a hostile client puts into the path comes back as text, never as an exception.
TEST(Problem, EchoesBytesThatAreNotText) {
    const Problem problem{
        .kind = ProblemKind::NotFound, .detail = "\xff", .errors = {}, .used_by = {}};
    const auto response = problem_response(problem, "/\x80<script>", "t");
    EXPECT_TRUE(parse_json(response.body));
}

}  // namespace
}  // namespace portcullis::mgmt
