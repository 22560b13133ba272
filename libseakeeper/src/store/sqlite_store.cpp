// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.hpp"
#include "store/inspection.hpp"
#include "store/process_lock.hpp"
#include "store/schema.hpp"
#include "store/sqlite_rows.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/store/store.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

namespace seakeeper::store {
namespace {

/// A megabyte: a few milliseconds in which nothing else is done.
constexpr int pages_at_once = 256;

using Completion = asio::any_completion_handler<void(Status)>;

class SqliteStore final : public Store {
public:
    SqliteStore(
        ProcessLock lock,
        std::unique_ptr<sqlite::Connection> connection,
        std::unique_ptr<Inspection> inspection,
        Options options
    )
        : options_{std::move(options)}, lock_{std::move(lock)}, connection_{std::move(connection)},
          rows_{*connection_}, inspection_{std::move(inspection)}, thread_{[this] { serve(); }} {}

    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;

    ~SqliteStore() override {
        {
            const std::lock_guard lock{mutex_};
            is_stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }

    asio::awaitable<Status> backup(std::string path) override {
        auto copy = std::make_shared<std::optional<sqlite::Backup>>();
        auto begin = [this, copy, path](Rows&) -> Status {
            auto begun = sqlite::Backup::begin(*connection_, path);
            if (!begun) {
                return begun.error();
            }
            copy->emplace(std::move(*begun));
            return {};
        };
        auto step = [copy](Rows&) -> Result<bool> {
            auto stepped = (*copy)->step(pages_at_once);
            if (!stepped || *stepped) {
                copy->reset(); // on this thread
            }
            return stepped;
        };
        auto begun = co_await read(begin);
        if (!begun) {
            co_return begun;
        }
        for (;;) { // other work comes in between
            auto is_complete = co_await read(step);
            if (!is_complete) {
                co_return is_complete.error();
            }
            if (*is_complete) {
                co_return Status{};
            }
        }
    }

protected:
    asio::awaitable<Status> run(Job job, Kind kind) override {
        auto executor = co_await asio::this_coro::executor;
        auto initiate = [this](auto handler, asio::any_io_executor on, Job what, Kind how) {
            enqueue(Pending{
                std::move(what), how, Completion{std::move(handler)}, asio::make_work_guard(on), {}}
            );
        };
        auto status = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Status)>(
            std::move(initiate), asio::use_awaitable, executor, std::move(job), kind
        );
        co_return status;
    }

private:
    struct Pending {
        Job job;
        Kind kind;
        Completion completion;
        asio::executor_work_guard<asio::any_io_executor> work;
        Status status;
    };

    void enqueue(Pending pending) {
        {
            const std::lock_guard lock{mutex_};
            queue_.push_back(std::move(pending));
        }
        wake_.notify_one();
    }

    /// The store's thread: takes all that waits, and commits it at once.
    void serve() {
        for (;;) {
            std::deque<Pending> batch;
            {
                std::unique_lock lock{mutex_};
                wake_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
                if (queue_.empty()) {
                    return;
                }
                batch.swap(queue_);
            }
            // Reads first, and answered first: they see only what was committed, and nobody may
            // hear of a later write before them.
            for (auto& pending : batch) {
                if (pending.kind == Kind::read) {
                    pending.status = perform(pending.job);
                    complete(pending);
                }
            }
            write_all(batch);
            die_if_durability_is_lost();
            for (auto& pending : batch) {
                if (pending.kind == Kind::write) {
                    complete(pending);
                }
            }
        }
    }

    Status perform(Job& job) {
        try {
            return job(rows_);
        } catch (const std::exception& thrown) {
            return Error{Errc::io, fmt::format("working on the store: {}", thrown.what())};
        }
    }

    void write_all(std::deque<Pending>& batch) {
        const auto is_write = [](const Pending& pending) { return pending.kind == Kind::write; };
        if (std::none_of(batch.begin(), batch.end(), is_write)) {
            return;
        }
        auto ended = write_in_transaction(batch);
        if (ended) {
            return;
        }
        for (auto& pending : batch) {
            if (is_write(pending) && pending.status) {
                pending.status = Status{ended.error()};
            }
        }
    }

    Status write_in_transaction(std::deque<Pending>& batch) {
        auto transaction = sqlite::Transaction::begin(*connection_);
        if (!transaction) {
            return transaction.error();
        }
        for (auto& pending : batch) {
            if (pending.kind == Kind::read) {
                continue;
            }
            if (auto kept = write_one(pending); !kept) {
                return kept;
            }
        }
        return transaction->commit();
    }

    /// An error: the whole transaction is gone.
    Status write_one(Pending& pending) {
        if (auto set = connection_->execute("SAVEPOINT job"); !set) {
            return set;
        }
        pending.status = perform(pending.job);
        if (!connection_->is_in_transaction()) { // SQLite rolled back by itself: disk full, I/O
            return pending.status ? Status{Error{Errc::io, "writing to the store: rolled back"}}
                                  : pending.status;
        }
        if (!pending.status) {
            if (auto undone = connection_->execute("ROLLBACK TO job"); !undone) {
                return undone;
            }
        }
        return connection_->execute("RELEASE job");
    }

    void die_if_durability_is_lost() {
        if (!connection_->has_lost_durability()) {
            return;
        }
        const Error error{Errc::io, "syncing the store: the disk failed; what was kept is unknown"};
        if (options_.on_lost_durability) {
            options_.on_lost_durability(error);
        }
        std::abort();
    }

    static void complete(Pending& pending) {
        auto executor = pending.work.get_executor();
        asio::post(
            executor,
            [completion = std::move(pending.completion),
             status = std::move(pending.status),
             work = std::move(pending.work)]() mutable { std::move(completion)(std::move(status)); }
        );
    }

    Options options_;
    ProcessLock lock_; // before the connection: given back after it is closed
    std::unique_ptr<sqlite::Connection> connection_;
    SqliteRows rows_;
    std::unique_ptr<Inspection> inspection_; ///< of a large file
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Pending> queue_;
    bool is_stopping_ = false;
    std::thread thread_; // last: uses all of the above
};

/// Shared with readers (open_history), which never write or checkpoint; ProcessLock keeps other
/// writers out. Not mapped: the file is only ever read through the page cache of SQLite.
constexpr const char* settings =
    "PRAGMA busy_timeout = 2000; PRAGMA locking_mode = NORMAL; PRAGMA mmap_size = 0; "
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
    "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; "
    "PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 67108864; "
    "PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -8192";

Status prepare(sqlite::Connection& connection) {
    if (auto set = connection.execute(settings); !set) {
        return set;
    }
    auto mode = connection.text("PRAGMA journal_mode");
    if (!mode) {
        return mode.error();
    }
    if (*mode != "wal") {
        return Error{Errc::io, fmt::format("switching to WAL: the file stays in {}", *mode)};
    }
    if (auto forward = bring_forward(connection); !forward) {
        return forward;
    }
    return {};
}

/// Beside the store where it would take long.
Result<std::unique_ptr<Inspection>> check(sqlite::Connection& connection, const Options& options) {
    std::error_code fault;
    const auto size = std::filesystem::file_size(options.path, fault);
    if (fault || size <= options.checked_at_start) {
        auto checked = check_file(connection);
        return checked ? Result<std::unique_ptr<Inspection>>{nullptr} : checked.error();
    }
    auto reader = sqlite::Connection::open(options.path, sqlite::Connection::Mode::read_only);
    if (!reader) {
        return reader.error();
    }
    auto on_damage = [then = options.on_damage](const Error& error) {
        if (then) {
            then(error);
        } else {
            std::abort();
        }
    };
    return std::make_unique<Inspection>(
        std::move(*reader), std::move(on_damage), options.inspection_rest
    );
}

} // namespace

Result<std::unique_ptr<Store>> open(Options options) {
    const auto doing = fmt::format("opening store {}", seakeeper::quoted(options.path));
    auto lock = ProcessLock::take(options.path + ".lock");
    if (!lock) {
        return lock.error().is(Errc::conflict)
                   ? Error{Errc::conflict, doing + ": another process has it open"}
                   : lock.error().within(doing);
    }
    auto opened = sqlite::Connection::open(options.path);
    if (!opened) {
        return opened.error().within(doing);
    }
    auto connection = std::make_unique<sqlite::Connection>(std::move(*opened));
    if (auto ready = prepare(*connection); !ready) {
        if (ready.error().is(Errc::conflict)) {
            return Error{Errc::conflict, doing + ": another process has it open"};
        }
        return ready.error().within(doing);
    }
    auto inspection = check(*connection, options);
    if (!inspection) {
        return inspection.error().within(doing);
    }
    return std::unique_ptr<Store>{std::make_unique<SqliteStore>(
        std::move(*lock), std::move(connection), std::move(*inspection), std::move(options)
    )};
}

} // namespace seakeeper::store
