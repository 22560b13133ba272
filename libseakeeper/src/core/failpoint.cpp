// SPDX-License-Identifier: Apache-2.0
#include "core/failpoint.hpp"

#ifdef SEAKEEPER_FAILPOINTS

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace seakeeper {
namespace {

struct Plan {
    std::string action;
    int when = 1;
    int passed = 0;
};

std::map<std::string, Plan, std::less<>> plans_of(const char* text) {
    std::map<std::string, Plan, std::less<>> plans;
    std::string_view rest = text == nullptr ? "" : text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(','), rest.size());
        const auto entry = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto equals = entry.find('=');
        const auto at = std::min(entry.find('@'), entry.size());
        if (equals == std::string_view::npos) {
            continue;
        }
        Plan plan;
        plan.action = entry.substr(equals + 1, at - equals - 1);
        if (at < entry.size()) {
            std::from_chars(entry.data() + at + 1, entry.data() + entry.size(), plan.when);
        }
        plans.emplace(entry.substr(0, equals), std::move(plan));
    }
    return plans;
}

} // namespace

Status failpoint(const char* name) {
    static std::mutex mutex;
    static auto plans = plans_of(std::getenv("SEAKEEPER_FAIL"));
    const std::lock_guard lock{mutex};
    const auto found = plans.find(std::string_view{name});
    if (found == plans.end() || ++found->second.passed != found->second.when) {
        return {};
    }
    const auto& action = found->second.action;
    std::fprintf(stderr, "{\"failpoint\":\"%s=%s\"}\n", name, action.c_str());
    if (action == "crash") {
        ::_exit(137);
    }
    if (action == "error") {
        return Error{Errc::unavailable, std::string{"failpoint "} + name};
    }
    if (action == "lost") {
        return Error{Errc::unknown_outcome, std::string{"failpoint "} + name};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    return {};
}

bool is_broken_on_purpose(const char* name) {
    static const char* const text = std::getenv("SEAKEEPER_BREAK");
    return text != nullptr && std::string_view{text} == name;
}

} // namespace seakeeper

#endif
