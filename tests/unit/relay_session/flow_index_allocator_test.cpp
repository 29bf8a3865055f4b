// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/flow_index_allocator.hpp"

#include <gtest/gtest.h>

#include <set>

namespace portcullis::relay {
namespace {

TEST(FlowIndexAllocator, EverySlotOnceThenNone) {
    FlowIndexAllocator allocator(100);
    std::set<FlowIndex> drawn;
    for (int i = 0; i < 100; ++i) drawn.insert(allocator.draw().value());
    EXPECT_EQ(drawn.size(), 100U);
    EXPECT_EQ(*drawn.begin(), 1U);  // kNoFlow is never drawn
    EXPECT_EQ(*drawn.rbegin(), 100U);
    EXPECT_FALSE(allocator.draw());
    EXPECT_EQ(allocator.in_use(), 100U);
    EXPECT_EQ(allocator.free_count(), 0U);
}

TEST(FlowIndexAllocator, TheLongestReleasedComesBackFirstAndAfterTheUnused) {
    FlowIndexAllocator allocator(3);
    const FlowIndex first = allocator.draw().value();
    const FlowIndex second = allocator.draw().value();
    allocator.release(second);
    allocator.release(first);
    EXPECT_EQ(allocator.in_use(), 0U);
    EXPECT_EQ(allocator.draw(), 3U);
    EXPECT_EQ(allocator.draw(), second);
    EXPECT_EQ(allocator.draw(), first);
    EXPECT_FALSE(allocator.draw());
}

}  // namespace
}  // namespace portcullis::relay
