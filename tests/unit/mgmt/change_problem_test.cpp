// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/change_problem.hpp"

#include <gtest/gtest.h>

namespace portcullis::mgmt {
namespace {

TEST(ReasonsText, NamesWhoHasEachReason) {
    EXPECT_EQ(reasons_text({{Daemon::Relay, "/media_pools/0", "no route"},
                            {Daemon::Signaling, "", "disconnected"}}),
              "mediarelay /media_pools/0: no route; signaling disconnected");
    EXPECT_EQ(reasons_text({{std::nullopt, "", "disk full"}}), "store disk full");
}

TEST(PublishProblem, BlamesTheStoreForItsFailure) {
    const auto problem = publish_problem({.version = 2,
                                          .result = PublishResult::StoreFailed,
                                          .reasons = {{std::nullopt, "", "disk full"}}});
    EXPECT_EQ(problem.kind, ProblemKind::StoreFailed);
    EXPECT_EQ(problem.detail, "disk full");
    EXPECT_TRUE(problem.errors.empty());
}

}  // namespace
}  // namespace portcullis::mgmt
