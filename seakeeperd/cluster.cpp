// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "site.hpp"

#include <seakeeper/kubernetes/cluster_check.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

#include <chrono>
#include <future>
#include <map>

namespace seakeeper::daemon {
namespace {

using namespace std::chrono_literals;

std::vector<kubernetes::Place> places_of(const Site& site) {
    std::vector<kubernetes::Place> places;
    for (const auto& executor : site.executors) {
        if (!executor.is_local) {
            places.push_back(place_of(executor));
        }
    }
    return places;
}

Result<kubernetes::Configuration> credentials_of(const ExecutorSite& executor) {
    auto read = executor.kubeconfig.empty()
                    ? kubernetes::in_cluster_configuration()
                    : kubernetes::read_kubeconfig(executor.kubeconfig, executor.context);
    if (!read) {
        return read.error().within(fmt::format("executor {}", executor.name));
    }
    read->name_space = executor.site.namespace_;
    return read;
}

/// Namespaces that the credential of `executor` has no business in.
std::vector<std::string> elsewhere(const Site& site, const ExecutorSite& executor) {
    std::vector<std::string> names{"default", "kube-system", executor.rails.daemon_namespace};
    for (const auto& other : site.executors) {
        if (!other.is_local && other.site.namespace_ != executor.site.namespace_) {
            names.push_back(other.site.namespace_);
        }
    }
    return names;
}

Result<kubernetes::ClusterReading> read(const Site& site, const ExecutorSite& executor) {
    auto credentials = credentials_of(executor);
    if (!credentials) {
        return credentials.error();
    }
    boost::asio::io_context context;
    kubernetes::Client client{context.get_executor(), std::move(*credentials)};
    auto reading = boost::asio::co_spawn(
        context,
        kubernetes::read_cluster(
            std::move(client), place_of(executor), elsewhere(site, executor), Deadline::in(60s)
        ),
        boost::asio::use_future
    );
    context.run();
    return reading.get();
}

/// Who the servers say we are, by executor: one name in two classes is one identity.
using Users = std::map<std::string, const ExecutorSite*>;

int report_shared_user(const ExecutorSite& executor, const std::string& user, Users& users) {
    const auto [known, is_new] = users.try_emplace(user, &executor);
    const auto& other = *known->second;
    if (is_new || other.site.trust_class == executor.site.trust_class) {
        return 0;
    }
    fmt::print(
        "executors {} and {}: found the user {} in both; wanted is one for each trust class\n",
        other.name,
        executor.name,
        user
    );
    return 1;
}

} // namespace

Status check_identities(const Site& site) {
    std::vector<std::pair<const ExecutorSite*, kubernetes::Configuration>> known;
    for (const auto& executor : site.executors) {
        if (executor.is_local) {
            continue;
        }
        auto read = credentials_of(executor);
        if (!read) {
            return read.error();
        }
        for (const auto& [other, credentials] : known) {
            const bool is_other_class = other->site.trust_class != executor.site.trust_class;
            const auto shared =
                is_other_class ? kubernetes::shared_identity(*read, credentials) : std::string{};
            if (!shared.empty()) {
                return Error{
                    Errc::refused,
                    fmt::format(
                        "{}: executors {} and {} share their credentials: {}; the classes share "
                        "nothing",
                        site.file,
                        other->name,
                        executor.name,
                        shared
                    )};
            }
        }
        known.emplace_back(&executor, std::move(*read));
    }
    return {};
}

int check_cluster(const CheckOptions& options) {
    auto site = read_site_file(options.config);
    if (!site) {
        fmt::print(stderr, "{}\n", site.error().message);
        return exit_usage;
    }
    Users users;
    std::size_t count = 0;
    if (auto apart = check_identities(*site); !apart) {
        if (!apart.error().is(Errc::refused)) {
            fmt::print(stderr, "seakeeperd check --cluster: {}\n", apart.error().message);
            return exit_usage;
        }
        fmt::print("{}\n", apart.error().message);
        ++count;
    }
    for (const auto& executor : site->executors) {
        if (executor.is_local) {
            continue;
        }
        const auto reading = read(*site, executor);
        if (!reading) {
            fmt::print(stderr, "seakeeperd check --cluster: {}\n", reading.error().message);
            return exit_unreachable;
        }
        count += static_cast<std::size_t>(report_shared_user(executor, reading->user, users));
        for (const auto& finding : kubernetes::judge_cluster(place_of(executor), *reading)) {
            fmt::print("{}: {}\n", executor.name, kubernetes::to_string(finding));
            ++count;
        }
    }
    fmt::print(stderr, "{} findings\n", count);
    return count == 0 ? exit_done : exit_no;
}

int print_manifests(const std::string& config) {
    auto site = read_site_file(config);
    if (!site) {
        fmt::print(stderr, "{}\n", site.error().message);
        return exit_usage;
    }
    const auto places = places_of(*site);
    for (const auto& place : places) {
        if (place.rails.egress.empty()) {
            fmt::print(
                stderr,
                "seakeeperd manifests: wall.egress of {} names nothing; its pods reach DNS alone, "
                "not the API server that Argo's executor reports to\n",
                place.site.namespace_
            );
        }
    }
    fmt::print("{}", kubernetes::to_yaml(kubernetes::manifests(places)));
    return exit_done;
}

} // namespace seakeeper::daemon
