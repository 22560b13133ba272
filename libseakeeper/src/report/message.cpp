// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/text.hpp>
#include <seakeeper/report/message.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::report {
namespace {

/// The page of all logs has the rest.
constexpr std::size_t linked_logs = 5;
constexpr std::string_view notice_key = "Seakeeper-Notice:";

/// A log cannot claim to be one of our marker lines: readers look for them anywhere.
std::string without_markers(std::string text) {
    for (const auto key : {marker_key, notice_key}) {
        for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at)) {
            text.insert(at + key.size() - 1, " ");
        }
    }
    return text;
}

std::string one_line(std::string_view text, std::size_t limit) {
    auto clean = sanitized(text, limit);
    for (auto& c : clean) {
        c = c == '\n' || c == '\t' ? ' ' : c;
    }
    return without_markers(std::move(clean));
}

std::string in_words(std::chrono::seconds took) {
    const auto seconds = took.count();
    if (seconds < 60) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 3600) {
        return fmt::format("{} min {} s", seconds / 60, seconds % 60);
    }
    return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

/// The end of a text in whole lines, as a block that Gerrit shows as it is (lines begin with
/// blanks).
std::string last_lines_block(std::string_view log, std::size_t limit) {
    auto clean = without_markers(sanitized(log, log.size() * 3));
    std::vector<std::string_view> lines;
    std::string_view rest = clean;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        lines.push_back(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    std::size_t used = 0;
    auto first = lines.size();
    while (first > 0 && used + lines[first - 1].size() + 5 <= limit) {
        --first;
        used += lines[first].size() + 5;
    }
    std::string block;
    for (auto i = first; i < lines.size(); ++i) {
        block += fmt::format("    {}\n", lines[i]);
    }
    return block;
}

std::string headline(const RunReport& run) {
    std::string line = fmt::format("{}: {}", one_line(run.trigger, 100), one_line(run.state, 20));
    if (run.took) {
        line += fmt::format(" in {}", in_words(*run.took));
    }
    line += fmt::format(" ({}", one_line(run.trust_class, 20));
    if (!run.why.empty()) {
        line += fmt::format(": {}", one_line(run.why, 300));
    }
    return line + ")\n";
}

std::string step_text(const BrokenStep& step, std::size_t log_limit) {
    std::string text = fmt::format("\nStep {} failed", one_line(step.name, 200));
    if (step.exit_code) {
        text += fmt::format(" with exit code {}", *step.exit_code);
    }
    if (!step.message.empty()) {
        text += fmt::format(": {}", one_line(step.message, 500));
    }
    text += "\n";
    if (const auto block = last_lines_block(step.last_lines, log_limit); !block.empty()) {
        text += fmt::format("Its last lines:\n\n{}\n", block);
    }
    if (!step.log_url.empty()) {
        text += fmt::format("Log: {}\n", one_line(step.log_url, 500));
    }
    return text;
}

std::string run_text(const RunReport& run, std::size_t log_limit) {
    auto text = headline(run);
    if (!run.message.empty()) {
        text += one_line(run.message, 1000) + "\n";
    }
    if (!run.note.empty()) {
        text += one_line(run.note, 1000) + "\n";
    }
    for (const auto& step : run.broken) {
        text += step_text(step, log_limit);
    }
    for (std::size_t i = 0; i < run.logs.size() && i < linked_logs; ++i) {
        const auto& log = run.logs[i];
        text += fmt::format("Log of {}: {}\n", one_line(log.name, 200), one_line(log.url, 500));
    }
    if (!run.log_url.empty()) {
        text += fmt::format("All logs: {}\n", one_line(run.log_url, 500));
    }
    return text;
}

std::string markers_of(std::span<const RunReport> runs, std::string_view state) {
    std::string lines;
    for (const auto& run : runs) {
        lines += "\n" + marker(run.workload, state.empty() ? run.state : state);
    }
    return lines;
}

/// `body` cut at a character so that `tail`, which begins a line, fits whole. Markers are looked
/// for once more: a name that ends like one gets its colon from us.
std::string fitted(const std::string& body, const std::string& tail) {
    const auto room = message_bytes - std::min(tail.size(), message_bytes);
    return sanitized(without_markers(body), room) + tail;
}

} // namespace

std::string marker(std::string_view workload, std::string_view state) {
    return fmt::format("{} {} {}", marker_key, workload, state);
}

std::string notice_marker(std::string_view key) {
    return fmt::format("{} {}", notice_key, key);
}

std::string compose(std::span<const RunReport> runs, std::span<const std::string> wait) {
    const auto tail = markers_of(runs, {});
    // Logs get less and less room until the whole fits.
    for (std::size_t log_limit = 6'000;; log_limit /= 2) {
        std::string body;
        for (const auto& run : runs) {
            body += (body.empty() ? "" : "\n") + run_text(run, log_limit);
        }
        if (!wait.empty()) {
            std::string names;
            for (const auto& name : wait) {
                names += (names.empty() ? "" : ", ") + one_line(name, 100);
            }
            body += fmt::format("\nStill running: {}\n", names);
        }
        if (log_limit == 0 || body.size() + tail.size() <= message_bytes) {
            return fitted(body, tail);
        }
    }
}

std::string compose_start(std::span<const RunReport> runs) {
    std::string body;
    for (const auto& run : runs) {
        body += fmt::format(
            "{}: started ({})\n", one_line(run.trigger, 100), one_line(run.trust_class, 20)
        );
        if (!run.log_url.empty()) {
            body += fmt::format("Logs: {}\n", one_line(run.log_url, 500));
        }
    }
    return fitted(body, markers_of(runs, "started"));
}

std::string compose_notice(std::string_view key, std::string_view text) {
    const auto body = without_markers(sanitized(text, message_bytes)) + "\n";
    return fitted(body, "\n" + notice_marker(key));
}

} // namespace seakeeper::report
