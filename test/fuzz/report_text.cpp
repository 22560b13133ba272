// SPDX-License-Identifier: Apache-2.0
// Whatever logs and peers say: a report is clean UTF-8 within Gerrit's limit, cleaning it again
// changes nothing, and the only marker line in it is ours. The input is split into name, message
// and log at its first two line feeds.
#include <seakeeper/core/text.hpp>
#include <seakeeper/report/message.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace seakeeper;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::string_view take(std::string_view& text) {
    const auto end = text.find('\n');
    const auto part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text{reinterpret_cast<const char*>(data), size};
    for (const std::size_t limit : {0, 1, 7, 64, 16'000}) {
        const auto clean = sanitized(text, limit);
        require(clean.size() <= limit && is_valid_utf8(clean));
        require(sanitized(clean, limit) == clean);
    }
    require(is_valid_utf8(quoted(text)));
    report::RunReport run;
    run.workload = "sk-aaaa";
    run.trigger = take(text);
    run.state = "failed";
    run.trust_class = "untrusted";
    run.message = take(text);
    report::BrokenStep step;
    step.name = run.trigger;
    step.message = run.message;
    step.last_lines = text;
    run.broken.push_back(std::move(step));
    const auto told = report::compose(std::span{&run, 1});
    require(told.size() <= report::message_bytes && is_valid_utf8(told));
    require(sanitized(told, told.size()) == told);
    require(count_of(told, report::marker_key) == 1);
    require(told.ends_with("\n" + report::marker("sk-aaaa", "failed")));
    return 0;
}
