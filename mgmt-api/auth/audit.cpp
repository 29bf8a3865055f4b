// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/auth/audit.hpp"

#include "common/base/log.hpp"
#include "common/base/text.hpp"
#include "mgmt-api/time_text.hpp"

namespace portcullis::mgmt {

void Audit::append(const AuditEntry& entry) {
    const auto done = database_.run(
        "INSERT INTO audit (at, token_id, remote, method, path, status, revision, comment,"
        " trace_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        time_text(entry.at), entry.token_id, entry.remote, entry.method,
        std::string_view(entry.path).substr(0, kMaxPath), entry.status, entry.revision,
        entry.comment, entry.trace_id);
    if (done) return;
    log::component("audit").error("audit_row_lost token={} method={} path=\"{}\" status={} {}",
                                  entry.token_id, entry.method, text::printable(entry.path),
                                  entry.status, done.error().text());
}

Result<std::vector<AuditRow>> Audit::list(std::uint64_t before, std::size_t limit) {
    const auto below = before == 0 || before > static_cast<std::uint64_t>(INT64_MAX)
                           ? INT64_MAX
                           : static_cast<std::int64_t>(before);
    auto statement = database_.query(
        "SELECT id, at, token_id, remote, method, path, status, revision, comment, trace_id"
        " FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?",
        below, limit);
    if (!statement) return std::unexpected(std::move(statement.error()));
    std::vector<AuditRow> out;
    while (true) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return out;
        out.push_back({.id = static_cast<std::uint64_t>(statement->integer(0)),
                       .at = statement->text(1),
                       .entry = {.at = {},
                                 .token_id = statement->text(2),
                                 .remote = statement->text(3),
                                 .method = statement->text(4),
                                 .path = statement->text(5),
                                 .status = static_cast<unsigned>(statement->integer(6)),
                                 .revision = statement->text(7),
                                 .comment = statement->text(8),
                                 .trace_id = statement->text(9)}});
    }
}

}  // namespace portcullis::mgmt
