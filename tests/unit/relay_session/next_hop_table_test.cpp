// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/kernel/next_hop_table.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace portcullis::relay {
namespace {

MacAddress mac(std::uint8_t last) {
    return {std::byte{2}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{last}};
}

NextHop hop(std::uint8_t number) {
    return {.state = NextHop::State::Reachable,
            .port = number,
            .vlan = number,
            .mtu = static_cast<std::uint16_t>(1280 + number),
            .destination = mac(number),
            .source = mac(static_cast<std::uint8_t>(number + 100))};
}

TEST(NextHopTable, EntryZeroAndEntriesPastTheEndAreEmpty) {
    const NextHopTable table(4);
    EXPECT_EQ(table.load(kNoNextHop).state, NextHop::State::Empty);
    EXPECT_EQ(table.load(4).state, NextHop::State::Empty);
    EXPECT_EQ(table.load(65535).state, NextHop::State::Empty);
}

TEST(NextHopTable, StoresEveryField) {
    NextHopTable table(4);
    table.store(3, hop(42));
    EXPECT_EQ(table.load(3), hop(42));
    NextHop local = hop(43);
    local.state = NextHop::State::Local;
    table.store(3, local);
    EXPECT_EQ(table.load(3), local);
}

// A reader sees the old entry, the new one, or Resolving, never a mixture.
TEST(NextHopTable, NoTornReads) {
    NextHopTable table(2);
    table.store(1, hop(1));
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        for (int i = 0; !stop.load(std::memory_order_relaxed); ++i) {
            table.store(1, hop(static_cast<std::uint8_t>(1 + i % 100)));
        }
    });
    int torn = 0;
    for (int seen = 0; seen < 100000;) {
        const NextHop value = table.load(1);
        if (value.state != NextHop::State::Reachable) {
            // The writer may have lost its core in the middle of an entry.
            std::this_thread::yield();
            continue;
        }
        ++seen;
        torn += value == hop(static_cast<std::uint8_t>(value.port)) ? 0 : 1;
    }
    stop = true;
    writer.join();
    EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace portcullis::relay
