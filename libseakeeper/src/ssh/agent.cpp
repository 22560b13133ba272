// SPDX-License-Identifier: Apache-2.0
#include "ssh/agent.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace seakeeper::ssh {
namespace {

constexpr std::size_t largest_message = 256 * 1024; // OpenSSH: AGENT_MAX_LEN
constexpr char identities_request = 11;
constexpr char identities_answer = 12;

std::string number(std::size_t value) {
    const auto byte = [&](int shift) { return static_cast<char>((value >> shift) & 0xFF); };
    return {byte(24), byte(16), byte(8), byte(0)};
}

std::uint32_t number_of(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char c : bytes.substr(0, 4)) {
        value = (value << 8) | static_cast<unsigned char>(c);
    }
    return value;
}

/// Takes a length and as many bytes off the front.
std::optional<std::string_view> take(std::string_view& rest) {
    if (rest.size() < 4 || rest.size() - 4 < number_of(rest)) {
        return std::nullopt;
    }
    const auto text = rest.substr(4, number_of(rest));
    rest.remove_prefix(4 + text.size());
    return text;
}

bool receive(int fd, char* bytes, std::size_t size) {
    while (size > 0) {
        const auto got = read(fd, bytes, size);
        if (got <= 0) {
            return false;
        }
        bytes += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

std::optional<std::string> receive_message(int fd) {
    char head[4];
    if (!receive(fd, head, sizeof head)) {
        return std::nullopt;
    }
    const auto size = number_of({head, sizeof head});
    if (size == 0 || size > largest_message) {
        return std::nullopt;
    }
    std::string body(size, '\0');
    if (!receive(fd, body.data(), size)) {
        return std::nullopt;
    }
    return body;
}

bool send_message(int fd, std::string_view body) {
    std::string bytes = number(body.size());
    bytes += body;
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto now = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (now <= 0) {
            return false;
        }
        sent += static_cast<std::size_t>(now);
    }
    return true;
}

/// The agent's socket, or -1.
int connect_agent() {
    const char* path = std::getenv("SSH_AUTH_SOCK");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) {
        return -1;
    }
    std::strcpy(address.sun_path, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        return fd;
    }
    close(fd);
    return -1;
}

} // namespace

std::string only_identity(std::string_view answer, std::string_view blob) {
    std::string none = identities_answer + number(0);
    if (answer.size() < 5 || answer[0] != identities_answer) {
        return none;
    }
    const auto count = number_of(answer.substr(1));
    auto rest = answer.substr(5);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto key = take(rest);
        const auto comment = take(rest);
        if (!key || !comment) {
            return none;
        }
        if (*key == blob) {
            std::string one = identities_answer + number(1) + number(key->size());
            one.append(*key).append(number(comment->size())).append(*comment);
            return one;
        }
    }
    return none;
}

Result<std::unique_ptr<OneKeyAgent>> OneKeyAgent::start(std::string blob) {
    std::unique_ptr<OneKeyAgent> agent{new OneKeyAgent};
    agent->blob_ = std::move(blob);
    agent->agent_ = connect_agent();
    if (agent->agent_ < 0) {
        return Error{Errc::unavailable, "logging in by the agent: SSH_AUTH_SOCK names none"};
    }
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return Error{Errc::io, "logging in by the agent: no descriptor left"};
    }
    agent->client_ = ends[0];
    agent->server_ = ends[1];
    agent->thread_ = std::thread{[self = agent.get()] { self->serve(); }};
    return agent;
}

OneKeyAgent::~OneKeyAgent() {
    if (thread_.joinable()) {
        shutdown(server_, SHUT_RDWR);
        shutdown(agent_, SHUT_RDWR);
        thread_.join();
    }
    for (const int fd : {client_, server_, agent_}) {
        if (fd >= 0) {
            close(fd);
        }
    }
}

int OneKeyAgent::release_client() noexcept {
    return std::exchange(client_, -1);
}

void OneKeyAgent::serve() {
    while (const auto request = receive_message(server_)) {
        if (!send_message(agent_, *request)) {
            break;
        }
        const auto answer = receive_message(agent_);
        if (!answer) {
            break;
        }
        const bool is_list = (*request)[0] == identities_request;
        if (!send_message(server_, is_list ? only_identity(*answer, blob_) : *answer)) {
            break;
        }
    }
    shutdown(server_, SHUT_RDWR);
}

} // namespace seakeeper::ssh
