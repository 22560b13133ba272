// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/transport.hpp"

#include <seakeeper/kubernetes/client.hpp>
#include <seakeeper/kubernetes/errors.hpp>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

// One request to the API server: its path, its credentials, and asking again.
namespace seakeeper::kubernetes {

/// A bearer token that a file may renew (the kubelet rotates bound tokens, KEP-1205).
class Token {
public:
    Token(Secret fixed, std::filesystem::path file, std::chrono::seconds age)
        : token_{std::move(fixed)}, file_{std::move(file)}, age_{age} {}

    /// The value of Authorization, or empty. Reads the file when what we know is too old.
    Result<std::string> authorization();
    /// The server refused it. True when reading the file again may help.
    bool is_renewed_after_refusal();

private:
    Secret token_;
    std::filesystem::path file_;
    std::chrono::seconds age_;
    SteadyTime read_at_{};
};

/// What a client shares with its operations, watches and logs under way, which it may not outlive.
struct Client::State {
    asio::any_io_executor executor;
    Configuration configuration;
    ClientOptions options;
    std::unique_ptr<http::Transport> transport;
    Logger& log;
    Token token;
    std::minstd_rand random{std::random_device{}()};

    double roll() { return std::uniform_real_distribution<double>{0.0, 1.0}(random); }
    RetryLimits limits() const {
        return {options.tries, options.backoff_first, options.backoff_last};
    }
};

using Query = std::vector<std::pair<std::string_view, std::string>>;

/// What is asked, and how a message calls it.
struct Call {
    Verb verb = Verb::read;
    http::Request request;
    std::string doing; ///< "creating workflows sk-1 in ci"
};

/// Path of a collection, or of the object `name` in it, with what follows the question mark.
std::string target_of(
    const Configuration& configuration,
    Resource resource,
    std::string_view name,
    const Query& query = {}
);
std::string text_of(const Query& query);

/// Asks until there is a final answer: 2xx, or the error it stands for.
asio::awaitable<Result<http::Response>>
perform(std::shared_ptr<Client::State> state, Call call, Deadline until);
/// The same for a body that arrives bit by bit.
asio::awaitable<Result<std::unique_ptr<http::BodyStream>>>
open_stream(std::shared_ptr<Client::State> state, Call call, Deadline until);
/// One attempt of open_stream, for who does the retrying itself; `wait` is the server's wish.
struct Opened {
    Result<std::unique_ptr<http::BodyStream>> body;
    std::optional<std::chrono::milliseconds> wait;
};
asio::awaitable<Opened> open_once(std::shared_ptr<Client::State> state, Call call, Deadline until);

/// Waits `span`, but no longer than `until`.
asio::awaitable<void>
pause(asio::any_io_executor executor, std::chrono::milliseconds span, Deadline until);

} // namespace seakeeper::kubernetes
