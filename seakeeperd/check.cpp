// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "site.hpp"

#include <seakeeper/decision/check.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace seakeeper::daemon {
namespace {

namespace fs = std::filesystem;

Status add_file(decision::ConfigTree& files, const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream bytes;
    bytes << file.rdbuf();
    if (!file) {
        return Error{
            Errc::not_found,
            fmt::format("reading {}: no such file, or not readable", path.string())};
    }
    files[path.string()] = bytes.str();
    return {};
}

bool is_yaml(const fs::path& path) {
    return path.extension() == ".yaml" || path.extension() == ".yml";
}

Status add(decision::ConfigTree& files, const fs::path& path) {
    std::error_code fault;
    if (!fs::is_directory(path, fault)) {
        return add_file(files, path);
    }
    for (const auto& entry : fs::recursive_directory_iterator{path, fault}) {
        if (entry.is_regular_file() && is_yaml(entry.path())) {
            if (auto added = add_file(files, entry.path()); !added) {
                return added;
            }
        }
    }
    return {};
}

decision::CheckOptions default_policies() {
    decision::CheckOptions options;
    options.untrusted.trust_class = trust::Class::untrusted;
    options.trusted.trust_class = trust::Class::trusted;
    return options;
}

Result<decision::CheckOptions> policies(const std::string& config) {
    auto options = default_policies();
    if (config.empty()) {
        return options;
    }
    auto site = read_site_file(config);
    if (!site) {
        return site.error();
    }
    for (const auto& executor : site->executors) {
        const bool is_trusted = executor.policy.trust_class == trust::Class::trusted;
        (is_trusted ? options.trusted : options.untrusted) = executor.policy;
    }
    return options;
}

} // namespace

int check(const CheckOptions& chosen) {
    auto options = policies(chosen.config);
    if (!options) {
        fmt::print(stderr, "{}\n", options.error().message);
        return exit_usage;
    }
    options->otherwise = chosen.is_trusted ? trust::Class::trusted : trust::Class::untrusted;
    decision::ConfigTree files;
    for (const auto& path : chosen.paths) {
        if (auto added = add(files, path); !added) {
            fmt::print(stderr, "seakeeperd check: {}\n", added.error().message);
            return exit_usage;
        }
    }
    const auto found = decision::check(files, *options);
    for (const auto& finding : found) {
        fmt::print("{}\n", to_string(finding));
    }
    fmt::print(stderr, "{} files, {} findings\n", files.size(), found.size());
    return found.empty() ? exit_done : exit_no;
}

} // namespace seakeeper::daemon
