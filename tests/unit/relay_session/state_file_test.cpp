// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/state_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace portcullis::relay {
namespace {

// Where the flows' records begin.
constexpr std::streamoff kFlows = 64 + 256 * 256;

class StateFileTest : public testing::Test {
 protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "pc-state-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        path_ = folder_ / "flows";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    StateFile open(std::uint32_t slots = 8) {
        left_ = {};
        auto file = StateFile::open(path_, slots, left_);
        EXPECT_TRUE(file) << file.error().text();
        return std::move(*file);
    }
    // Overwrites one byte of the file.
    void damage(std::streamoff at, char value) {
        std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(at);
        file.put(value);
    }

    std::filesystem::path folder_;
    std::filesystem::path path_;
    LeftState left_;
};

StateRecord sample(const char* latched) {
    StateRecord record;
    record.state = StateRecord::State::Live;
    record.name = {.session = SessionId{0x1122334455667788},
                   .leg = LegId{3},
                   .stream = 2,
                   .component = Component::Rtcp};
    record.pool_key = pool_key("core", "eth0", IpAddress{});
    record.local_port = 20001;
    record.latched = Endpoint::parse(latched);
    record.rx_ssrc = 0xdeadbeef;
    record.tx_ssrc = 0xfeedf00d;
    record.tx_index = 0x0000123456789abc;
    record.changed_at_s = 1700000000;
    return record;
}

TEST_F(StateFileTest, EveryFieldSurvivesTheProcess) {
    StateRecord released = sample("198.18.0.2:4000");
    released.state = StateRecord::State::Released;
    StateRecord unlatched = sample("198.18.0.2:4000");
    unlatched.latched.reset();
    {
        StateFile file = open();
        EXPECT_TRUE(left_.flows.empty());
        file.write(1, sample("198.18.0.2:4000"));
        file.write(3, sample("[fd00:18::2]:65535"));
        file.write(5, released);
        file.write(7, unlatched);
        EXPECT_EQ(file.read(3), sample("[fd00:18::2]:65535"));
    }
    const StateFile next = open();
    EXPECT_EQ(left_.flows, (std::vector{sample("198.18.0.2:4000"), sample("[fd00:18::2]:65535"),
                                        released, unlatched}));
    EXPECT_EQ(next.read(1).state, StateRecord::State::Empty);
}

// A second kill before sessions are installed again loses nothing either.
TEST_F(StateFileTest, WhatWasLeftStaysUntilItIsForgotten) {
    StateRecord moved = sample("198.18.0.2:4000");
    StateRecord other = sample("198.18.0.7:4000");
    other.name.leg = LegId{4};
    {
        StateFile file = open();
        file.write(1, moved);
        file.write(2, other);
    }
    (void)open();
    moved.latched = Endpoint::parse("198.18.0.3:4000");
    open().write(7, moved);
    (void)open();
    EXPECT_EQ(left_.flows, (std::vector{moved, other})) << "the newer file knows better";
    StateFile::forget_former(path_);
    (void)open();
    EXPECT_TRUE(left_.flows.empty());
}

PoolPlace place(const char* name) {
    return {name,
            "eth0",
            IpAddress::parse("198.18.0.1").value(),
            IpAddress::parse("2001:db8::1"),
            {20000, 20099},
            {{20000, 20099}, {30000, 30001}}};
}

TEST_F(StateFileTest, PoolsSurviveWithTheFlows) {
    PoolPlace plain = place("core");
    plain.address = IpAddress::parse("fd00:18::1").value();
    plain.advertised.reset();
    plain.ranges.clear();
    {
        StateFile file = open();
        file.write(1, sample("198.18.0.2:4000"));
        file.write_pool(0, place("a"));
        file.write_pool(1, place("gone"));
        file.write_pool(255, plain);
        file.write_pool(1, std::nullopt);
    }
    (void)open();
    EXPECT_EQ(left_.pools, (std::vector{place("a"), plain}));
    // A second kill: what is aside is complemented by what the newer file knows.
    PoolPlace shrunk = place("a");
    shrunk.ranges.pop_back();
    open().write_pool(7, shrunk);
    (void)open();
    EXPECT_EQ(left_.pools, (std::vector{shrunk, plain}));
    EXPECT_EQ(left_.flows.size(), 1U);
}

TEST_F(StateFileTest, DamagedPoolsAreLeftOut) {
    for (std::streamoff at = 0; at < 256; ++at) {
        {
            StateFile file = open();
            file.write_pool(0, place("a"));
            file.write_pool(1, place("b"));
        }
        damage(64 + at, '\x5a');
        (void)open();
        ASSERT_EQ(left_.pools, std::vector{place("b")}) << at;
    }
}

TEST_F(StateFileTest, ALivingRelaysFileIsLeftAlone) {
    StateFile file = open();
    file.write(1, sample("198.18.0.2:4000"));
    LeftState left;
    const auto second = StateFile::open(path_, 8, left);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, std::errc::device_or_resource_busy);
    EXPECT_EQ(file.read(1), sample("198.18.0.2:4000"));
}

TEST_F(StateFileTest, ErasedRecordsAreGone) {
    {
        StateFile file = open();
        file.write(1, sample("198.18.0.2:4000"));
        file.write(1, {});
        EXPECT_EQ(file.read(1).state, StateRecord::State::Empty);
    }
    (void)open();
    EXPECT_TRUE(left_.flows.empty());
}

// Each byte of a record is covered: a flipped one voids it, and only it.
TEST_F(StateFileTest, DamagedRecordsAreLeftOut) {
    for (std::streamoff at = 0; at < 64; ++at) {
        {
            StateFile file = open();
            file.write(1, sample("198.18.0.2:4000"));
            file.write(2, sample("198.18.0.2:4002"));
        }
        damage(kFlows + 64 + at, '\x5a');
        (void)open();
        ASSERT_EQ(left_.flows.size(), 1U) << at;
        EXPECT_EQ(left_.flows[0], sample("198.18.0.2:4002"));
    }
}

TEST_F(StateFileTest, ForeignOrOtherLayoutIsLeftOut) {
    for (const std::streamoff at : {0, 8, 12}) {  // magic, layout, record size
        {
            StateFile file = open();
            file.write(1, sample("198.18.0.2:4000"));
        }
        damage(at, '\x7f');
        (void)open();
        EXPECT_TRUE(left_.flows.empty()) << at;
    }
}

TEST_F(StateFileTest, TruncatedFileGivesWhatIsWhole) {
    {
        StateFile file = open();
        file.write(0, sample("198.18.0.2:4000"));
        file.write(1, sample("198.18.0.2:4002"));
    }
    std::filesystem::resize_file(path_, kFlows + 64 + 40);
    (void)open();
    EXPECT_EQ(left_.flows.size(), 1U);
}

TEST_F(StateFileTest, OtherSlotCountStillReads) {
    {
        StateFile file = open(300);
        file.write(299, sample("198.18.0.2:4000"));
    }
    (void)open(4);
    EXPECT_EQ(left_.flows.size(), 1U);
}

TEST_F(StateFileTest, SlotsPastTheEndAreIgnored) {
    StateFile file = open(2);
    file.write(2, sample("198.18.0.2:4000"));
    EXPECT_EQ(file.read(2).state, StateRecord::State::Empty);
}

// A hole would be a SIGBUS in a worker once the file system is full.
TEST_F(StateFileTest, EveryRecordHasItsPlaceInTheFileSystem) {
    (void)open(4096);
    struct stat file{};
    ASSERT_EQ(::stat(path_.c_str(), &file), 0);
    EXPECT_GE(file.st_blocks * 512, file.st_size);
    EXPECT_EQ(file.st_size, kFlows + 4096 * 64);
}

TEST_F(StateFileTest, UnusablePathSaysWhy) {
    LeftState left;
    const auto file = StateFile::open(folder_ / "missing" / "flows", 1, left);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, std::errc::no_such_file_or_directory);
}

}  // namespace
}  // namespace portcullis::relay
