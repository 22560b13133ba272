// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/pipeline/log_folder.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace seakeeper::pipeline {
namespace {

namespace fs = std::filesystem;

/// Names of workloads and Argo's nodes: nothing that could mean another folder.
bool is_name(std::string_view text) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, is_plain);
}

fs::path mark_of(const std::string& folder, std::string_view workload) {
    return fs::path{folder} / workload / "published";
}

} // namespace

Status LogFolder::publish(std::string_view workload) const {
    std::error_code fault;
    if (is_name(workload)) {
        fs::create_directories(fs::path{folder_} / workload, fault);
        std::ofstream mark{mark_of(folder_, workload)};
        if (mark) {
            return {};
        }
    }
    return Error{Errc::io, fmt::format("publishing logs of {}: {}", workload, fault.message())};
}

Status LogFolder::restrict(std::string_view workload) const {
    std::error_code fault;
    if (is_name(workload)) {
        fs::remove(mark_of(folder_, workload), fault);
    }
    if (fault) {
        return Error{
            Errc::io, fmt::format("restricting logs of {}: {}", workload, fault.message())};
    }
    return {};
}

Status LogFolder::remove(std::string_view workload) const {
    std::error_code fault;
    if (is_name(workload)) {
        fs::remove_all(fs::path{folder_} / workload, fault);
    }
    if (fault) {
        return Error{Errc::io, fmt::format("removing logs of {}: {}", workload, fault.message())};
    }
    return {};
}

bool LogFolder::is_published(std::string_view workload) const {
    std::error_code ignored;
    return is_name(workload) && fs::exists(mark_of(folder_, workload), ignored);
}

std::optional<std::string> LogFolder::find(std::string_view workload, std::string_view node) const {
    if (!is_name(workload) || !is_name(node)) {
        return std::nullopt;
    }
    const auto path = fs::path{folder_} / workload / fmt::format("{}.log", node);
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) ? std::optional{path.string()} : std::nullopt;
}

} // namespace seakeeper::pipeline
