// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/document_diff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace portcullis::mgmt {
namespace {

using Kind = ObjectChange::Kind;

config::Document routes(const std::vector<std::string>& names) {
    config::Document out;
    for (const auto& name : names) out.routes.push_back({.name = name, .trunks = {"carrier"}});
    return out;
}

// "+/routes/a", "~/timers", "-/routes/b", "^/routes"
std::vector<std::string> in_words(const std::vector<ObjectChange>& changes) {
    std::vector<std::string> out;
    for (const auto& change : changes) {
        out.push_back(std::string("+~-^").substr(static_cast<std::size_t>(change.kind), 1) +
                      change.path);
    }
    return out;
}

struct Case {
    const char* name;
    std::vector<std::string> before;
    std::vector<std::string> after;
    std::vector<std::string> want;
};

class RoutesDiff : public ::testing::TestWithParam<Case> {};

TEST_P(RoutesDiff, SaysWhatDiffers) {
    const auto changes = diff_documents(routes(GetParam().before), routes(GetParam().after));
    EXPECT_EQ(in_words(changes), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Names, RoutesDiff,
    ::testing::Values(Case{"Nothing", {"a", "b"}, {"a", "b"}, {}},
                      Case{"Added", {"a", "b"}, {"c", "a", "b"}, {"+/routes/c"}},
                      Case{"Removed", {"a", "b", "c"}, {"a", "c"}, {"-/routes/b"}},
                      Case{"Swapped", {"a", "b"}, {"b", "a"}, {"^/routes"}},
                      Case{"Moved", {"a", "b", "c"}, {"c", "a", "b"}, {"^/routes"}},
                      Case{"AllAtOnce",
                           {"a", "b", "c"},
                           {"c", "d", "a"},
                           {"+/routes/d", "-/routes/b", "^/routes"}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(DocumentDiff, TellsTheOrderByNames) {
    const auto changes = diff_documents(routes({"a", "b"}), routes({"b", "a"}));
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].before, R"(["a","b"])");
    EXPECT_EQ(changes[0].after, R"(["b","a"])");
    // No object was written: their ETags stay.
    EXPECT_TRUE(changes_of(changes).written.empty());
    EXPECT_TRUE(changes_of(changes).erased.empty());
}

TEST(DocumentDiff, TellsWhatAnObjectWasAndIs) {
    auto before = routes({"a", "b"});
    auto after = before;
    after.routes[1].priority = 7;
    after.timers.t1 = std::chrono::milliseconds{250};
    const auto changes = diff_documents(before, after);
    EXPECT_EQ(in_words(changes), (std::vector<std::string>{"~/routes/b", "~/timers"}));
    EXPECT_NE(changes[0].before.find(R"("name":"b")"), std::string::npos);
    EXPECT_NE(changes[0].after.find(R"("priority":7)"), std::string::npos);
    EXPECT_EQ(changes_of(changes).written, (std::vector<std::string>{"/routes/b", "/timers"}));
}

// A scan per object would take minutes here.
TEST(DocumentDiff, TakesLargeDocuments) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < 100'000; ++i) names.push_back("route-" + std::to_string(i));
    const auto before = routes(names);
    std::ranges::reverse(names);
    auto after = routes(names);
    after.routes.pop_back();
    EXPECT_EQ(in_words(diff_documents(before, after)),
              (std::vector<std::string>{"-/routes/route-0", "^/routes"}));
}

}  // namespace
}  // namespace portcullis::mgmt
