// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sqlite/database.hpp"

#include <seakeeper/core/result.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

namespace seakeeper::store {

/// Errc::corrupt where the file does not hold together. Reads all of it.
Status check_file(sqlite::Connection& connection);

/// Checks a file on a thread of its own, beside those who use it: it reads ten seconds for each
/// gigabyte of a slow disk.
class Inspection final {
public:
    /// `connection` only reads. `on_damage` is called on the thread. Begins after `rest`: a process
    /// that is started again and again has other things to do, and reading holds up checkpoints.
    Inspection(
        sqlite::Connection connection,
        std::function<void(const Error&)> on_damage,
        std::chrono::milliseconds rest
    );
    Inspection(const Inspection&) = delete;
    Inspection& operator=(const Inspection&) = delete;
    /// Breaks it off.
    ~Inspection();

private:
    void run(std::chrono::milliseconds rest);

    sqlite::Connection connection_;
    std::function<void(const Error&)> on_damage_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<bool> is_stopping_ = false;
    std::atomic<bool> is_over_ = false;
    std::thread thread_; // last: uses all of the above
};

} // namespace seakeeper::store
