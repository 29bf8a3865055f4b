// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/store/config_store.hpp"

#include <gtest/gtest.h>

#include "mgmt-api/store/migrations.hpp"
#include "mgmt-api/time_text.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace portcullis::mgmt {
namespace {

class Store : public ::testing::Test {
 protected:
    Database open() {
        auto database = Database::open(dir_.path() / "s.sqlite");
        EXPECT_TRUE(database);
        EXPECT_TRUE(migrate(*database));
        return std::move(*database);
    }
    std::uint64_t insert(const std::string& document) {
        return *store_.insert_pending("tok", "why", document, clock_.wall_now());
    }
    // Adds `count` revisions of one state.
    void fill(RevisionState state, std::uint64_t count) {
        const auto done = database_.run(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO revisions (created_at, author, comment, state, document)"
            " SELECT '', '', '', ?, '{}' FROM n",
            count, state_name(state));
        EXPECT_TRUE(done);
    }
    RevisionState state(std::uint64_t number) { return (*store_.fetch(number))->info.state; }

    portcullis::testing::TempDir dir_;
    portcullis::testing::FakeClock clock_;
    Database database_ = open();
    ConfigStore store_{database_};
};

TEST_F(Store, StartsEmpty) {
    EXPECT_FALSE(*store_.current());
    EXPECT_EQ(*store_.next_number(), 1U);
    EXPECT_TRUE(store_.list(0, 10)->empty());
}

TEST_F(Store, MovesTheCurrentPointer) {
    const auto first = insert("{1}");
    EXPECT_EQ(state(first), RevisionState::Pending);
    EXPECT_FALSE(*store_.current());
    ASSERT_TRUE(store_.make_current(first, {}));
    const auto second = insert("{2}");
    ASSERT_TRUE(store_.make_current(second, {}));
    EXPECT_EQ(state(first), RevisionState::Superseded);
    const auto current = *store_.current();
    ASSERT_TRUE(current);
    EXPECT_EQ(current->info.number, second);
    EXPECT_EQ(current->document, "{2}");
    EXPECT_EQ(current->info.author, "tok");
    EXPECT_EQ(current->info.comment, "why");
    EXPECT_EQ(current->info.created_at, time_text(clock_.wall_now()));
}

TEST_F(Store, NeverReusesANumber) {
    const auto rejected = insert("{}");
    ASSERT_TRUE(store_.reject(rejected, "no"));
    EXPECT_EQ((*store_.fetch(rejected))->info.reason, "no");
    EXPECT_EQ(*store_.next_number(), rejected + 1);
    EXPECT_EQ(insert("{}"), rejected + 1);
}

TEST_F(Store, RejectsWhatARestartInterrupted) {
    const auto current = insert("{}");
    ASSERT_TRUE(store_.make_current(current, {}));
    const auto pending = insert("{}");
    ASSERT_TRUE(store_.reject_interrupted());
    EXPECT_EQ(state(pending), RevisionState::Rejected);
    EXPECT_EQ(state(current), RevisionState::Current);
}

TEST_F(Store, SurvivesReopening) {
    ASSERT_TRUE(store_.make_current(insert("{\"kept\":1}"), {.written = {"/a/b"}, .erased = {}}));
    ASSERT_TRUE(store_.set_synced("signaling", 1));
    Database again = open();
    ConfigStore store(again);
    EXPECT_EQ((*store.current())->document, "{\"kept\":1}");
    EXPECT_EQ(store.object_revisions()->at("/a/b"), 1U);
    EXPECT_EQ(*store.synced("signaling"), 1U);
    EXPECT_EQ(*store.synced("mediarelay"), 0U);
}

TEST_F(Store, TracksObjects) {
    ASSERT_TRUE(store_.make_current(insert("{}"), {.written = {"/a", "/b"}, .erased = {}}));
    ASSERT_TRUE(store_.make_current(insert("{}"), {.written = {"/b"}, .erased = {"/a"}}));
    const std::map<std::string, std::uint64_t> want{{"/b", 2}};
    EXPECT_EQ(*store_.object_revisions(), want);
}

TEST_F(Store, ListsNewestFirstInPages) {
    for (int i = 0; i < 5; ++i) insert("{}");
    const auto page = store_.list(0, 2);
    ASSERT_EQ(page->size(), 2U);
    EXPECT_EQ(page->front().number, 5U);
    const auto next = store_.list(page->back().number, 10);
    ASSERT_EQ(next->size(), 3U);
    EXPECT_EQ(next->front().number, 3U);
}

TEST_F(Store, ForgetsTheOldestThatWereCurrent) {
    const auto oldest = insert("{}");
    ASSERT_TRUE(store_.make_current(oldest, {}));
    fill(RevisionState::Superseded, ConfigStore::kKept);
    insert("{}");
    EXPECT_TRUE(*store_.fetch(oldest));  // the current one does not count
    ASSERT_TRUE(store_.make_current(insert("{}"), {}));
    insert("{}");
    EXPECT_FALSE(*store_.fetch(oldest));
    EXPECT_TRUE(*store_.fetch(oldest + 1));
}

TEST_F(Store, RejectedOnesPushNoHistoryOut) {
    const auto first = insert("{}");
    ASSERT_TRUE(store_.make_current(first, {}));
    ASSERT_TRUE(store_.make_current(insert("{}"), {}));
    fill(RevisionState::Rejected, 2 * ConfigStore::kKept);
    const auto pending = insert("{}");
    EXPECT_TRUE(*store_.fetch(first));
    const auto kept = *store_.list(0, 2 * ConfigStore::kKept);
    EXPECT_EQ(kept.size(), ConfigStore::kKeptRejected + 3);
    EXPECT_EQ(kept[ConfigStore::kKeptRejected].number, pending - ConfigStore::kKeptRejected);
}

TEST_F(Store, TransactionRollsBackUnlessCommitted) {
    {
        auto transaction = Transaction::begin(database_);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(database_.run("INSERT INTO daemon_sync VALUES ('x', 1)"));
    }
    EXPECT_EQ(*store_.synced("x"), 0U);
}

TEST_F(Store, RefusesASchemaOfANewerProgram) {
    ASSERT_TRUE(database_.run_script("PRAGMA user_version = 99"));
    EXPECT_FALSE(migrate(database_));
}

TEST_F(Store, BindsTextWithNulBytes) {
    const std::string odd("a\0b", 3);
    ASSERT_TRUE(store_.make_current(insert(odd), {}));
    EXPECT_EQ((*store_.current())->document, odd);
}

TEST(StoreFile, SaysWhyItCannotBeOpened) {
    portcullis::testing::TempDir dir;
    const auto missing = Database::open(dir.path() / "no" / "such" / "file");
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().text().find("such"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::mgmt
