// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/watch.hpp"

#include "kubernetes/watch_line.hpp"

#include <algorithm>
#include <array>

namespace seakeeper::kubernetes {
namespace {

/// An object of etcd's 1.5 MiB (2 MiB on the wire to it) as JSON with its escapes.
constexpr std::size_t line_bytes = 16u << 20;
/// A stream that the server ends sooner than this without an event counts as a failure.
constexpr std::chrono::seconds short_life{1};
constexpr std::chrono::seconds connect_within{5};

/// Whether asking again can never help.
bool ends_watch(const Error& error) {
    constexpr std::array final_codes{
        Errc::gone,
        Errc::permission_denied,
        Errc::unauthenticated,
        Errc::not_found,
        Errc::untrusted_peer,
        Errc::invalid_argument,
        Errc::unsupported,
        Errc::cancelled};
    return std::ranges::any_of(final_codes, [&](Errc code) { return error.is(code); });
}

class LiveWatch final : public Watch {
public:
    LiveWatch(
        std::shared_ptr<Client::State> state,
        Resource resource,
        std::string selector,
        std::string version
    )
        : state_{std::move(state)}, resource_{resource}, selector_{std::move(selector)},
          version_{std::move(version)} {}

    asio::awaitable<Result<WatchEvent>> next(Deadline until) override;
    bool is_connected() const override { return body_ != nullptr; }

private:
    Call call();
    std::optional<Result<WatchEvent>> take_line();
    void lose(const Error& cause, std::chrono::milliseconds least);
    void end_of_stream();
    void renew();
    asio::awaitable<Status> connect(Deadline until);
    asio::awaitable<Status> read(Deadline until);

    std::shared_ptr<Client::State> state_; ///< shared with the client, which it may outlive
    Resource resource_;
    std::string selector_;
    std::string version_;
    std::unique_ptr<http::BodyStream> body_;
    LineSplitter lines_{line_bytes};
    int failures_ = 0;
    bool has_event_ = false; ///< since the last connect
    SteadyTime connected_at_{};
    SteadyTime heard_at_{};
    SteadyTime retry_at_{};
};

Call LiveWatch::call() {
    const auto span = state_->options.watch_for;
    const auto seconds = static_cast<double>(span.count()) * (1.0 + state_->roll());
    Query query{
        {"watch", "true"},
        {"allowWatchBookmarks", "true"},
        {"timeoutSeconds", std::to_string(static_cast<std::int64_t>(seconds))}};
    if (!version_.empty()) {
        query.emplace_back("resourceVersion", version_);
    }
    if (!selector_.empty()) {
        query.emplace_back("labelSelector", selector_);
    }
    Call call;
    call.doing =
        "watching " + std::string{resource_.plural} + " in " + state_->configuration.name_space;
    call.request.target = target_of(state_->configuration, resource_, {}, query);
    return call;
}

void LiveWatch::lose(const Error& cause, std::chrono::milliseconds least) {
    body_.reset();
    lines_ = LineSplitter{line_bytes};
    ++failures_;
    const auto wait = std::max(least, backoff_delay(failures_, state_->limits(), state_->roll()));
    retry_at_ = std::chrono::steady_clock::now() + wait;
    state_->log.warning(
        "kubernetes watch lost",
        {{"cause", cause.message}, {"again_in_ms", std::to_string(wait.count())}}
    );
}

/// The regular end: ask again from where we are, at once, unless nothing ever comes.
void LiveWatch::end_of_stream() {
    const bool is_short = std::chrono::steady_clock::now() - connected_at_ < short_life;
    if (is_short && !has_event_) {
        lose(Error{Errc::unavailable, "watching: ended as soon as it began"}, {});
        return;
    }
    renew();
}

/// Asks again at once, from where we are.
void LiveWatch::renew() {
    body_.reset();
    lines_ = LineSplitter{line_bytes};
    failures_ = 0;
}

asio::awaitable<Status> LiveWatch::connect(Deadline until) {
    const auto left = retry_at_ - std::chrono::steady_clock::now();
    if (left > std::chrono::steady_clock::duration::zero()) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left);
        co_await pause(state_->executor, wait, until);
        if (until.passed()) {
            co_return Error{Errc::timed_out, "watching: waiting to connect again"};
        }
    }
    // Not `until`: a caller that looks in often must not keep us from ever connecting.
    const Deadline least = Deadline::in(connect_within);
    const Deadline patience = Deadline::at(std::max(until.time(), least.time()));
    Call asked = call();
    Opened opened = co_await open_once(state_, std::move(asked), patience);
    if (!opened.body) {
        if (ends_watch(opened.body.error())) {
            co_return opened.body.error();
        }
        lose(opened.body.error(), opened.wait.value_or(std::chrono::milliseconds{0}));
        co_return Status{};
    }
    body_ = std::move(*opened.body);
    has_event_ = false;
    connected_at_ = std::chrono::steady_clock::now();
    heard_at_ = connected_at_;
    co_return Status{};
}

asio::awaitable<Status> LiveWatch::read(Deadline until) {
    const SteadyTime silent_at = heard_at_ + state_->options.watch_silence;
    const Deadline patience = Deadline::at(std::min(until.time(), silent_at));
    auto bytes = co_await body_->read(patience);
    const auto now = std::chrono::steady_clock::now();
    if (bytes && bytes->empty()) {
        end_of_stream();
        co_return Status{};
    }
    if (bytes) {
        heard_at_ = now;
        lines_.feed(*bytes);
        co_return Status{};
    }
    if (bytes.error().is(Errc::cancelled)) {
        co_return bytes.error();
    }
    if (!bytes.error().is(Errc::timed_out)) {
        lose(bytes.error(), {});
        co_return Status{};
    }
    if (now >= silent_at) {
        state_->log.debug("kubernetes watch silent, renewed");
        renew();
        co_return Status{};
    }
    co_return bytes.error();
}

/// The next event among the bytes that came; none: read on.
std::optional<Result<WatchEvent>> LiveWatch::take_line() {
    auto line = lines_.next();
    if (!line) {
        lose(line.error(), {});
        return std::nullopt;
    }
    if (!*line) {
        return std::nullopt;
    }
    auto event = decode_watch_line(**line);
    if (event) {
        version_ = event->resource_version;
        has_event_ = true;
        failures_ = 0;
        return event;
    }
    const Error error = event.error();
    lose(error, {});
    if (error.is(Errc::gone)) {
        return error;
    }
    return std::nullopt;
}

asio::awaitable<Result<WatchEvent>> LiveWatch::next(Deadline until) {
    for (;;) {
        if (body_) {
            if (auto event = take_line()) {
                co_return std::move(*event);
            }
        }
        if (until.passed()) {
            co_return Error{Errc::timed_out, "watching: no event in time"};
        }
        Status done;
        if (body_) {
            done = co_await read(until);
        } else {
            done = co_await connect(until);
        }
        if (!done) {
            co_return done.error();
        }
    }
}

} // namespace

std::unique_ptr<Watch> make_watch(
    std::shared_ptr<Client::State> state,
    Resource resource,
    std::string label_selector,
    std::string resource_version
) {
    return std::make_unique<LiveWatch>(
        std::move(state), resource, std::move(label_selector), std::move(resource_version)
    );
}

} // namespace seakeeper::kubernetes
