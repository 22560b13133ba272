// SPDX-License-Identifier: Apache-2.0
#include "ssh/tcp.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace seakeeper::ssh {
namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

/// 0, or the errno of the failed connection; ETIMEDOUT and ECANCELED are ours.
int await_connected(int socket, Wake& wake, Deadline until) {
    using namespace std::chrono;
    while (!wake.is_stopped()) {
        const auto left = ceil<milliseconds>(until.time() - steady_clock::now()).count();
        if (left <= 0) {
            return ETIMEDOUT;
        }
        std::array<pollfd, 2> watched{pollfd{socket, POLLOUT, 0}, pollfd{wake.fd(), POLLIN, 0}};
        poll(watched.data(), watched.size(), static_cast<int>(std::min<long>(left, 1 << 30)));
        if (watched[1].revents != 0) {
            wake.drain();
        }
        if (watched[0].revents != 0) {
            int fault = 0;
            socklen_t size = sizeof fault;
            getsockopt(socket, SOL_SOCKET, SO_ERROR, &fault, &size);
            return fault;
        }
    }
    return ECANCELED;
}

/// The socket, or minus an errno.
int connect_one(const addrinfo& address, Wake& wake, Deadline until) {
    const int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    const int socket = ::socket(address.ai_family, type, address.ai_protocol);
    if (socket < 0) {
        return -errno;
    }
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    int fault = 0;
    if (::connect(socket, address.ai_addr, address.ai_addrlen) != 0) {
        fault = errno == EINPROGRESS ? await_connected(socket, wake, until) : errno;
    }
    if (fault != 0) {
        close(socket);
        return -fault;
    }
    return socket;
}

Error refused(const std::string& host, std::uint16_t port, int fault) {
    const Errc errc = fault == ECANCELED   ? Errc::cancelled
                      : fault == ETIMEDOUT ? Errc::timed_out
                                           : Errc::unavailable;
    return {
        errc,
        fmt::format(
            "connecting to {}:{}: {}", quoted(host), port, std::generic_category().message(fault)
        )};
}

} // namespace

Result<int> connect_tcp(const std::string& host, std::uint16_t port, Wake& wake, Deadline until) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int fault = getaddrinfo(host.c_str(), fmt::format("{}", port).c_str(), &hints, &list);
        fault != 0) {
        return Error{
            Errc::unavailable,
            fmt::format("connecting to {}: {}", quoted(host), gai_strerror(fault))};
    }
    const std::unique_ptr<addrinfo, FreeAddresses> owner{list};
    int last = -EHOSTUNREACH;
    for (const auto* one = list; one != nullptr; one = one->ai_next) {
        last = connect_one(*one, wake, until);
        if (last >= 0) {
            return last;
        }
        if (last == -ECANCELED) {
            break;
        }
    }
    return refused(host, port, -last);
}

} // namespace seakeeper::ssh
