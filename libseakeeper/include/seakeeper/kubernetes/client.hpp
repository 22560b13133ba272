// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/log.hpp>
#include <seakeeper/core/result.hpp>
#include <seakeeper/kubernetes/configuration.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::http {
class Transport;
}

// The few verbs of the Kubernetes API that we need, for any kind of object, as JSON.
// Facts: Kubernetes 1.34, recorded; client-go's rest and tools/cache for retry and back-off.
namespace seakeeper::kubernetes {

namespace asio = boost::asio;
namespace json = boost::json;

/// A kind of object, by where it lives: group (empty: core), version, plural.
struct Resource {
    std::string_view group;
    std::string_view version;
    std::string_view plural;
    bool is_namespaced = true;
};
inline constexpr Resource workflows{"argoproj.io", "v1alpha1", "workflows"};
inline constexpr Resource pods{"", "v1", "pods"};
inline constexpr Resource config_maps{"", "v1", "configmaps"};
inline constexpr Resource leases{"coordination.k8s.io", "v1", "leases"};

/// A consistent list and where to start watching from.
struct ObjectList {
    std::vector<json::object> items;
    std::string resource_version;
};

enum class WatchEventKind : std::uint8_t { added, modified, deleted, bookmark };

struct WatchEvent {
    WatchEventKind kind = WatchEventKind::added;
    /// The whole object; for `deleted` its last state. Of a bookmark read nothing.
    json::object object;
    std::string resource_version; ///< of this event: store it to resume from here
};

/// A watch that reconnects by itself, from the last resource version it saw.
class SEAKEEPER_API Watch {
public:
    virtual ~Watch() = default;
    /// The next event. Errc::timed_out when none came by `until` (call again: nothing is lost; up
    /// to 5 s late while it connects),
    /// Errc::gone when the server no longer has that history (list again, then watch anew),
    /// permission_denied, unauthenticated, not_found, untrusted_peer: the watch is over.
    /// Everything else is retried inside: 0.8 to 30 s apart, with jitter (client-go reflector).
    virtual asio::awaitable<Result<WatchEvent>> next(Deadline until) = 0;
    /// Whether the server answered the last time it was asked.
    virtual bool is_connected() const = 0;
};

struct LogQuery {
    std::string container = "main";
    bool is_following = false;
    bool has_timestamps = false; ///< RFC 3339 with nanoseconds and a space before each line
    std::string since_time;      ///< RFC 3339, whole seconds; empty: from the start
    std::optional<std::int64_t> limit_bytes;
    std::optional<std::int64_t> tail_lines;
};

/// A container's output as it arrives, cut anywhere.
class SEAKEEPER_API LogStream {
public:
    virtual ~LogStream() = default;
    /// Some bytes; empty at the end. The end of a followed log may also be a rotation or a restart
    /// of the API server: look at the container's state before believing it (KEP: pod log API).
    /// Errc::timed_out when nothing came by `until` (call again), Errc::unavailable when it broke.
    virtual asio::awaitable<Result<std::string>> read(Deadline until) = 0;
};

enum class Propagation : std::uint8_t { background, foreground, orphan };

struct RemoveOptions {
    std::string uid; ///< empty: whatever has the name. Another uid: Errc::conflict
    Propagation propagation = Propagation::background;
};

/// How a client behaves; the defaults suit a daemon.
struct ClientOptions {
    std::string user_agent = "seakeeper";
    std::size_t connections = 8; ///< watches and followed logs have their own
    std::uint32_t page_size = 500;
    int tries = 10; ///< of one request (client-go: 10)
    std::chrono::milliseconds backoff_first{800};
    std::chrono::milliseconds backoff_last{30'000};
    /// Asked of the server as timeoutSeconds of a watch, up to twice that (random).
    std::chrono::seconds watch_for{300};
    /// A watch on which nothing came for so long is asked for anew: it may be dead, or the server
    /// idle (then there are no bookmarks either). More than the bookmarks' minute.
    std::chrono::seconds watch_silence{100};
    std::chrono::seconds token_age{60};
};

/// One namespace of one API server. Used from the thread of its executor only; operations under way
/// may outlive it. Every operation retries what may be retried (retry.hpp) until `until`.
/// Errors by status: errors.hpp.
class SEAKEEPER_API Client final {
public:
    /// With a pool of connections of its own. Throws Exception for certificates or keys that cannot
    /// be read.
    Client(
        asio::any_io_executor executor,
        Configuration configuration,
        Logger& log = no_log(),
        ClientOptions options = {}
    );
    /// With a transport of one's own: the seam for tests.
    Client(
        asio::any_io_executor executor,
        Configuration configuration,
        std::unique_ptr<http::Transport> transport,
        Logger& log = no_log(),
        ClientOptions options = {}
    );
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    const std::string& name_space() const noexcept;

    /// Creates under `metadata.name`, which must be there: the name makes it safe to ask twice.
    /// fieldValidation=Strict. Gives the stored object. Errc::already_exists: get and compare
    /// (adopt or refuse); Errc::unknown_outcome: the same; Errc::quota_exceeded: later;
    /// Errc::invalid_argument: the server finds the object wrong, it will never be accepted.
    asio::awaitable<Result<json::object>>
    create(Resource resource, json::object object, Deadline until);

    asio::awaitable<Result<json::object>> get(Resource resource, std::string name, Deadline until);

    /// Asks the server a question that is an object of its own (SelfSubjectAccessReview and its
    /// kind): POST without a name, nothing is stored. Gives the answer with its `status`.
    asio::awaitable<Result<json::object>>
    ask(Resource resource, json::object question, Deadline until);

    /// All objects that match, in pages of one resource version; starts over (three times) when the
    /// server forgot the page token, then Errc::gone.
    asio::awaitable<Result<ObjectList>>
    list(Resource resource, std::string label_selector, Deadline until);

    /// Events after `resource_version` (of a list, or of the last event stored). Connects at the
    /// first next(). The watch may outlive the client.
    std::unique_ptr<Watch>
    watch(Resource resource, std::string label_selector, std::string resource_version);

    /// application/merge-patch+json (RFC 7396), fieldValidation=Strict.
    asio::awaitable<Result<json::object>>
    merge_patch(Resource resource, std::string name, json::object patch, Deadline until);
    /// application/json-patch+json (RFC 6902). A failed `test` is Errc::invalid_argument, like
    /// every other 422: read again and compute the patch anew.
    asio::awaitable<Result<json::object>>
    json_patch(Resource resource, std::string name, json::array patch, Deadline until);
    /// PUT with the object's own metadata.resourceVersion: Errc::conflict when it is not current.
    asio::awaitable<Result<json::object>>
    replace(Resource resource, json::object object, Deadline until);

    /// Asks for deletion; an object with finalizers stays until they are gone. Errc::not_found: it
    /// is gone already; Errc::conflict: another uid has the name.
    asio::awaitable<Status>
    remove(Resource resource, std::string name, RemoveOptions options, Deadline until);

    /// Errc::not_found: no such pod. Errc::invalid_argument: no such container.
    /// Errc::unavailable: the container has not started ("is waiting to start").
    asio::awaitable<Result<std::unique_ptr<LogStream>>>
    pod_log(std::string pod, LogQuery query, Deadline until);

    /// The server's gitVersion, "v1.34.1": the cheapest question that proves it answers.
    asio::awaitable<Result<std::string>> server_version(Deadline until);

    struct State; ///< opaque

private:
    std::shared_ptr<State> state_; ///< shared with operations under way
};

} // namespace seakeeper::kubernetes
