// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <fstream>

namespace seakeeper::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using Parser = beast::http::request_parser<beast::http::empty_body>;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0
                               && hex_value(text[i + 2]) >= 0;
        if (is_escape) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

Question question_of(std::string_view target, std::string_view authorization) {
    Question question;
    question.authorization = authorization;
    const auto mark = target.find('?');
    question.path = decoded(target.substr(0, mark));
    std::string_view rest = mark == target.npos ? std::string_view{} : target.substr(mark + 1);
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto pair = rest.substr(0, end);
        const auto equals = std::min(pair.find('='), pair.size());
        const auto value = pair.substr(std::min(equals + 1, pair.size()));
        question.query.emplace_back(decoded(pair.substr(0, equals)), decoded(value));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return question;
}

bool is_sound(const std::string& path) {
    return path.starts_with('/') && path.find('\0') == path.npos && path.find("/../") == path.npos
           && !path.ends_with("/..");
}

Answer plain(int status, std::string_view text) {
    Answer answer;
    answer.status = status;
    answer.body = fmt::format("{}\n", text);
    return answer;
}

std::string header_of(const Answer& answer, std::uint64_t length) {
    return fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n"
        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
        "Content-Security-Policy: default-src 'none'\r\n\r\n",
        answer.status,
        std::string_view{
            beast::http::obsolete_reason(static_cast<beast::http::status>(answer.status))},
        answer.content_type,
        length
    );
}

/// Shared by the listener and the connections that outlive it for a moment.
struct Shared {
    Answers answers;
    ServerLimits limits;
    std::size_t open = 0;
};

class Connection {
public:
    Connection(tcp::socket socket, std::shared_ptr<Shared> shared)
        : socket_{std::move(socket)}, alarm_{socket_.get_executor()}, shared_{std::move(shared)} {
        ++shared_->open;
    }
    ~Connection() { --shared_->open; }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    asio::awaitable<void> run() {
        rewind();
        const bool is_read = co_await read_request();
        if (is_read) {
            co_await respond();
        }
        boost::system::error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_both, ignored);
    }

private:
    /// Gives the peer its time again; a silent one is closed.
    void rewind() {
        alarm_.expires_after(std::chrono::seconds{shared_->limits.seconds});
        alarm_.async_wait([this](const boost::system::error_code& fault) {
            if (!fault) {
                socket_.close();
            }
        });
    }

    /// False: the peer went, or sent what is not HTTP.
    asio::awaitable<bool> read_request() {
        parser_.header_limit(static_cast<std::uint32_t>(shared_->limits.header_bytes));
        std::array<char, 4096> chunk{};
        const asio::mutable_buffer view = asio::buffer(chunk);
        while (!parser_.is_header_done()) {
            auto [fault, count] = co_await socket_.async_read_some(view, as_tuple);
            if (fault || received_.size() + count > shared_->limits.header_bytes) {
                co_return false;
            }
            received_.append(chunk.data(), count);
            boost::system::error_code wrong;
            const auto used = parser_.put(asio::buffer(received_), wrong);
            received_.erase(0, used);
            if (wrong && wrong != beast::http::error::need_more) {
                co_return false;
            }
        }
        co_return true;
    }

    Answer answer() const {
        const auto method = parser_.get().method();
        if (method != beast::http::verb::get && method != beast::http::verb::head) {
            return plain(405, "only GET and HEAD are answered here");
        }
        const auto target = parser_.get().target();
        const auto authorization = parser_.get()[beast::http::field::authorization];
        const Question question = question_of(
            {target.data(), target.size()}, {authorization.data(), authorization.size()}
        );
        return is_sound(question.path) ? shared_->answers(question) : plain(400, "not a path");
    }

    asio::awaitable<void> respond() {
        Answer reply = answer();
        std::ifstream file;
        std::uint64_t length = reply.body.size();
        if (!reply.file.empty()) {
            file.open(reply.file, std::ios::binary | std::ios::ate);
            if (file) {
                length = static_cast<std::uint64_t>(file.tellg());
                file.seekg(0);
            } else {
                reply = plain(404, "not found");
                length = reply.body.size();
            }
        }
        std::string out = header_of(reply, length);
        const bool has_body = parser_.get().method() != beast::http::verb::head;
        if (has_body && !file.is_open()) {
            out += reply.body;
        }
        bool is_sent = co_await send(out);
        std::array<char, 65536> chunk{};
        while (is_sent && has_body && file.is_open() && length > 0) {
            file.read(
                chunk.data(),
                static_cast<std::streamsize>(std::min<std::uint64_t>(length, chunk.size()))
            );
            if (file.gcount() == 0) {
                break;
            }
            length -= static_cast<std::uint64_t>(file.gcount());
            out.assign(chunk.data(), static_cast<std::size_t>(file.gcount()));
            is_sent = co_await send(out);
        }
    }

    asio::awaitable<bool> send(const std::string& bytes) {
        rewind();
        const asio::const_buffer view = asio::buffer(bytes);
        auto [fault, count] = co_await asio::async_write(socket_, view, as_tuple);
        co_return !fault && count == bytes.size();
    }

    tcp::socket socket_;
    asio::steady_timer alarm_;
    std::shared_ptr<Shared> shared_;
    Parser parser_;
    std::string received_;
};

asio::awaitable<void> attend(std::shared_ptr<Connection> connection) {
    co_await connection->run();
}

asio::awaitable<void>
accept_all(std::shared_ptr<tcp::acceptor> acceptor, std::shared_ptr<Shared> shared) {
    while (acceptor->is_open()) {
        tcp::socket socket{acceptor->get_executor()};
        auto [fault] = co_await acceptor->async_accept(socket, as_tuple);
        if (fault == asio::error::operation_aborted) {
            break;
        }
        if (fault || shared->open >= shared->limits.connections) {
            continue;
        }
        auto connection = std::make_shared<Connection>(std::move(socket), shared);
        auto conversation = attend(connection);
        // A connection that breaks concerns its peer alone.
        asio::co_spawn(acceptor->get_executor(), std::move(conversation), [](std::exception_ptr) {
        });
    }
}

Result<tcp::endpoint> endpoint_of(std::string_view address) {
    const auto colon = address.rfind(':');
    std::uint16_t port = 0;
    if (colon != address.npos) {
        std::string_view host = address.substr(0, colon);
        const auto digits = address.substr(colon + 1);
        const auto [end, wrong] =
            std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (host.starts_with('[') && host.ends_with(']')) {
            host = host.substr(1, host.size() - 2);
        }
        boost::system::error_code fault;
        const auto ip = asio::ip::make_address(host, fault);
        if (!fault && wrong == std::errc{} && end == digits.data() + digits.size()) {
            return tcp::endpoint{ip, port};
        }
    }
    return Error{
        Errc::invalid_argument,
        fmt::format(
            "listening on {}: not an address; write \"127.0.0.1:8083\" or \"[::1]:8083\"",
            quoted(address)
        )};
}

class Listener final : public Server {
public:
    explicit Listener(std::shared_ptr<tcp::acceptor> acceptor) : acceptor_{std::move(acceptor)} {}
    ~Listener() override {
        boost::system::error_code ignored;
        acceptor_->close(ignored);
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    std::uint16_t port() const override { return acceptor_->local_endpoint().port(); }

private:
    std::shared_ptr<tcp::acceptor> acceptor_; // shared with the coroutine that accepts
};

} // namespace

std::string_view Question::value(std::string_view name) const {
    for (const auto& [key, text] : query) {
        if (key == name) {
            return text;
        }
    }
    return {};
}

Result<std::unique_ptr<Server>> serve(
    asio::any_io_executor executor, std::string_view address, Answers answers, ServerLimits limits
) {
    const auto endpoint = endpoint_of(address);
    if (!endpoint) {
        return endpoint.error();
    }
    auto acceptor = std::make_shared<tcp::acceptor>(executor);
    boost::system::error_code fault;
    acceptor->open(endpoint->protocol(), fault);
    acceptor->set_option(tcp::acceptor::reuse_address{true}, fault);
    acceptor->bind(*endpoint, fault);
    if (!fault) {
        acceptor->listen(asio::socket_base::max_listen_connections, fault);
    }
    if (fault) {
        return Error{Errc::io, fmt::format("listening on {}: {}", address, fault.message())};
    }
    auto shared = std::make_shared<Shared>();
    shared->answers = std::move(answers);
    shared->limits = limits;
    auto accepting = accept_all(acceptor, std::move(shared));
    asio::co_spawn(executor, std::move(accepting), [](std::exception_ptr) {});
    return std::unique_ptr<Server>{std::make_unique<Listener>(std::move(acceptor))};
}

} // namespace seakeeper::http
