// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pod_log.hpp"

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

constexpr std::size_t seconds_length = std::string_view{"2026-11-22T15:04:05"}.size();

/// "2026-11-22T15:04:05.12Z" with nine digits of fraction, so that texts compare as times.
std::string padded(std::string_view stamp) {
    std::string out{stamp.substr(0, seconds_length)};
    std::string_view fraction = stamp.substr(std::min(seconds_length, stamp.size()));
    if (fraction.starts_with('.')) {
        fraction.remove_prefix(1);
    }
    const auto digits = std::min(fraction.find_first_not_of("0123456789"), fraction.size());
    out += '.';
    out += fraction.substr(0, std::min<std::size_t>(digits, 9));
    out.resize(seconds_length + 10, '0');
    return out;
}

bool is_emissary(std::string_view text) {
    return text.find("argo=true") != text.npos || text.find("\"argo\":true") != text.npos;
}

} // namespace

std::string LogLines::line(std::string_view text) {
    const auto space = text.find(' ');
    if (space == text.npos || space < seconds_length) {
        return {};
    }
    const auto stamp = padded(text.substr(0, space));
    // Two lines of one nanosecond do not happen; two deliveries of one line do.
    if (stamp <= last_) {
        return {};
    }
    last_ = stamp;
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
    return last_.empty() ? std::string{} : last_.substr(0, seconds_length) + "Z";
}

} // namespace seakeeper::pipeline
