// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <string>
#include <utility>

namespace seakeeper::store {

/// Held by the one process that writes a store, as long as it lives; kill -9 gives it back. Readers
/// do not take it.
class ProcessLock final {
public:
    /// Errc::conflict: another process holds it.
    static Result<ProcessLock> take(const std::string& path);

    ProcessLock(ProcessLock&& other) noexcept : file_{std::exchange(other.file_, -1)} {}
    ProcessLock& operator=(ProcessLock&&) = delete;
    ~ProcessLock();

private:
    explicit ProcessLock(int file) : file_{file} {}
    int file_;
};

} // namespace seakeeper::store
