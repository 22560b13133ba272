// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/store/rows.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace seakeeper::store {

namespace asio = boost::asio;

/// Durable rows behind one thread. Work is a function of Rows; what it captures is copied to that
/// thread. Writes that wait at the same time share one commit, each in a savepoint of its own.
class SEAKEEPER_API Store {
public:
    virtual ~Store() = default;

    /// Runs `work` in a transaction. When this has returned a success it is on disk; a Result that
    /// is an error has left nothing behind. Resumes on the caller's executor.
    template <class Work>
    asio::awaitable<std::invoke_result_t<Work&, Rows&>> write(Work work) {
        return submit<Work>(std::move(work), Kind::write);
    }
    /// Runs `work`, which must not write. It sees only what was committed.
    template <class Work>
    asio::awaitable<std::invoke_result_t<Work&, Rows&>> read(Work work) {
        return submit<Work>(std::move(work), Kind::read);
    }

    /// Copies all that is committed to a new file, while work goes on; on disk when it returns.
    /// Errc::conflict: the file exists.
    virtual asio::awaitable<Status> backup(std::string path) = 0;

protected:
    enum class Kind : std::uint8_t { read, write };
    using Job = std::function<Status(Rows&)>;
    virtual asio::awaitable<Status> run(Job job, Kind kind) = 0;

private:
    template <class Work>
    asio::awaitable<std::invoke_result_t<Work&, Rows&>> submit(Work work, Kind kind) {
        using Value = std::invoke_result_t<Work&, Rows&>;
        // Shared by this frame and the job: the frame may be destroyed while the job is running.
        auto slot = std::make_shared<std::optional<Value>>();
        Job job = [slot, work = std::move(work)](Rows& rows) mutable -> Status {
            slot->emplace(work(rows));
            if (!slot->value()) {
                return slot->value().error();
            }
            return {};
        };
        Status done = co_await run(std::move(job), kind);
        if (!done) {
            co_return done.error();
        }
        co_return std::move(**slot);
    }
};

struct Options {
    std::string path; ///< of the file; its folder exists
    /// Called on the store's thread when a commit could not be made durable. It must not return:
    /// what the kernel has kept of a failed fsync is unknown. Empty: std::abort.
    std::function<void(const Error&)> on_lost_durability;
    /// Called on a thread of its own when a file that was not checked at the start is found
    /// damaged. Empty: std::abort.
    std::function<void(const Error&)> on_damage;
    std::uint64_t checked_at_start = 16U
                                     << 20; ///< bytes; a larger file is checked while it is used
    std::chrono::milliseconds inspection_rest{60'000}; ///< from the start until that begins
};

/// Opens or makes a store: WAL, synchronous=FULL, one connection on a thread of its own, which
/// alone writes and checkpoints (PATH.lock keeps other processes out; open_history() reads beside
/// it); checks the file (quick_check; a large one while it is used) and brings an older schema
/// forward. Errors: Errc::unsupported (written by a newer Seakeeper), Errc::corrupt, Errc::conflict
/// (another process has it open), Errc::io. Blocks: meant for the start of a program. The
/// destructor finishes the work that was submitted; it has to run before the execution contexts of
/// the callers go.
SEAKEEPER_API Result<std::unique_ptr<Store>> open(Options options);

} // namespace seakeeper::store
