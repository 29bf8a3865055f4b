// SPDX-License-Identifier: BSD-2-Clause
// Which interfaces are open, whatever links do between Prepare and Commit.
#include "mediarelay/device_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "mediarelay/kernel/errc.hpp"

namespace portcullis::relay::test {
namespace {

using config::MediaDriver;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class DeviceSetTest : public testing::Test {
 protected:
    // Opens what exists.
    Result<std::unique_ptr<OpenDevice>> open(const InterfacePlan& plan, bool in_use) {
        ++opened;
        last_in_use = in_use;
        const auto at = links.find(plan.device);
        if (at == links.end()) return fail(KernelErrc::NoInterface, plan.device);
        const bool any = plan.driver == MediaDriver::Auto;
        return std::make_unique<OpenDevice>(at->second, any ? MediaDriver::AfXdp : plan.driver,
                                            retired);
    }
    void add(const std::string& name, LinkIndex index) {
        links[name] = {.index = index, .name = name, .mtu = 1500};
    }
    std::vector<Link> all() const {
        std::vector<Link> list;
        for (const auto& [name, link] : links) list.push_back(link);
        return list;
    }
    // Name and link of what is open.
    std::vector<std::pair<std::string, LinkIndex>> now_open() const {
        std::vector<std::pair<std::string, LinkIndex>> list;
        for (const auto& device : set.open()) {
            list.emplace_back(device->link.name, device->link.index);
        }
        return list;
    }

    SystemClock clock;
    RetiredPools retired{clock, [] { return std::vector<std::uint64_t>{}; }};
    std::map<std::string, Link> links;
    int opened = 0;
    bool last_in_use = false;
    DeviceSet set{[this](const InterfacePlan& plan, bool in_use) { return open(plan, in_use); }};
    const std::vector<InterfacePlan> a{{"a", MediaDriver::Auto, "/media_interfaces/0"}};
};

TEST_F(DeviceSetTest, WhatIsMissingIsOpenedOnce) {
    EXPECT_FALSE(set.open_missing(a));
    add("a", 1);
    EXPECT_TRUE(set.open_missing(a));
    EXPECT_FALSE(set.open_missing(a));
    EXPECT_EQ(opened, 2);
}

// The retry would take the queues from the device aside.
TEST_F(DeviceSetTest, TheRetryLeavesWhatIsAsideToItsChange) {
    add("a", 1);
    ASSERT_THAT(set.prepare(a), IsEmpty());
    EXPECT_FALSE(set.open_missing(a));
    EXPECT_EQ(opened, 1);
    EXPECT_THAT(set.commit(a), IsEmpty());
    EXPECT_EQ(opened, 1);
    EXPECT_THAT(now_open(), ElementsAre(std::pair("a", 1)));
    EXPECT_THAT(set.take_retired(), IsEmpty());
}

TEST_F(DeviceSetTest, AnAbortedChangeLeavesItToTheRetry) {
    add("a", 1);
    ASSERT_THAT(set.prepare(a), IsEmpty());
    set.abort();
    EXPECT_TRUE(set.open_missing(a));
}

TEST_F(DeviceSetTest, ALinkThatGoesBetweenPrepareAndCommitIsRefused) {
    add("a", 1);
    ASSERT_THAT(set.prepare(a), IsEmpty());
    links.clear();
    EXPECT_FALSE(set.on_link_removed(1)) << "no worker has it";
    const auto refusals = set.commit(a);
    ASSERT_THAT(refusals, SizeIs(1));
    EXPECT_EQ(refusals[0].pointer, "/media_interfaces/0/driver");
    EXPECT_THAT(now_open(), IsEmpty());
    add("a", 2);
    EXPECT_TRUE(set.open_missing(a));
    EXPECT_THAT(now_open(), ElementsAre(std::pair("a", 2)));
}

TEST_F(DeviceSetTest, ALinkThatComesBackBeforeCommitIsOpenedByIt) {
    add("a", 1);
    ASSERT_THAT(set.prepare(a), IsEmpty());
    EXPECT_FALSE(set.on_link_removed(1));
    add("a", 2);
    EXPECT_THAT(set.commit(a), IsEmpty());
    EXPECT_THAT(now_open(), ElementsAre(std::pair("a", 2)));
}

TEST_F(DeviceSetTest, ADriverChangeReplacesAtCommit) {
    add("a", 1);
    ASSERT_TRUE(set.open_missing(a));
    const std::vector<InterfacePlan> packet{{"a", MediaDriver::AfPacket, ""}};
    ASSERT_THAT(set.prepare(packet), IsEmpty());
    EXPECT_TRUE(last_in_use);
    EXPECT_EQ(set.find("a")->driver, MediaDriver::AfXdp);
    EXPECT_THAT(set.commit(packet), IsEmpty());
    EXPECT_EQ(set.find("a")->driver, MediaDriver::AfPacket);
    EXPECT_THAT(set.take_retired(), SizeIs(1));
    // And a link that goes takes both along.
    ASSERT_THAT(set.prepare({{"a", MediaDriver::AfXdp, ""}}), IsEmpty());
    EXPECT_TRUE(set.on_link_removed(1));
    links.clear();
    EXPECT_THAT(set.commit(a), SizeIs(1));
    EXPECT_THAT(now_open(), IsEmpty());
}

TEST_F(DeviceSetTest, LostEventsAreMadeUpFor) {
    for (int i = 1; i <= 3; ++i) add(std::string(1, static_cast<char>('a' + i - 1)), i);
    const std::vector<InterfacePlan> three{
        {"a", MediaDriver::Auto, ""}, {"b", MediaDriver::Auto, ""}, {"c", MediaDriver::Auto, ""}};
    ASSERT_TRUE(set.open_missing(three));
    EXPECT_FALSE(set.recheck(all()));
    links.erase("a");
    add("b", 9);  // made anew
    links["c"].mac[5] = std::byte{7};
    EXPECT_TRUE(set.recheck(all()));
    EXPECT_THAT(now_open(), ElementsAre(std::pair("c", 3)));
    EXPECT_EQ(set.find("c")->link.mac[5], std::byte{7});
    EXPECT_THAT(set.take_retired(), SizeIs(2));
    EXPECT_TRUE(set.open_missing(three));
    EXPECT_THAT(now_open(), ElementsAre(std::pair("c", 3), std::pair("b", 9)));
}

TEST_F(DeviceSetTest, WhatIsNotUsedIsRetired) {
    add("a", 1);
    ASSERT_TRUE(set.open_missing(a));
    set.retire_unless([](const std::string&) { return true; });
    EXPECT_THAT(set.take_retired(), IsEmpty());
    set.retire_unless([](const std::string&) { return false; });
    EXPECT_THAT(set.take_retired(), SizeIs(1));
    EXPECT_THAT(now_open(), IsEmpty());
}

}  // namespace
}  // namespace portcullis::relay::test
