// SPDX-License-Identifier: Apache-2.0
#include "ssh/exec.hpp"

#include <algorithm>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace seakeeper::ssh {

Wake::Wake() : fd_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (fd_ < 0) {
        throw Exception{Error{Errc::io, "creating an event descriptor: no descriptor left"}};
    }
}

Wake::~Wake() {
    close(fd_);
}

void Wake::poke() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Wake::stop() noexcept {
    is_stopped_ = true;
    poke();
}

void Wake::wait(SteadyTime until) noexcept {
    using namespace std::chrono;
    const auto left = ceil<milliseconds>(until - steady_clock::now()).count();
    pollfd watched{fd_, POLLIN, 0};
    if (!is_stopped_
        && poll(&watched, 1, static_cast<int>(std::clamp<long>(left, 0, 1 << 30))) > 0) {
        drain();
    }
}

void Wake::drain() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(fd_, &count, sizeof count);
}

} // namespace seakeeper::ssh
