// SPDX-License-Identifier: BSD-2-Clause
// Netlink against the kernel, in a network namespace of the test's own. Needs root; skipped
// without.
#include "mediarelay/kernel/netlink.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "tests/unit/relay_control/fakes.hpp"

namespace portcullis::relay {
namespace {

using namespace test;

bool run(const std::string& command) { return std::system(command.c_str()) == 0; }

// What `ip neigh` says of one neighbour.
std::string shown(const std::string& address) {
    std::array<char, 256> line{};
    FILE* pipe = ::popen(("ip neigh show " + address + " nud all dev pcnl").c_str(), "r");
    const char* got = std::fgets(line.data(), line.size(), pipe);
    ::pclose(pipe);
    return got == nullptr ? "" : line.data();
}

class NetlinkTest : public testing::Test {
 protected:
    void SetUp() override {
        if (::geteuid() != 0 || ::unshare(CLONE_NEWNET) != 0) {
            GTEST_SKIP() << "needs root, to have a network of its own";
        }
        ASSERT_TRUE(
            run("ip link add pcnl type veth peer name pcnlp && ip link set pcnlp up && "
                "ip link set pcnl up && ip addr add 198.18.0.1/24 dev pcnl && "
                "ip addr add fd00:18::1/64 dev pcnl nodad"));
        auto opened = Netlink::open();
        ASSERT_TRUE(opened);
        netlink.emplace(std::move(*opened));
        link = netlink->link("pcnl").value().index;
    }
    std::optional<Netlink> netlink;
    LinkIndex link = 0;
};

TEST_F(NetlinkTest, AnOperatorsNeighboursAreUsedAndNeverTouched) {
    struct Case {
        const char* address;
        const char* state;
        const char* shown;
    };
    for (const Case& row :
         {Case{"198.18.0.2", "permanent", "PERMANENT"}, Case{"198.18.0.3", "noarp", "NOARP"},
          Case{"fd00:18::2", "permanent", "PERMANENT"}}) {
        const std::string address = row.address;
        ASSERT_TRUE(
            run("ip neigh add " + address + " lladdr 02:00:00:00:00:07 dev pcnl nud " + row.state));
        const std::string before = shown(address);
        ASSERT_NE(before.find(row.shown), std::string::npos) << before;
        EXPECT_TRUE(netlink->keep_neighbour(link, ip(address)));
        EXPECT_EQ(shown(address), before);
        const auto known = netlink->neighbour(link, ip(address));
        ASSERT_TRUE(known && *known);
        EXPECT_TRUE((*known)->fixed);
        EXPECT_EQ((*known)->mac, FakeKernel::mac(7));
        netlink->forget_neighbour(link, ip(address));
        EXPECT_EQ(shown(address), before);
    }
}

TEST_F(NetlinkTest, OtherNeighboursAreAskedForAndLetGo) {
    EXPECT_TRUE(netlink->keep_neighbour(link, ip("198.18.0.9")));
    EXPECT_NE(shown("198.18.0.9"), "");
    const auto known = netlink->neighbour(link, ip("198.18.0.9"));
    ASSERT_TRUE(known && *known);
    EXPECT_FALSE((*known)->fixed);
    // Fixed while we held it: letting go of it leaves it alone.
    ASSERT_TRUE(run("ip neigh replace 198.18.0.9 lladdr 02:00:00:00:00:08 dev pcnl nud permanent"));
    netlink->forget_neighbour(link, ip("198.18.0.9"));
    EXPECT_NE(shown("198.18.0.9").find("PERMANENT"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::relay
