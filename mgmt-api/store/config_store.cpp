// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/store/config_store.hpp"

#include <array>

#include "mgmt-api/time_text.hpp"

namespace portcullis::mgmt {

namespace {

constexpr std::array<std::string_view, 4> kStateNames{"pending", "current", "superseded",
                                                      "rejected"};
constexpr std::string_view kInfoColumns = "number, created_at, author, comment, state, reason";

std::string select(std::string_view columns, std::string_view rest) {
    return "SELECT " + std::string(columns) + " FROM revisions " + std::string(rest);
}

RevisionState parse_state(std::string_view name) {
    for (std::size_t i = 0; i < kStateNames.size(); ++i) {
        if (kStateNames[i] == name) return static_cast<RevisionState>(i);
    }
    return RevisionState::Rejected;
}

RevisionInfo read_info(const Statement& row) {
    return {.number = static_cast<std::uint64_t>(row.integer(0)),
            .created_at = row.text(1),
            .author = row.text(2),
            .comment = row.text(3),
            .state = parse_state(row.text(4)),
            .reason = row.text(5)};
}

}  // namespace

std::string_view state_name(RevisionState state) {
    return kStateNames.at(static_cast<std::size_t>(state));
}

Status ConfigStore::reject_interrupted() {
    return database_.run(
        "UPDATE revisions SET state = 'rejected', reason = 'interrupted by a restart'"
        " WHERE state = 'pending'");
}

Result<std::uint64_t> ConfigStore::insert_pending(const std::string& author,
                                                  const std::string& comment,
                                                  const std::string& document, WallTime now) {
    auto transaction = Transaction::begin(database_);
    if (!transaction) return std::unexpected(transaction.error());
    auto done = database_.run(
        "INSERT INTO revisions (created_at, author, comment, state, document)"
        " VALUES (?, ?, ?, 'pending', ?)",
        time_text(now), author, comment, document);
    const auto number = static_cast<std::uint64_t>(database_.last_insert_id());
    if (done) done = prune(RevisionState::Superseded, kKept);
    if (done) done = prune(RevisionState::Rejected, kKeptRejected);
    if (done) done = transaction->commit();
    if (!done) return std::unexpected(std::move(done.error()));
    return number;
}

// Forgets all but the newest `kept` revisions of one state.
Status ConfigStore::prune(RevisionState state, std::uint64_t kept) {
    return database_.run(
        "DELETE FROM revisions WHERE state = ?1 AND number <="
        " (SELECT number FROM revisions WHERE state = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
        state_name(state), kept);
}

Result<std::uint64_t> ConfigStore::next_number() {
    auto statement = database_.query("SELECT seq FROM sqlite_sequence WHERE name = 'revisions'");
    if (!statement) return std::unexpected(std::move(statement.error()));
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    return *row ? static_cast<std::uint64_t>(statement->integer(0)) + 1 : 1;
}

Status ConfigStore::make_current(std::uint64_t number, const ObjectChanges& changes) {
    auto transaction = Transaction::begin(database_);
    if (!transaction) return std::unexpected(transaction.error());
    auto done = database_.run("UPDATE revisions SET state = 'superseded' WHERE state = 'current'");
    if (done) {
        done = database_.run("UPDATE revisions SET state = 'current' WHERE number = ?", number);
    }
    for (const auto& path : changes.erased) {
        if (done) done = database_.run("DELETE FROM objects WHERE path = ?", path);
    }
    for (const auto& path : changes.written) {
        if (done) {
            done = database_.run("INSERT OR REPLACE INTO objects (path, revision) VALUES (?, ?)",
                                 path, number);
        }
    }
    if (done) done = transaction->commit();
    return done;
}

Status ConfigStore::reject(std::uint64_t number, const std::string& reason) {
    return database_.run("UPDATE revisions SET state = 'rejected', reason = ? WHERE number = ?",
                         reason, number);
}

Result<std::optional<Revision>> ConfigStore::fetch_one(Result<Statement> statement) {
    if (!statement) return std::unexpected(std::move(statement.error()));
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::nullopt;
    return Revision{.info = read_info(*statement), .document = statement->text(6)};
}

Result<std::optional<Revision>> ConfigStore::current() {
    return fetch_one(database_.query(
        select(std::string(kInfoColumns) + ", document", "WHERE state = 'current'")));
}

Result<std::optional<Revision>> ConfigStore::fetch(std::uint64_t number) {
    if (number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return fetch_one(database_.query(
        select(std::string(kInfoColumns) + ", document", "WHERE number = ?"), number));
}

Result<std::vector<RevisionInfo>> ConfigStore::list(std::uint64_t before, std::size_t limit) {
    const auto below = before == 0 || before > static_cast<std::uint64_t>(INT64_MAX)
                           ? INT64_MAX
                           : static_cast<std::int64_t>(before);
    auto statement = database_.query(
        select(kInfoColumns, "WHERE number < ? ORDER BY number DESC LIMIT ?"), below, limit);
    if (!statement) return std::unexpected(std::move(statement.error()));
    std::vector<RevisionInfo> out;
    while (true) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return out;
        out.push_back(read_info(*statement));
    }
}

Result<std::map<std::string, std::uint64_t>> ConfigStore::object_revisions() {
    auto statement = database_.query("SELECT path, revision FROM objects");
    if (!statement) return std::unexpected(std::move(statement.error()));
    std::map<std::string, std::uint64_t> out;
    while (true) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return out;
        out.emplace(statement->text(0), static_cast<std::uint64_t>(statement->integer(1)));
    }
}

Result<std::uint64_t> ConfigStore::synced(const std::string& daemon) {
    auto statement = database_.query("SELECT revision FROM daemon_sync WHERE daemon = ?", daemon);
    if (!statement) return std::unexpected(std::move(statement.error()));
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    return *row ? static_cast<std::uint64_t>(statement->integer(0)) : 0;
}

Status ConfigStore::set_synced(const std::string& daemon, std::uint64_t revision) {
    return database_.run("INSERT OR REPLACE INTO daemon_sync (daemon, revision) VALUES (?, ?)",
                         daemon, revision);
}

}  // namespace portcullis::mgmt
