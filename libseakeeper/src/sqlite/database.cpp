// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>

namespace seakeeper::sqlite {
namespace {

Errc errc_of(int code) {
    switch (code & 0xff) {
    case SQLITE_FULL:
        return Errc::quota_exceeded;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return Errc::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CONSTRAINT:
        return Errc::conflict;
    case SQLITE_CANTOPEN:
        return Errc::not_found;
    case SQLITE_TOOBIG:
        return Errc::limit_exceeded;
    default:
        return Errc::io;
    }
}

bool is_lost_durability(int code) {
    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

} // namespace

void Connection::Close::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}

void Connection::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

Connection::~Connection() {
    statements_.clear(); // before the handle, so that closing writes the WAL back
}

Result<Connection> Connection::open(const std::string& path, Mode mode) {
    sqlite3* handle = nullptr;
    const int access = mode == Mode::create     ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                       : mode == Mode::existing ? SQLITE_OPEN_READWRITE
                                                : SQLITE_OPEN_READONLY;
    const int flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    Connection connection{handle};
    if (code != SQLITE_OK) {
        return connection.failure(fmt::format("opening {}", seakeeper::quoted(path)));
    }
    if (mode == Mode::read_only) {
        // The last connection to close would checkpoint, and a reader may be the last.
        sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
    return connection;
}

Error Connection::failure(std::string_view doing) {
    sqlite3* handle = handle_.get();
    const int code = handle == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(handle);
    if (is_lost_durability(code)) {
        has_lost_durability_ = true;
    }
    const char* words = handle == nullptr ? "out of memory" : sqlite3_errmsg(handle);
    return Error{errc_of(code), fmt::format("{}: {} (SQLite {})", doing, words, code)};
}

void Connection::interrupt() {
    sqlite3_interrupt(handle_.get());
}

Status Connection::execute(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return failure(fmt::format("running {}", seakeeper::quoted(sql, 60)));
    }
    return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        sqlite3_stmt* made = nullptr;
        const int code = sqlite3_prepare_v3(
            handle_.get(),
            sql.data(),
            static_cast<int>(sql.size()),
            SQLITE_PREPARE_PERSISTENT,
            &made,
            nullptr
        );
        if (code != SQLITE_OK) {
            return failure(fmt::format("preparing {}", seakeeper::quoted(sql, 60)));
        }
        found = statements_.emplace(sql, made).first;
    }
    return Statement{*this, found->second.get()};
}

Result<std::int64_t> Connection::integer(const std::string& sql) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &made, nullptr) != SQLITE_OK) {
        return failure(fmt::format("asking {}", seakeeper::quoted(sql, 60)));
    }
    const std::unique_ptr<sqlite3_stmt, Finalize> statement{made};
    if (sqlite3_step(made) != SQLITE_ROW) {
        return failure(fmt::format("asking {}", seakeeper::quoted(sql, 60)));
    }
    return sqlite3_column_int64(made, 0);
}

Result<std::string> Connection::text(const std::string& sql) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &made, nullptr) != SQLITE_OK) {
        return failure(fmt::format("asking {}", seakeeper::quoted(sql, 60)));
    }
    const std::unique_ptr<sqlite3_stmt, Finalize> statement{made};
    if (sqlite3_step(made) != SQLITE_ROW) {
        return failure(fmt::format("asking {}", seakeeper::quoted(sql, 60)));
    }
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(made, 0));
    return std::string{bytes == nullptr ? "" : bytes};
}

std::int64_t Connection::last_row_id() const {
    return sqlite3_last_insert_rowid(handle_.get());
}

int Connection::changes() const {
    return sqlite3_changes(handle_.get());
}

bool Connection::is_in_transaction() const {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

bool Connection::has_lost_durability() const {
    return has_lost_durability_;
}

Statement::~Statement() {
    if (handle_ != nullptr) {
        sqlite3_reset(handle_);
        sqlite3_clear_bindings(handle_);
    }
}

Statement& Statement::bind(std::int64_t value) {
    sqlite3_bind_int64(handle_, next_++, value);
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    // A null pointer would bind NULL.
    const char* bytes = text.data() == nullptr ? "" : text.data();
    sqlite3_bind_text64(handle_, next_++, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind_bytes(std::string_view bytes) {
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    sqlite3_bind_blob64(handle_, next_++, data, bytes.size(), SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind(std::optional<std::int64_t> value) {
    if (value) {
        return bind(*value);
    }
    sqlite3_bind_null(handle_, next_++);
    return *this;
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        return false;
    }
    return connection_->failure(
        fmt::format("running {}", seakeeper::quoted(sqlite3_sql(handle_), 60))
    );
}

Status Statement::run() {
    auto stepped = step();
    if (!stepped) {
        return stepped.error();
    }
    return {};
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_, column);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
    if (sqlite3_column_type(handle_, column) == SQLITE_NULL) {
        return std::nullopt;
    }
    return integer(column);
}

std::string Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
    return bytes == nullptr ? std::string{} : std::string{bytes, size};
}

Result<Backup> Backup::begin(Connection& source, const std::string& path) {
    const auto doing = fmt::format("copying the store to {}", seakeeper::quoted(path));
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) {
        return Error{Errc::conflict, doing + ": the file exists"};
    }
    auto target = Connection::open(path);
    if (!target) {
        return target.error().within(doing);
    }
    auto* handle = sqlite3_backup_init(target->handle_.get(), "main", source.handle_.get(), "main");
    if (handle == nullptr) {
        return target->failure(doing);
    }
    return Backup{std::move(*target), handle};
}

Backup::~Backup() {
    if (handle_ != nullptr) {
        sqlite3_backup_finish(handle_);
    }
}

Result<bool> Backup::step(int pages) {
    const int code = sqlite3_backup_step(handle_, pages);
    if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) {
        return false;
    }
    if (code != SQLITE_DONE) {
        return Error{errc_of(code), fmt::format("copying the store: SQLite {}", code)};
    }
    const int finished = sqlite3_backup_finish(std::exchange(handle_, nullptr));
    if (finished != SQLITE_OK) {
        return Error{errc_of(finished), fmt::format("copying the store: SQLite {}", finished)};
    }
    return true;
}

Result<Transaction> Transaction::begin(Connection& connection) {
    if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) {
        return begun.error();
    }
    return Transaction{connection};
}

Transaction::~Transaction() {
    // SQLite has rolled back by itself after some errors.
    if (connection_ != nullptr && connection_->is_in_transaction()) {
        [[maybe_unused]] const auto ended = connection_->execute("ROLLBACK");
    }
}

Status Transaction::commit() {
    auto committed = connection_->execute("COMMIT");
    if (committed) {
        connection_ = nullptr;
    }
    return committed;
}

} // namespace seakeeper::sqlite
