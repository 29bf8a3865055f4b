// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/store/migrations.hpp"

#include <array>
#include <string>

namespace portcullis::mgmt {

namespace {

// Step n brings a store of version n to version n + 1. Never edit a step that was released.
constexpr std::array kSteps{
    R"sql(
CREATE TABLE revisions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused: a daemon may hold a rejected one
    created_at TEXT NOT NULL,
    author TEXT NOT NULL,
    comment TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'current', 'superseded', 'rejected')),
    reason TEXT NOT NULL DEFAULT '',
    document TEXT NOT NULL
);
CREATE UNIQUE INDEX one_current ON revisions (state) WHERE state = 'current';
CREATE TABLE objects (
    path TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE daemon_sync (
    daemon TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    secret_sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL,
    last_used_at TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    token_id TEXT NOT NULL,
    remote TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,
    revision TEXT NOT NULL,
    comment TEXT NOT NULL,
    trace_id TEXT NOT NULL
);
CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
)sql",
    // The audit log is bounded: each new row takes the place of the one 100,000 before it.
    R"sql(
DROP TRIGGER audit_is_kept;
DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - 100000;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
    WHEN OLD.id > (SELECT max(id) FROM audit) - 100000
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_bounded AFTER INSERT ON audit
    BEGIN DELETE FROM audit WHERE id <= NEW.id - 100000; END;
)sql",
};

Result<std::int64_t> schema_version(Database& database) {
    auto statement = database.query("PRAGMA user_version");
    if (!statement) return std::unexpected(statement.error());
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    return statement->integer(0);
}

}  // namespace

Status migrate(Database& database) {
    const auto version = schema_version(database);
    if (!version) return std::unexpected(version.error());
    const auto known = static_cast<std::int64_t>(kSteps.size());
    if (*version > known) {
        return fail(std::make_error_code(std::errc::not_supported),
                    "the store has schema " + std::to_string(*version) +
                        ", this program knows up to " + std::to_string(known));
    }
    for (auto step = *version; step < known; ++step) {
        auto transaction = Transaction::begin(database);
        if (!transaction) return std::unexpected(transaction.error());
        auto done = database.run_script(kSteps[static_cast<std::size_t>(step)]);
        if (done) {
            done = database.run_script("PRAGMA user_version = " + std::to_string(step + 1));
        }
        if (done) done = transaction->commit();
        if (!done) return done;
    }
    return {};
}

}  // namespace portcullis::mgmt
