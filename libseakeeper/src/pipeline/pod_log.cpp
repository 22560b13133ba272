// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pod_log.hpp"

#include <functional>

namespace seakeeper::pipeline {
namespace {

constexpr std::size_t seconds_length = std::string_view{"2026-11-22T15:04:05"}.size();

bool is_emissary(std::string_view text) {
    return text.find("argo=true") != text.npos || text.find("\"argo\":true") != text.npos;
}

} // namespace

std::string LogLines::line(std::string_view text) {
    const auto space = text.find(' ');
    if (space == text.npos || space < seconds_length) {
        return {};
    }
    const auto second = text.substr(0, seconds_length);
    if (second > newest_) {
        before_ = std::exchange(newest_, std::string{second});
        recent_.erase(recent_.begin(), recent_.lower_bound({before_, 0}));
    }
    // The same text twice in one nanosecond does not happen; two deliveries of one line do.
    const auto hash = std::hash<std::string_view>{}(text);
    if (!recent_.emplace(text.substr(0, space), hash).second) {
        return {};
    }
    std::string out{text.substr(space + 1)};
    if (is_emissary(out)) {
        return {};
    }
    out += '\n';
    if (out.size() <= left_) {
        left_ -= out.size();
        return out;
    }
    left_ = 0;
    return std::exchange(is_cut_, true) ? "" : "seakeeper: the log was cut here\n";
}

std::string LogLines::take(std::string_view piece) {
    rest_ += piece;
    std::string out;
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != rest_.npos; end = rest_.find('\n', begin)) {
        out += line(std::string_view{rest_}.substr(begin, end - begin));
        begin = end + 1;
    }
    rest_.erase(0, begin);
    return out;
}

std::string LogLines::finish() {
    return rest_.empty() ? std::string{} : line(std::exchange(rest_, {}));
}

std::string LogLines::since() const {
    const auto& from = before_.empty() ? newest_ : before_;
    return from.empty() ? from : from + "Z";
}

} // namespace seakeeper::pipeline
