// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/record/ended_calls.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "signaling/record/record_writer.hpp"

namespace portcullis::record {
namespace {

EndedCall call_of(std::size_t size) { return {std::string(size, 'r'), {{WallTime{}, "why"}}}; }

TEST(EndedCalls, KeepsRecordAndStoryOfTheLastOnes) {
    EndedCalls calls(16384);
    for (std::uint64_t id = 1; id <= 100; ++id) {
        calls.append(CallId{id}, call_of(1000));
        EXPECT_LE(calls.bytes(), 16384U);
    }
    EXPECT_GT(calls.bytes(), 16384U - 2000U) << "the room is used";
    EXPECT_FALSE(calls.find(CallId{1}));
    EXPECT_FALSE(calls.find(CallId{80}));
    const auto last = calls.find(CallId{100});
    ASSERT_TRUE(last);
    EXPECT_EQ(last->record, std::string(1000, 'r'));
    ASSERT_EQ(last->story.size(), 1U);
    EXPECT_EQ(last->story[0].text, "why");
}

TEST(EndedCalls, WhatIsLargerThanAllTheRoomIsNotKept) {
    EndedCalls calls(4096);
    calls.append(CallId{1}, call_of(100));
    calls.append(CallId{2}, call_of(10000));
    EXPECT_TRUE(calls.find(CallId{1}));
    EXPECT_FALSE(calls.find(CallId{2}));
    EndedCalls none(0);
    none.append(CallId{1}, call_of(1));
    EXPECT_FALSE(none.find(CallId{1}));
    EXPECT_EQ(none.bytes(), 0U);
}

TEST(EndedCalls, ComeWithTheirRecords) {
    const auto directory =
        std::filesystem::temp_directory_path() / ("ended-calls-" + std::to_string(::getpid()));
    MessageRing ring(0);
    {
        RecordWriter writer(directory, ring, 1);
        ASSERT_TRUE(writer.start());
        writer.feed(0).push({.at = WallTime{},
                             .line = "{\"n\":1}",
                             .call = CallId{7},
                             .story = {{WallTime{}, "ends: hung up"}}});
        writer.feed(0).push(RecordLine{WallTime{}, "{\"n\":2}"});
        writer.stop();
        EXPECT_EQ(writer.written(), 2U);
        const auto ended = writer.ended().find(CallId{7});
        ASSERT_TRUE(ended);
        EXPECT_EQ(ended->record, "{\"n\":1}");
        EXPECT_EQ(ended->story.at(0).text, "ends: hung up");
    }
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace portcullis::record
