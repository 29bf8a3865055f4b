// SPDX-License-Identifier: BSD-2-Clause
// Audit: who asked for which change, and what came of it. Rows are appended and never changed; the
// store keeps the newest 100,000.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "mgmt-api/store/database.hpp"

namespace portcullis::mgmt {

struct AuditEntry {
    WallTime at{};
    std::string token_id;
    std::string remote;
    std::string method;
    std::string path;
    unsigned status = 0;
    std::string revision;  // the one it made; may be empty
    std::string comment;
    std::string trace_id;
};

struct AuditRow {
    std::uint64_t id = 0;
    std::string at;
    AuditEntry entry;
};

class Audit {
 public:
    // Paths are cut to this many bytes: a request's may be as long as its header section.
    static constexpr std::size_t kMaxPath = 512;

    explicit Audit(Database& database) : database_(database) {}

    // A row that cannot be written is logged instead: the change it tells of has happened.
    void append(const AuditEntry& entry);
    // Newest first, those below `before` (0: all).
    [[nodiscard]] Result<std::vector<AuditRow>> list(std::uint64_t before, std::size_t limit);

 private:
    Database& database_;
};

}  // namespace portcullis::mgmt
