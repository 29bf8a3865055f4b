// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/auth/tokens.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "mgmt-api/auth/audit.hpp"
#include "mgmt-api/store/migrations.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace portcullis::mgmt {
namespace {

class Tokens : public ::testing::Test {
 protected:
    Database open() {
        auto database = Database::open(dir_.path() / "t.sqlite");
        EXPECT_TRUE(database);
        EXPECT_TRUE(migrate(*database));
        return std::move(*database);
    }
    portcullis::testing::TempDir dir_;
    portcullis::testing::FakeClock clock_;
    Database database_ = open();
    TokenStore tokens_{database_};
};

TEST_F(Tokens, KnowsItsOwn) {
    EXPECT_TRUE(*tokens_.empty());
    const auto token = tokens_.issue("first", clock_.wall_now());
    ASSERT_TRUE(token);
    EXPECT_FALSE(*tokens_.empty());
    const auto principal = tokens_.check(*token, clock_.wall_now());
    ASSERT_TRUE(principal && *principal);
    EXPECT_EQ((*principal)->token_id, token->substr(11, 8));
}

TEST_F(Tokens, RefusesEverythingElse) {
    const std::string token = *tokens_.issue("first", clock_.wall_now());
    const std::string other = *tokens_.issue("second", clock_.wall_now());
    const std::string id = token.substr(11, 8);
    std::string flipped = token;
    flipped.back() = flipped.back() == '0' ? '1' : '0';
    const std::vector<std::string> wrong{
        "",
        "portcullis_",
        token.substr(0, token.size() - 1),
        token + "0",
        flipped,
        "x" + token.substr(1),
        "portcullis_" + id + "_" + other.substr(20),    // another token's secret
        "portcullis_zzzzzzzz_" + token.substr(20),      // unknown id
        "portcullis_" + id + "-" + token.substr(20),    //
        "portcullis_zzzzzzzz_" + std::string(64, '0'),  // what an unknown id compares with
        "portcullis_' OR 1--_" + token.substr(20),
        std::string(token.size(), '\0'),
    };
    for (const auto& text : wrong) EXPECT_FALSE(*tokens_.check(text, clock_.wall_now())) << text;
}

TEST_F(Tokens, FailingStoreIsNoWrongToken) {
    const std::string token = *tokens_.issue("first", clock_.wall_now());
    ASSERT_TRUE(database_.run_script("DROP TABLE tokens"));
    EXPECT_FALSE(tokens_.check(token, clock_.wall_now()));
    // What is no token at all needs no store.
    EXPECT_FALSE(*tokens_.check("portcullis_", clock_.wall_now()));
}

TEST_F(Tokens, StoresNoSecret) {
    const std::string token = *tokens_.issue("first", clock_.wall_now());
    ASSERT_TRUE(database_.run_script("PRAGMA wal_checkpoint(TRUNCATE)"));
    std::ifstream file(dir_.path() / "t.sqlite", std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    EXPECT_NE(bytes.str().find(token.substr(11, 8)), std::string::npos);
    EXPECT_EQ(bytes.str().find(token.substr(20)), std::string::npos);
}

TEST_F(Tokens, NotesLastUseOnceAMinute) {
    const std::string token = *tokens_.issue("first", clock_.wall_now());
    const auto last_used = [this] {
        auto row = database_.query("SELECT last_used_at FROM tokens");
        EXPECT_TRUE(*row->step());
        return row->text(0);
    };
    ASSERT_TRUE(*tokens_.check(token, clock_.wall_now()));
    EXPECT_EQ(last_used(), "2026-02-03T04:05:06.000000Z");
    clock_.advance(std::chrono::seconds{30});
    ASSERT_TRUE(*tokens_.check(token, clock_.wall_now()));
    EXPECT_EQ(last_used(), "2026-02-03T04:05:06.000000Z");
    clock_.advance(std::chrono::seconds{31});
    ASSERT_TRUE(*tokens_.check(token, clock_.wall_now()));
    EXPECT_EQ(last_used(), "2026-02-03T04:06:07.000000Z");
}

TEST_F(Tokens, FileIsReadableByItsOwnerOnly) {
    EXPECT_EQ(std::filesystem::status(dir_.path() / "t.sqlite").permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Tokens, AuditRowsAreFinal) {
    Audit audit(database_);
    audit.append({.at = clock_.wall_now(),
                  .token_id = "abc",
                  .remote = "127.0.0.1",
                  .method = "PUT",
                  .path = "/x",
                  .status = 200,
                  .revision = "3",
                  .comment = "why",
                  .trace_id = "t"});
    EXPECT_FALSE(database_.run("UPDATE audit SET token_id = 'other'"));
    EXPECT_FALSE(database_.run("DELETE FROM audit"));
    const auto rows = audit.list(0, 10);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().entry.token_id, "abc");
    EXPECT_EQ(rows->front().entry.comment, "why");
}

TEST_F(Tokens, AuditIsBounded) {
    constexpr std::uint64_t kKept = 100'000;
    const auto insert = [this](std::uint64_t id) {
        return database_.run("INSERT INTO audit VALUES (?, '', '', '', '', '', 200, '', '', '')",
                             id);
    };
    ASSERT_TRUE(insert(1));
    ASSERT_TRUE(insert(kKept));
    ASSERT_TRUE(insert(kKept + 1));
    auto rows = Audit(database_).list(0, 10);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_EQ(rows->back().id, kKept);
    EXPECT_FALSE(database_.run("DELETE FROM audit"));

    // A store that grew without the bound is cut when it is opened.
    ASSERT_TRUE(database_.run_script("DROP TRIGGER audit_is_bounded; PRAGMA user_version = 1"));
    ASSERT_TRUE(insert(2 * kKept));
    ASSERT_TRUE(migrate(database_));
    rows = Audit(database_).list(0, 10);
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->size(), 2U);
    ASSERT_TRUE(insert(2 * kKept + 1));
    EXPECT_EQ(Audit(database_).list(0, 10)->size(), 2U);
}

TEST_F(Tokens, AuditCutsLongPaths) {
    Audit audit(database_);
    audit.append({.at = clock_.wall_now(),
                  .token_id = "abc",
                  .remote = "127.0.0.1",
                  .method = "PUT",
                  .path = "/" + std::string(16'000, 'x'),
                  .status = 404,
                  .revision = {},
                  .comment = {},
                  .trace_id = "t"});
    EXPECT_EQ(audit.list(0, 1)->front().entry.path.size(), Audit::kMaxPath);
}

}  // namespace
}  // namespace portcullis::mgmt
