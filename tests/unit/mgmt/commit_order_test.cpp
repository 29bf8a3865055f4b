// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/commit_order.hpp"

#include <gtest/gtest.h>

namespace portcullis::mgmt {
namespace {

using Pool = config::MediaPoolConfig;
using Pools = std::vector<Pool>;

Pool make_pool(std::string name, std::uint16_t port_min = 20000, std::uint16_t port_max = 20999) {
    return {.name = std::move(name),
            .realm = "core",
            .interface = "core0",
            .address = *IpAddress::parse("198.18.0.1"),
            .port_min = port_min,
            .port_max = port_max};
}

Pool elsewhere(Pool pool) {
    pool.address = *IpAddress::parse("198.18.0.9");
    return pool;
}

Pool disabled(Pool pool) {
    pool.enabled = false;
    return pool;
}

struct Case {
    const char* name;
    Pools before;
    Pools after;
    Daemon want;
};

class CommitOrder : public ::testing::TestWithParam<Case> {};

TEST_P(CommitOrder, FollowsThePools) {
    config::Document before;
    config::Document after;
    before.media_pools = GetParam().before;
    after.media_pools = GetParam().after;
    EXPECT_EQ(first_to_commit(before, after), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Pools, CommitOrder,
    ::testing::Values(
        Case{"Same", {make_pool("a")}, {make_pool("a")}, Daemon::Relay},
        Case{"Reordered",
             {make_pool("a"), make_pool("b")},
             {make_pool("b"), make_pool("a")},
             Daemon::Relay},
        Case{"Added", {make_pool("a")}, {make_pool("a"), make_pool("b")}, Daemon::Relay},
        Case{"Removed", {make_pool("a"), make_pool("b")}, {make_pool("a")}, Daemon::Signaling},
        Case{"Disabled", {make_pool("a")}, {disabled(make_pool("a"))}, Daemon::Signaling},
        Case{"Enabled", {disabled(make_pool("a"))}, {make_pool("a")}, Daemon::Relay},
        Case{"Shrunk",
             {make_pool("a", 20000, 20999)},
             {make_pool("a", 20000, 20499)},
             Daemon::Signaling},
        Case{"Enlarged",
             {make_pool("a", 20000, 20499)},
             {make_pool("a", 20000, 20999)},
             Daemon::Relay},
        Case{"Renamed", {make_pool("a")}, {make_pool("b")}, Daemon::Relay},
        Case{"Moved", {make_pool("a")}, {elsewhere(make_pool("a"))}, Daemon::Relay},
        Case{"OneRemovedOneAdded",
             {make_pool("a"), make_pool("b")},
             {make_pool("a"), make_pool("c")},
             Daemon::Relay}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace portcullis::mgmt
