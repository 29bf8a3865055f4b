// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/router.hpp"

#include <gtest/gtest.h>

namespace portcullis::mgmt {
namespace {

Router make_router() {
    Router router;
    for (const auto& [method, path] :
         std::vector<std::pair<std::string, std::string>>{{"GET", "/a"},
                                                          {"PUT", "/a"},
                                                          {"GET", "/a/{name}"},
                                                          {"DELETE", "/a/{name}"},
                                                          {"GET", "/a/fixed"},
                                                          {"POST", "/a/{name}/do"},
                                                          {"GET", "/a/{x}/b/{y}"}}) {
        router.add({.method = method, .path = path, .query = {}, .handler = {}});
    }
    return router;
}

struct Case {
    const char* name;
    std::string method;
    std::vector<std::string> segments;
    std::string want;     // template; empty: none
    std::string allowed;  // when none
};

class RouterFind : public ::testing::TestWithParam<Case> {};

TEST_P(RouterFind, Matches) {
    const Router router = make_router();
    const auto match = router.find(GetParam().method, GetParam().segments);
    EXPECT_EQ(match.route == nullptr ? "" : match.route->path, GetParam().want);
    EXPECT_EQ(match.allowed, GetParam().allowed);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RouterFind,
    ::testing::Values(Case{"Exact", "GET", {"a"}, "/a", ""},
                      Case{"HeadIsGet", "HEAD", {"a"}, "/a", ""},
                      Case{"Parameter", "DELETE", {"a", "x"}, "/a/{name}", ""},
                      Case{"ExactBeatsParameter", "GET", {"a", "fixed"}, "/a/fixed", ""},
                      Case{"ExactHasItsOwnMethods", "DELETE", {"a", "fixed"}, "", "GET, HEAD"},
                      Case{"EmptyIsNoParameter", "GET", {"a", ""}, "", ""},
                      Case{"TooLong", "GET", {"a", "x", "y"}, "", ""},
                      Case{"Inner", "POST", {"a", "x", "do"}, "/a/{name}/do", ""},
                      Case{"WrongMethod", "POST", {"a"}, "", "GET, HEAD, PUT"},
                      Case{"CaseCounts", "GET", {"A"}, "", ""},
                      Case{"TemplateIsNoPath", "GET", {"a", "{name}"}, "/a/{name}", ""},
                      Case{"Nothing", "GET", {}, "", ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Router, NamesParameters) {
    const Router router = make_router();
    const auto match = router.find("GET", {"a", "1", "b", "2"});
    const std::vector<std::pair<std::string, std::string>> want{{"x", "1"}, {"y", "2"}};
    EXPECT_EQ(match.params, want);
}

}  // namespace
}  // namespace portcullis::mgmt
