// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

struct sqlite3;
struct sqlite3_backup;
struct sqlite3_stmt;

// SQLite as the store needs it: a connection and its statements, owned. This folder is the only one
// that includes sqlite3.h.
namespace seakeeper::sqlite {

class Statement;

/// One connection, used from one thread at a time.
class Connection final {
public:
    enum class Mode : std::uint8_t {
        create,
        existing,
        read_only, ///< also beside the process that writes: never writes, never checkpoints
    };

    /// Errc::io, Errc::not_found, or Errc::corrupt when the file is not a database.
    static Result<Connection> open(const std::string& path, Mode mode = Mode::create);

    Connection(Connection&&) noexcept = default;
    Connection& operator=(Connection&&) noexcept = default;
    ~Connection();

    /// Statements without parameters or rows.
    Status execute(const std::string& sql);
    /// A statement from the cache of this connection, reset. `sql` lives for ever (a literal). The
    /// same text must not be in use twice at a time.
    Result<Statement> prepare(std::string_view sql);
    /// The one value of a query (PRAGMA and the like).
    Result<std::int64_t> integer(const std::string& sql);
    Result<std::string> text(const std::string& sql);
    std::int64_t last_row_id() const;
    /// Rows that the last statement changed.
    int changes() const;
    bool is_in_transaction() const;
    /// Ends the statement that runs now with an error. From any thread.
    void interrupt();
    /// True once a sync of the file has failed: what is on disk is not known any more.
    bool has_lost_durability() const;

private:
    friend class Statement;
    friend class Backup;
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    explicit Connection(sqlite3* handle) : handle_{handle} {}
    Error failure(std::string_view doing);

    std::unique_ptr<sqlite3, Close> handle_;
    std::unordered_map<std::string_view, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
    bool has_lost_durability_ = false;
};

/// A prepared statement while it is used: bind, step, read. Resets itself when it goes.
class Statement final {
public:
    Statement(Statement&& other) noexcept
        : connection_{other.connection_}, handle_{std::exchange(other.handle_, nullptr)},
          next_{other.next_} {}
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    /// Binds the next parameter, from the left.
    Statement& bind(std::int64_t value);
    Statement& bind(std::string_view text);
    Statement& bind_bytes(std::string_view bytes);
    Statement& bind(std::optional<std::int64_t> value);

    /// True: there is a row.
    Result<bool> step();
    /// For statements that give no rows.
    Status run();

    std::int64_t integer(int column) const;
    std::optional<std::int64_t> optional_integer(int column) const;
    std::string text(int column) const;

private:
    friend class Connection;
    Statement(Connection& connection, sqlite3_stmt* handle)
        : connection_{&connection}, handle_{handle} {}

    Connection* connection_;
    sqlite3_stmt* handle_;
    int next_ = 1;
};

/// A copy of a database that is made in steps, between which the source may be written to by its
/// own connection. On the thread of the source.
class Backup final {
public:
    /// Errc::conflict: the file exists.
    static Result<Backup> begin(Connection& source, const std::string& path);
    Backup(Backup&& other) noexcept
        : target_{std::move(other.target_)}, handle_{std::exchange(other.handle_, nullptr)} {}
    Backup& operator=(Backup&&) = delete;
    ~Backup();

    /// Copies some pages. True: it is complete, and synced.
    Result<bool> step(int pages);

private:
    Backup(Connection target, sqlite3_backup* handle)
        : target_{std::move(target)}, handle_{handle} {}
    Connection target_;
    sqlite3_backup* handle_;
};

/// Rolled back unless committed.
class Transaction final {
public:
    static Result<Transaction> begin(Connection& connection);
    Transaction(Transaction&& other) noexcept
        : connection_{std::exchange(other.connection_, nullptr)} {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    Status commit();

private:
    explicit Transaction(Connection& connection) : connection_{&connection} {}
    Connection* connection_;
};

} // namespace seakeeper::sqlite
