// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/json.hpp"
#include "kubernetes/request.hpp"
#include "kubernetes/watch.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace seakeeper::kubernetes {
namespace {

using Shared = std::shared_ptr<Client::State>;

constexpr int list_restarts = 3;
constexpr std::string_view json_type = "application/json";

std::unique_ptr<http::Transport> connect_to(
    asio::any_io_executor executor, const Configuration& configuration, const ClientOptions& options
) {
    http::Options http;
    http.is_tls = configuration.is_tls;
    http.host = configuration.host;
    http.port = configuration.port;
    http.tls_server_name = configuration.tls_server_name;
    http.ca_pem = configuration.ca_pem;
    http.client_certificate_pem = configuration.client_certificate_pem;
    http.client_key_pem = configuration.client_key_pem;
    http.connections = options.connections;
    http.body_bytes = 64u << 20;
    http.user_agent = options.user_agent;
    return http::make_transport(std::move(executor), std::move(http));
}

std::string doing(const Shared& state, std::string_view verb, Resource of, std::string_view name) {
    std::string text{verb};
    text += " " + std::string{of.plural};
    if (!name.empty()) {
        text += " " + quoted(name, 100);
    }
    return text + " in " + state->configuration.name_space;
}

/// Without a name the path would be that of the collection.
Status named(const Call& call, std::string_view name) {
    if (name.empty()) {
        return Error{Errc::invalid_argument, call.doing + ": the object has no name"};
    }
    return {};
}

std::string name_of(const json::object& object) {
    const json::object* metadata = object_at(object, "metadata");
    return metadata == nullptr ? std::string{} : std::string{text_at(*metadata, "name")};
}

Call write_call(std::string method, std::string_view content_type, std::string body) {
    Call call;
    call.verb = Verb::write;
    call.request.method = std::move(method);
    call.request.headers.push_back({"Content-Type", std::string{content_type}});
    call.request.body = std::move(body);
    call.request.is_idempotent = false;
    return call;
}

Query strict() {
    return {{"fieldValidation", "Strict"}};
}

/// The object that the server answers with.
asio::awaitable<Result<json::object>> perform_for_object(Shared state, Call call, Deadline until) {
    const std::string what = call.doing;
    auto response = co_await perform(state, std::move(call), until);
    if (!response) {
        co_return response.error();
    }
    auto object = parse_object(response->body);
    if (!object) {
        co_return object.error().within(what);
    }
    co_return object;
}

asio::awaitable<Result<json::object>>
perform_named(Shared state, Call call, std::string name, Deadline until) {
    if (auto checked = named(call, name); !checked) {
        co_return checked.error();
    }
    auto object = co_await perform_for_object(state, std::move(call), until);
    co_return object;
}

asio::awaitable<Result<json::object>>
patch(Shared state, Resource resource, Call call, std::string name, Deadline until) {
    call.doing = doing(state, "patching", resource, name);
    call.request.target = target_of(state->configuration, resource, name, strict());
    return perform_named(std::move(state), std::move(call), std::move(name), until);
}

struct Pages {
    ObjectList list;
    std::string next; ///< continue token; empty: done
};

Status add_page(json::object page, Pages& pages) {
    const json::object* metadata = object_at(page, "metadata");
    json::value* items = page.if_contains("items");
    if (metadata == nullptr || items == nullptr || (!items->is_array() && !items->is_null())) {
        return Error{Errc::malformed, "the answer is no list"};
    }
    pages.next = text_at(*metadata, "continue");
    pages.list.resource_version = text_at(*metadata, "resourceVersion");
    if (items->is_array()) {
        for (json::value& item : items->get_array()) {
            if (item.is_object()) {
                pages.list.items.push_back(std::move(item.get_object()));
            }
        }
    }
    return {};
}

asio::awaitable<Result<ObjectList>>
list_all(Shared state, Resource resource, std::string selector, Deadline until) {
    const std::string what = doing(state, "listing", resource, {});
    std::uint32_t page_size = state->options.page_size;
    Pages pages;
    for (int restarts = 0;;) {
        Query query{{"limit", std::to_string(page_size)}};
        if (!selector.empty()) {
            query.emplace_back("labelSelector", selector);
        }
        if (!pages.next.empty()) {
            query.emplace_back("continue", pages.next);
        }
        Call call;
        call.doing = what;
        call.request.target = target_of(state->configuration, resource, {}, query);
        auto page = co_await perform_for_object(state, std::move(call), until);
        if (!page && page.error().is(Errc::limit_exceeded) && page_size > 1) {
            page_size = std::max(1u, page_size / 8); // large objects: fewer at a time
            continue;
        }
        if (!page && page.error().is(Errc::gone) && restarts < list_restarts) {
            ++restarts;
            pages = Pages{};
            continue;
        }
        if (!page) {
            co_return page.error();
        }
        if (auto added = add_page(std::move(*page), pages); !added) {
            co_return added.error().within(what);
        }
        if (pages.next.empty()) {
            co_return std::move(pages.list);
        }
    }
}

json::object delete_options(const RemoveOptions& options) {
    constexpr std::array policies{"Background", "Foreground", "Orphan"};
    json::object body{
        {"kind", "DeleteOptions"},
        {"apiVersion", "v1"},
        {"propagationPolicy", policies.at(static_cast<std::size_t>(options.propagation))}};
    if (!options.uid.empty()) {
        body["preconditions"] = json::object{{"uid", options.uid}};
    }
    return body;
}

asio::awaitable<Status> remove_named(Shared state, Call call, std::string name, Deadline until) {
    if (auto checked = named(call, name); !checked) {
        co_return checked;
    }
    auto response = co_await perform(state, std::move(call), until);
    if (!response) {
        co_return response.error();
    }
    co_return Status{};
}

class LiveLog final : public LogStream {
public:
    explicit LiveLog(std::unique_ptr<http::BodyStream> body) : body_{std::move(body)} {}
    asio::awaitable<Result<std::string>> read(Deadline until) override {
        return body_->read(until);
    }

private:
    std::unique_ptr<http::BodyStream> body_;
};

Query log_query(const LogQuery& asked) {
    Query query{{"container", asked.container}};
    if (asked.is_following) {
        query.emplace_back("follow", "true");
    }
    if (asked.has_timestamps) {
        query.emplace_back("timestamps", "true");
    }
    if (!asked.since_time.empty()) {
        query.emplace_back("sinceTime", asked.since_time);
    }
    if (asked.limit_bytes) {
        query.emplace_back("limitBytes", std::to_string(*asked.limit_bytes));
    }
    if (asked.tail_lines) {
        query.emplace_back("tailLines", std::to_string(*asked.tail_lines));
    }
    return query;
}

asio::awaitable<Result<std::unique_ptr<LogStream>>>
open_log(Shared state, Call call, std::string pod, Deadline until) {
    if (auto checked = named(call, pod); !checked) {
        co_return checked.error();
    }
    auto body = co_await open_stream(state, std::move(call), until);
    if (!body) {
        co_return body.error();
    }
    std::unique_ptr<LogStream> log = std::make_unique<LiveLog>(std::move(*body));
    co_return log;
}

asio::awaitable<Result<std::string>> ask_version(Shared state, Deadline until) {
    Call call;
    call.doing = "asking the API server's version";
    call.request.target = state->configuration.base_path + "/version";
    auto answer = co_await perform_for_object(state, std::move(call), until);
    if (!answer) {
        co_return answer.error();
    }
    co_return std::string{text_at(*answer, "gitVersion")};
}

} // namespace

Client::Client(
    asio::any_io_executor executor, Configuration configuration, Logger& log, ClientOptions options
)
    : Client{executor, configuration, connect_to(executor, configuration, options), log, options} {
}

Client::Client(
    asio::any_io_executor executor,
    Configuration configuration,
    std::unique_ptr<http::Transport> transport,
    Logger& log,
    ClientOptions options
) {
    Token token{configuration.token, configuration.token_file, options.token_age};
    // Shared with operations, watches and logs under way.
    state_ = std::make_shared<State>(State{
        std::move(executor),
        std::move(configuration),
        std::move(options),
        std::move(transport),
        log,
        std::move(token)});
}

Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

const std::string& Client::name_space() const noexcept {
    return state_->configuration.name_space;
}

asio::awaitable<Result<json::object>>
Client::create(Resource resource, json::object object, Deadline until) {
    std::string name = name_of(object);
    Call call = write_call("POST", json_type, json::serialize(object));
    call.doing = doing(state_, "creating", resource, name);
    call.request.target = target_of(state_->configuration, resource, {}, strict());
    return perform_named(state_, std::move(call), std::move(name), until);
}

asio::awaitable<Result<json::object>>
Client::get(Resource resource, std::string name, Deadline until) {
    Call call;
    call.doing = doing(state_, "getting", resource, name);
    call.request.target = target_of(state_->configuration, resource, name);
    return perform_named(state_, std::move(call), std::move(name), until);
}

asio::awaitable<Result<json::object>>
Client::ask(Resource resource, json::object question, Deadline until) {
    Call call = write_call("POST", json_type, json::serialize(question));
    call.verb = Verb::read; // it changes nothing
    call.request.is_idempotent = true;
    call.doing = doing(state_, "asking for", resource, {});
    call.request.target = target_of(state_->configuration, resource, {});
    return perform_for_object(state_, std::move(call), until);
}

asio::awaitable<Result<ObjectList>>
Client::list(Resource resource, std::string label_selector, Deadline until) {
    return list_all(state_, resource, std::move(label_selector), until);
}

std::unique_ptr<Watch>
Client::watch(Resource resource, std::string label_selector, std::string resource_version) {
    return make_watch(state_, resource, std::move(label_selector), std::move(resource_version));
}

asio::awaitable<Result<json::object>>
Client::merge_patch(Resource resource, std::string name, json::object patch, Deadline until) {
    Call call = write_call("PATCH", "application/merge-patch+json", json::serialize(patch));
    return kubernetes::patch(state_, resource, std::move(call), std::move(name), until);
}

asio::awaitable<Result<json::object>>
Client::json_patch(Resource resource, std::string name, json::array patch, Deadline until) {
    Call call = write_call("PATCH", "application/json-patch+json", json::serialize(patch));
    return kubernetes::patch(state_, resource, std::move(call), std::move(name), until);
}

asio::awaitable<Result<json::object>>
Client::replace(Resource resource, json::object object, Deadline until) {
    std::string name = name_of(object);
    Call call = write_call("PUT", json_type, json::serialize(object));
    call.doing = doing(state_, "replacing", resource, name);
    call.request.target = target_of(state_->configuration, resource, name, strict());
    return perform_named(state_, std::move(call), std::move(name), until);
}

asio::awaitable<Status>
Client::remove(Resource resource, std::string name, RemoveOptions options, Deadline until) {
    Call call = write_call("DELETE", json_type, json::serialize(delete_options(options)));
    call.doing = doing(state_, "deleting", resource, name);
    call.request.target = target_of(state_->configuration, resource, name);
    // By uid it hits one object only, however often it is asked.
    call.request.is_idempotent = !options.uid.empty();
    return remove_named(state_, std::move(call), std::move(name), until);
}

asio::awaitable<Result<std::unique_ptr<LogStream>>>
Client::pod_log(std::string pod, LogQuery query, Deadline until) {
    Call call;
    call.doing = doing(state_, "reading the log of", pods, pod) + ", container "
                 + quoted(query.container, 100);
    call.request.target =
        target_of(state_->configuration, pods, pod) + "/log" + text_of(log_query(query));
    return open_log(state_, std::move(call), std::move(pod), until);
}

asio::awaitable<Result<std::string>> Client::server_version(Deadline until) {
    return ask_version(state_, until);
}

} // namespace seakeeper::kubernetes
