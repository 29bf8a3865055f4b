// SPDX-License-Identifier: BSD-2-Clause
// ConfigStore: the revisions of the configuration document and which of them is current.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "mgmt-api/store/database.hpp"

namespace portcullis::mgmt {

enum class RevisionState : std::uint8_t { Pending, Current, Superseded, Rejected };

[[nodiscard]] std::string_view state_name(RevisionState state);

struct RevisionInfo {
    std::uint64_t number = 0;
    std::string created_at;
    std::string author;  // token id
    std::string comment;
    RevisionState state = RevisionState::Pending;
    std::string reason;  // of a rejected one
};

struct Revision {
    RevisionInfo info;
    std::string document;  // JSON text, with secrets
};

// What a revision changed, by object path: "/trunks/carrier", "/timers".
struct ObjectChanges {
    std::vector<std::string> written;
    std::vector<std::string> erased;
};

// A view on the database, used from its thread. A revision is inserted pending, and becomes current
// or rejected exactly once; going back makes a new revision with the old content.
class ConfigStore {
 public:
    // How many revisions that were current are kept, to go back to; and how many rejected ones, for
    // their reasons. Counted apart: a client that repeats a refused change erases no history.
    static constexpr std::uint64_t kKept = 1000;
    static constexpr std::uint64_t kKeptRejected = 50;

    explicit ConfigStore(Database& database) : database_(database) {}

    // Rejects what a previous run left pending: it never reached its commit point.
    [[nodiscard]] Status reject_interrupted();

    [[nodiscard]] Result<std::uint64_t> insert_pending(const std::string& author,
                                                       const std::string& comment,
                                                       const std::string& document, WallTime now);
    // The number that insert_pending would give out next.
    [[nodiscard]] Result<std::uint64_t> next_number();
    // The commit point: one transaction.
    [[nodiscard]] Status make_current(std::uint64_t number, const ObjectChanges& changes);
    [[nodiscard]] Status reject(std::uint64_t number, const std::string& reason);

    [[nodiscard]] Result<std::optional<Revision>> current();
    [[nodiscard]] Result<std::optional<Revision>> fetch(std::uint64_t number);
    // Newest first, those below `before` (0: all).
    [[nodiscard]] Result<std::vector<RevisionInfo>> list(std::uint64_t before, std::size_t limit);
    // The revision that last wrote each object of the current document.
    [[nodiscard]] Result<std::map<std::string, std::uint64_t>> object_revisions();

    // The revision that a daemon last confirmed to this store; 0: none ever.
    [[nodiscard]] Result<std::uint64_t> synced(const std::string& daemon);
    [[nodiscard]] Status set_synced(const std::string& daemon, std::uint64_t revision);

 private:
    [[nodiscard]] Status prune(RevisionState state, std::uint64_t kept);
    [[nodiscard]] Result<std::optional<Revision>> fetch_one(Result<Statement> statement);

    Database& database_;
};

}  // namespace portcullis::mgmt
