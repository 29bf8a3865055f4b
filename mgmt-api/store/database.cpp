// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/store/database.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

namespace portcullis::mgmt {

namespace {

class SqliteCategory final : public std::error_category {
 public:
    [[nodiscard]] const char* name() const noexcept override { return "sqlite"; }
    [[nodiscard]] std::string message(int code) const override { return sqlite3_errstr(code); }
};

}  // namespace

const std::error_category& sqlite_category() {
    static const SqliteCategory category;
    return category;
}

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return fail(std::error_code(code, sqlite_category()),
                sqlite3_errmsg(sqlite3_db_handle(statement_.get())));
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
}

bool Statement::bind(int index, std::int64_t value) {
    return sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK;
}

bool Statement::bind(int index, std::string_view value) {
    // SQLITE_TRANSIENT without the C cast of its macro: SQLite copies the text at once.
    const auto copy = reinterpret_cast<sqlite3_destructor_type>(static_cast<std::intptr_t>(-1));
    return sqlite3_bind_text64(statement_.get(), index, value.data(), value.size(), copy,
                               SQLITE_UTF8) == SQLITE_OK;
}

void Database::Closer::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<Database> Database::open(const std::filesystem::path& path) {
    sqlite3* handle = nullptr;
    // The journal files inherit the mode of the database, which holds secrets.
    const mode_t old_mask = ::umask(0077);
    const int code =
        sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    Database database(handle);
    Status ready;
    if (code == SQLITE_OK) {
        sqlite3_extended_result_codes(handle, 1);
        // Another process writes at most a token: whoever waits longer is stuck, and so would be
        // we.
        sqlite3_busy_timeout(handle, 250);
        ready = database.run_script(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            "PRAGMA trusted_schema=OFF;");
    }
    ::umask(old_mask);
    if (code != SQLITE_OK) {
        return fail(std::error_code(code, sqlite_category()), path.string());
    }
    if (!ready) return std::unexpected(std::move(ready.error()));
    return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        &statement, nullptr);
    if (code != SQLITE_OK) return last_error(sql);
    return Statement(statement);
}

Status Database::run_script(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return last_error("script");
    }
    return {};
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

std::unexpected<Error> Database::last_error(std::string_view what) const {
    return fail(
        std::error_code(sqlite3_extended_errcode(handle_.get()), sqlite_category()),
        std::string(sqlite3_errmsg(handle_.get())) + " in " + std::string(what.substr(0, 60)));
}

Result<Transaction> Transaction::begin(Database& database) {
    const auto begun = database.run("BEGIN IMMEDIATE");
    if (!begun) return std::unexpected(begun.error());
    return Transaction(database);
}

Transaction::~Transaction() {
    if (database_ == nullptr) return;
    // A failed rollback leaves nothing to do: SQLite has rolled back by itself then.
    const auto ignored = database_->run("ROLLBACK");
    static_cast<void>(ignored);
}

Status Transaction::commit() {
    auto done = database_->run("COMMIT");
    if (done) database_ = nullptr;
    return done;
}

}  // namespace portcullis::mgmt
