// SPDX-License-Identifier: BSD-2-Clause
// The checkpoint file over re-opens, replacement, damage and foreign content.
#include "signaling/checkpoint/checkpoint_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <random>

namespace portcullis::checkpoint {
namespace {

using Values = std::map<std::uint64_t, std::string>;

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

Values contents(const CheckpointStore& store) {
    Values values;
    store.for_each([&](std::uint64_t key, std::span<const std::byte> value) {
        values[key].assign(reinterpret_cast<const char*>(value.data()), value.size());
    });
    return values;
}

class CheckpointTest : public testing::Test {
 protected:
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("pc-checkpoint-" + std::to_string(::getpid()));
    void SetUp() override { TearDown(); }
    void TearDown() override {
        std::filesystem::remove(path);
        std::filesystem::remove(path.string() + ".refused");
    }
};

TEST_F(CheckpointTest, SurvivesAnAbandonedProcess) {
    Values expected;
    std::mt19937 random(7);
    {
        CheckpointStore store;
        ASSERT_TRUE(store.open(path));
        for (int i = 0; i < 20000; ++i) {
            const std::uint64_t key = random() % 500 + 1;
            if (random() % 4 == 0) {
                store.erase(key);
                expected.erase(key);
            } else {
                const std::string value(random() % 5000, static_cast<char>('a' + random() % 26));
                ASSERT_TRUE(store.put(key, bytes(value)));
                expected[key] = value;
            }
        }
    }
    CheckpointStore again;
    ASSERT_TRUE(again.open(path));
    EXPECT_EQ(again.damaged(), 0U);
    EXPECT_EQ(contents(again), expected);
    // Freed cells are found again: the same work once more does not grow the file.
    const auto size = std::filesystem::file_size(path);
    for (const auto& [key, value] : expected) ASSERT_TRUE(again.put(key, bytes(value)));
    EXPECT_LE(std::filesystem::file_size(path), size + 7 * 65536);
}

TEST_F(CheckpointTest, ADamagedCellIsDroppedAloneAndCounted) {
    {
        CheckpointStore store;
        ASSERT_TRUE(store.open(path));
        ASSERT_TRUE(store.put(1, bytes("first value")));
        ASSERT_TRUE(store.put(2, bytes("second value")));
    }
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    std::string all((std::istreambuf_iterator<char>(file)), {});
    file.seekp(static_cast<std::streamoff>(all.find("second value")));
    file.put('S');
    file.close();
    CheckpointStore store;
    ASSERT_TRUE(store.open(path));
    EXPECT_EQ(store.damaged(), 1U);
    EXPECT_EQ(contents(store), (Values{{1, "first value"}}));
}

TEST_F(CheckpointTest, AForeignFileIsKeptAsideAndAFreshOneBegun) {
    const std::string value(20000, 'v');
    {
        std::ofstream(path) << std::string(65536, 'x');
        CheckpointStore store;
        ASSERT_TRUE(store.open(path));
        EXPECT_TRUE(store.was_refused());
        EXPECT_EQ(store.size(), 0U);
        EXPECT_EQ(std::filesystem::file_size(path.string() + ".refused"), 65536U);
        ASSERT_TRUE(store.put(1, bytes(value)));
    }
    CheckpointStore again;
    ASSERT_TRUE(again.open(path));
    EXPECT_FALSE(again.was_refused());
    EXPECT_EQ(contents(again), (Values{{1, value}}));
}

TEST_F(CheckpointTest, ATruncatedFileKeepsWhatIsWhole) {
    {
        CheckpointStore store;
        ASSERT_TRUE(store.open(path));
        ASSERT_TRUE(store.put(1, bytes("small")));
        ASSERT_TRUE(store.put(2, bytes(std::string(20000, 'b'))));
    }
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 65536);
    CheckpointStore store;
    ASSERT_TRUE(store.open(path));
    EXPECT_EQ(contents(store), (Values{{1, "small"}}));
    EXPECT_TRUE(store.put(3, bytes(std::string(20000, 'c'))));
}

TEST_F(CheckpointTest, RefusesAValueThatIsTooLarge) {
    CheckpointStore store;
    ASSERT_TRUE(store.open(path));
    EXPECT_FALSE(store.put(1, bytes(std::string(CheckpointStore::kMaxValue, 'x'))));
    EXPECT_EQ(store.size(), 0U);
}

}  // namespace
}  // namespace portcullis::checkpoint
