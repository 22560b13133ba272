// SPDX-License-Identifier: Apache-2.0
#include "http/transport.hpp"

#include "http/message.hpp"
#include "http/wire.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <deque>

namespace seakeeper::http {
namespace {

using boost::system::error_code;

constexpr std::size_t block_bytes = 32u << 10;

struct Idle {
    std::shared_ptr<Wire> wire;
    SteadyTime since;
};

struct Waiter {
    explicit Waiter(const asio::any_io_executor& executor) : turn{executor} {}
    asio::steady_timer turn;
    bool is_granted = false;
};

/// What the operations under way share with the transport, which they may outlive.
struct Pool {
    asio::any_io_executor executor;
    Options options;
    std::shared_ptr<Connector> connector;
    std::size_t busy = 0;
    std::deque<Idle> idle;                       ///< youngest last
    std::deque<std::shared_ptr<Waiter>> waiters; ///< shared with the coroutine that waits

    void pass_on();
    std::shared_ptr<Wire> take_idle();
};

/// Gives the place to who waits longest.
void Pool::pass_on() {
    if (waiters.empty()) {
        --busy;
        return;
    }
    const auto next = waiters.front();
    waiters.pop_front();
    next->is_granted = true;
    next->turn.cancel();
}

std::shared_ptr<Wire> Pool::take_idle() {
    const auto oldest = std::chrono::steady_clock::now() - options.idle;
    while (!idle.empty()) {
        Idle last = std::move(idle.back());
        idle.pop_back();
        if (last.since >= oldest && last.wire->is_quiet()) {
            return std::move(last.wire);
        }
    }
    return nullptr;
}

/// The right to one of the pool's connections.
class Place {
public:
    Place() = default;
    explicit Place(std::shared_ptr<Pool> pool) : pool_{std::move(pool)} {}
    Place(Place&&) noexcept = default;
    Place& operator=(Place&& other) noexcept {
        pool_.swap(other.pool_);
        return *this;
    }
    ~Place() {
        if (pool_) {
            pool_->pass_on();
        }
    }

private:
    std::shared_ptr<Pool> pool_; ///< shared: a place may be given back after the transport went
};

/// Leaves the queue however the wait ends.
class Queued {
public:
    Queued(std::shared_ptr<Pool> pool, std::shared_ptr<Waiter> waiter)
        : pool_{std::move(pool)}, waiter_{std::move(waiter)} {
        pool_->waiters.push_back(waiter_);
    }
    Queued(const Queued&) = delete;
    Queued& operator=(const Queued&) = delete;
    ~Queued() {
        if (!waiter_->is_granted) {
            std::erase(pool_->waiters, waiter_);
        } else if (!is_taken_) {
            pool_->pass_on();
        }
    }
    bool take() {
        is_taken_ = waiter_->is_granted;
        return is_taken_;
    }

private:
    std::shared_ptr<Pool> pool_;
    std::shared_ptr<Waiter> waiter_;
    bool is_taken_ = false;
};

Error while_waiting(const Pool& pool, Deadline until) {
    const std::string doing = "waiting for a connection to " + pool.options.host + ": ";
    return until.passed() ? Error{Errc::timed_out, doing + "timed out"}
                          : Error{Errc::cancelled, doing + "cancelled"};
}

asio::awaitable<Result<Place>> acquire(std::shared_ptr<Pool> pool, Deadline until) {
    if (until.passed()) {
        co_return while_waiting(*pool, until);
    }
    if (pool->busy < pool->options.connections) {
        ++pool->busy;
        co_return Place{pool};
    }
    const auto waiter = std::make_shared<Waiter>(pool->executor);
    waiter->turn.expires_at(until.time());
    Queued queued{pool, waiter};
    error_code error;
    co_await waiter->turn.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (!queued.take()) {
        co_return while_waiting(*pool, until);
    }
    co_return Place{pool};
}

/// What came of one request on one connection.
struct Outcome {
    std::optional<Error> error;
    bool is_maybe_sent = false; ///< the server may have seen some of it
    bool has_answer_begun = false;
};

/// Writes the request and reads until the answer is complete, or only its header.
enum class Extent { whole, header };

struct Exchange {
    std::string bytes;
    ResponseReader reader;
    Extent extent = Extent::whole;

    Exchange(std::string request, std::string_view method, std::optional<std::size_t> body_limit)
        : bytes{std::move(request)}, reader{method, body_limit} {}

    bool is_over() const {
        return reader.is_done() || (extent == Extent::header && reader.has_header());
    }
};

asio::awaitable<Status> read_more(Wire& wire, ResponseReader& reader, Deadline until) {
    std::array<char, block_bytes> block;
    const auto count = co_await wire.read_some(block.data(), block.size(), until);
    if (!count) {
        co_return count.error();
    }
    if (*count == 0) {
        auto ended = reader.feed_end();
        co_return ended;
    }
    auto fed = reader.feed({block.data(), *count});
    co_return fed;
}

asio::awaitable<Outcome> converse(Wire& wire, Exchange& exchange, Deadline until) {
    Outcome outcome;
    Written written = co_await wire.write(exchange.bytes, until);
    outcome.is_maybe_sent = written.bytes > 0;
    const bool is_hopeless =
        written.error && (written.bytes == 0 || !written.error->is(Errc::unavailable));
    if (is_hopeless) {
        outcome.error = std::move(written.error);
        co_return outcome;
    }
    // A server that refuses a long body answers and closes before it has read all: look for that.
    while (!exchange.is_over()) {
        auto read = co_await read_more(wire, exchange.reader, until);
        outcome.has_answer_begun = exchange.reader.has_begun();
        if (!read) {
            outcome.error = written.error ? *written.error : read.error();
            co_return outcome;
        }
    }
    co_return outcome;
}

std::string what_of(const Pool& pool, const Request& request) {
    return request.method + " " + pool.options.host + ":" + std::to_string(pool.options.port)
           + request.target.substr(0, 200);
}

Error final_error(const Pool& pool, const Request& request, const Outcome& outcome) {
    Error error = outcome.error->within(what_of(pool, request));
    const bool is_lost = !request.is_idempotent && outcome.is_maybe_sent
                         && !error.is(Errc::cancelled) && !error.is(Errc::unauthenticated);
    if (is_lost) {
        error = Error{Errc::unknown_outcome, "it may have taken effect: " + error.message};
    }
    return error;
}

/// A kept-alive connection that the server closed while we began to use it.
bool is_stale(const Outcome& outcome) {
    return outcome.error && outcome.error->is(Errc::unavailable) && !outcome.has_answer_begun;
}

asio::awaitable<Result<Response>>
send_on(std::shared_ptr<Pool> pool, Request request, Deadline until) {
    const Header gzip{"Accept-Encoding", "gzip"};
    request.headers.push_back(gzip);
    auto bytes = serialized(pool->options, request);
    if (!bytes) {
        co_return bytes.error();
    }
    auto place = co_await acquire(pool, until);
    if (!place) {
        co_return place.error().within(what_of(*pool, request));
    }
    std::shared_ptr<Wire> wire = pool->take_idle();
    for (;;) {
        const bool is_reused = wire != nullptr;
        if (!is_reused) {
            auto connected = co_await pool->connector->connect(until);
            if (!connected) {
                co_return connected.error().within(what_of(*pool, request));
            }
            wire = std::move(*connected);
        }
        Exchange exchange{*bytes, request.method, pool->options.body_bytes};
        const Outcome outcome = co_await converse(*wire, exchange, until);
        if (!outcome.error) {
            if (exchange.reader.may_keep()) {
                pool->idle.push_back(Idle{wire, std::chrono::steady_clock::now()});
            }
            Response& response = exchange.reader.response();
            auto decoded = decode_content(response, pool->options.body_bytes);
            if (decoded) {
                co_return std::move(response);
            }
            const Outcome undecoded{decoded.error(), true, true};
            co_return final_error(*pool, request, undecoded);
        }
        wire.reset();
        const bool is_harmless = request.is_idempotent || !outcome.is_maybe_sent;
        if (!is_reused || !is_stale(outcome) || !is_harmless) {
            co_return final_error(*pool, request, outcome);
        }
    }
}

class LiveBody final : public BodyStream {
public:
    LiveBody(std::shared_ptr<Wire> wire, std::unique_ptr<Exchange> exchange)
        : wire_{std::move(wire)}, exchange_{std::move(exchange)} {}

    asio::awaitable<Result<std::string>> read(Deadline until) override {
        ResponseReader& reader = exchange_->reader;
        while (reader.response().body.empty() && !reader.is_done()) {
            auto read = co_await read_more(*wire_, reader, until);
            if (!read) {
                co_return read.error();
            }
        }
        co_return reader.take_body();
    }

private:
    std::shared_ptr<Wire> wire_;
    std::unique_ptr<Exchange> exchange_;
};

/// Reads the whole body of a refusal, so that the caller sees its text.
asio::awaitable<Status>
read_refusal(Wire& wire, ResponseReader& reader, std::size_t limit, Deadline until) {
    while (!reader.is_done() && reader.response().body.size() <= limit) {
        auto read = co_await read_more(wire, reader, until);
        if (!read) {
            co_return read;
        }
    }
    co_return Status{};
}

asio::awaitable<Result<StreamedResponse>>
open_on(std::shared_ptr<Pool> pool, Request request, Deadline until) {
    auto bytes = serialized(pool->options, request);
    if (!bytes) {
        co_return bytes.error();
    }
    auto connected = co_await pool->connector->connect(until);
    if (!connected) {
        co_return connected.error().within(what_of(*pool, request));
    }
    std::shared_ptr<Wire> wire = std::move(*connected);
    auto exchange = std::make_unique<Exchange>(std::move(*bytes), request.method, std::nullopt);
    exchange->extent = Extent::header;
    const Outcome outcome = co_await converse(*wire, *exchange, until);
    if (outcome.error) {
        co_return final_error(*pool, request, outcome);
    }
    ResponseReader& reader = exchange->reader;
    StreamedResponse streamed;
    if (reader.response().status / 100 == 2) {
        streamed.head = reader.response();
        streamed.head.body.clear();
        streamed.body = std::make_unique<LiveBody>(std::move(wire), std::move(exchange));
        co_return streamed;
    }
    auto read = co_await read_refusal(*wire, reader, pool->options.body_bytes, until);
    if (!read) {
        co_return read.error().within(what_of(*pool, request));
    }
    streamed.head = std::move(reader.response());
    co_return streamed;
}

class PooledTransport final : public Transport {
public:
    explicit PooledTransport(std::shared_ptr<Pool> pool) : pool_{std::move(pool)} {}
    asio::awaitable<Result<Response>> send(Request request, Deadline until) override {
        return send_on(pool_, std::move(request), until);
    }
    asio::awaitable<Result<StreamedResponse>> open(Request request, Deadline until) override {
        return open_on(pool_, std::move(request), until);
    }

private:
    std::shared_ptr<Pool> pool_;
};

} // namespace

std::unique_ptr<Transport> make_transport(asio::any_io_executor executor, Options options) {
    auto pool = std::make_shared<Pool>(); // shared with the operations under way
    pool->executor = executor;
    pool->connector = make_connector(std::move(executor), options);
    pool->options = std::move(options);
    return std::make_unique<PooledTransport>(std::move(pool));
}

} // namespace seakeeper::http
