// SPDX-License-Identifier: Apache-2.0
#include "store/process_lock.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace seakeeper::store {

Result<ProcessLock> ProcessLock::take(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return Error{Errc::io, fmt::format("opening {}: {}", path, std::strerror(errno))};
    }
    ProcessLock lock{file};
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        const bool is_held = errno == EWOULDBLOCK;
        return Error{
            is_held ? Errc::conflict : Errc::io,
            fmt::format("locking {}: {}", path, is_held ? "it is held" : std::strerror(errno))};
    }
    return lock;
}

ProcessLock::~ProcessLock() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

} // namespace seakeeper::store
