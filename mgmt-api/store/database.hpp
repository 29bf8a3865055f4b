// SPDX-License-Identifier: BSD-2-Clause
// Database, Statement, Transaction: SQLite under RAII and Result<T>.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace portcullis::mgmt {

// The category of SQLite's own result codes.
[[nodiscard]] const std::error_category& sqlite_category();

// One prepared and bound statement; it must not outlive its Database.
class Statement {
 public:
    // True: a row is there to be read; false: done.
    [[nodiscard]] Result<bool> step();
    // Columns of the current row, from 0; NULL reads as 0 or empty.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;

 private:
    friend class Database;
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    [[nodiscard]] bool bind(int index, std::int64_t value);
    [[nodiscard]] bool bind(int index, std::string_view value);

    std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

// One connection, in WAL mode, every commit on disk before it returns. Used from one thread.
class Database {
 public:
    // Opens or creates the file, readable by its owner only.
    [[nodiscard]] static Result<Database> open(const std::filesystem::path& path);

    // Prepares `sql` and binds its parameters (integers and text) in order.
    template <class... Args>
    [[nodiscard]] Result<Statement> query(std::string_view sql, const Args&... args) {
        auto statement = prepare(sql);
        if (!statement) return statement;
        int index = 0;
        if (!(bind_one(*statement, ++index, args) && ...)) return last_error(sql);
        return statement;
    }
    // The same for a statement without rows, carried out.
    template <class... Args>
    [[nodiscard]] Status run(std::string_view sql, const Args&... args) {
        auto statement = query(sql, args...);
        if (!statement) return std::unexpected(std::move(statement.error()));
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        return {};
    }
    // Several statements without parameters or rows.
    [[nodiscard]] Status run_script(const std::string& sql);
    [[nodiscard]] std::int64_t last_insert_id() const;

 private:
    struct Closer {
        void operator()(sqlite3* handle) const;
    };
    explicit Database(sqlite3* handle) : handle_(handle) {}
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    [[nodiscard]] std::unexpected<Error> last_error(std::string_view what) const;

    template <class T>
    static bool bind_one(Statement& statement, int index, const T& value) {
        if constexpr (std::is_integral_v<T>) {
            return statement.bind(index, static_cast<std::int64_t>(value));
        } else {
            return statement.bind(index, std::string_view(value));
        }
    }

    std::unique_ptr<sqlite3, Closer> handle_;
};

// Rolls back on destruction unless commit() succeeded.
class Transaction {
 public:
    [[nodiscard]] static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept
        : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    [[nodiscard]] Status commit();

 private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;  // nullptr: nothing left to roll back
};

}  // namespace portcullis::mgmt
