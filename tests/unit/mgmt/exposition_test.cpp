// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/metrics/exposition.hpp"

#include <gtest/gtest.h>

#include "mgmt-api/metrics/api_counters.hpp"

namespace portcullis::mgmt {
namespace {

TEST(Exposition, WritesFamilies) {
    Exposition page;
    page.family("a_total", "counter", "How many.");
    page.sample("a_total", {{"x", "1"}, {"y", "q\"u\\o\nte"}}, 3);
    page.family("b", "gauge", "Empty families are left out.");
    EXPECT_EQ(page.text(),
              "# HELP a_total How many.\n# TYPE a_total counter\n"
              "a_total{x=\"1\",y=\"q\\\"u\\\\o\\nte\"} 3\n");
}

// The text format, version 0.0.4: all lines of one metric are one group.
TEST(Exposition, GroupsFamiliesOfSeveralPages) {
    Exposition page;
    page.family("up", "gauge", "Ours.");
    page.sample("up", {{"daemon", "mgmt"}}, 1);
    EXPECT_EQ(page.absorb("# HELP up Theirs.\n# TYPE up gauge\nup{daemon=\"a\"} 1\n"
                          "# TYPE calls gauge\ncalls 7\n"),
              0U);
    EXPECT_EQ(page.absorb("# TYPE up gauge\nup{daemon=\"b\"} 0\n"), 0U);
    EXPECT_EQ(page.text(),
              "# HELP up Ours.\n# TYPE up gauge\n"
              "up{daemon=\"mgmt\"} 1\nup{daemon=\"a\"} 1\nup{daemon=\"b\"} 0\n"
              "# TYPE calls gauge\ncalls 7\n");
}

TEST(Exposition, KeepsHistogramsTogether) {
    const std::string histogram =
        "# HELP setup_seconds Delay.\n# TYPE setup_seconds histogram\n"
        "setup_seconds_bucket{le=\"0.1\"} 1\nsetup_seconds_bucket{le=\"+Inf\"} 2\n"
        "setup_seconds_sum 0.3\nsetup_seconds_count 2\n";
    Exposition page;
    EXPECT_EQ(page.absorb(histogram), 0U);
    EXPECT_EQ(page.text(), histogram);
}

struct Case {
    const char* name;
    const char* line;
    bool kept;
};

class ExpositionLine : public ::testing::TestWithParam<Case> {};

TEST_P(ExpositionLine, IsCheckedOnTheWayIn) {
    Exposition page;
    EXPECT_EQ(page.absorb(GetParam().line), GetParam().kept ? 0U : 1U);
    EXPECT_EQ(page.text().empty(), !GetParam().kept);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ExpositionLine,
    ::testing::Values(Case{"Plain", "a 1", true}, Case{"Float", "a 1.5e-3", true},
                      Case{"Infinity", "a +Inf", true}, Case{"NotANumber", "a NaN", true},
                      Case{"BraceInLabel", "a{x=\"}\"} 1", true},
                      Case{"QuoteInLabel", "a{x=\"\\\"}\"} 1", true}, Case{"NoValue", "a", false},
                      Case{"Words", "hello world", false}, Case{"OpenLabels", "a{x=\"1\" 1", false},
                      Case{"DigitFirst", "1a 1", false}, Case{"TimeStamp", "a 1 1700000000", false},
                      Case{"TypeWithoutWord", "# TYPE a", false},
                      Case{"UnknownType", "# TYPE a thing", false},
                      Case{"HelpWithoutSpace", "# HELP >a words", false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(ApiCounters, BoundsItsLabels) {
    ApiCounters counters;
    counters.count("/x", "GET", 200);
    counters.count("/x", "GET", 200);
    for (int i = 0; i < 1000; ++i) counters.count("", "M" + std::to_string(i), 501);
    Exposition page;
    counters.write(page);
    EXPECT_EQ(page.text(),
              "# HELP portcullis_api_requests_total REST requests answered.\n"
              "# TYPE portcullis_api_requests_total counter\n"
              "portcullis_api_requests_total{route=\"/x\",method=\"GET\",code=\"200\"} 2\n"
              "portcullis_api_requests_total{route=\"none\",method=\"other\",code=\"501\"} 1000\n");
}

}  // namespace
}  // namespace portcullis::mgmt
