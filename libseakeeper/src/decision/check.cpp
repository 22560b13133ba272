// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/check.hpp>
#include <seakeeper/sensor/configuration.hpp>
#include <seakeeper/workflow/definition.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

namespace seakeeper::decision {
namespace {

constexpr std::string_view configuration_name = "seakeeper.yaml";

/// What stands behind the last "accepted is" or "accepted are".
std::string accepted_of(std::string_view text) {
    for (const std::string_view mark : {"accepted is ", "accepted are "}) {
        if (const auto at = text.rfind(mark); at != text.npos) {
            return std::string{text.substr(at + mark.size())};
        }
    }
    return {};
}

/// Takes "NUMBER:" off the front, or leaves all as it was.
bool take_number(std::string_view& rest, std::uint32_t& number) {
    const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (fault != std::errc{} || end == rest.data() + rest.size() || *end != ':') {
        return false;
    }
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
    return true;
}

/// "PATH:LINE:COLUMN: TEXT", as the readers of files write it, back into its parts.
Finding placed(std::string_view line, const std::string& path, std::string_view rule) {
    Finding result{path, 1, 1, std::string{rule}, std::string{line}, accepted_of(line)};
    std::string_view rest = line;
    if (rest.starts_with(path) && rest.substr(path.size()).starts_with(':')) {
        rest.remove_prefix(path.size() + 1);
        if (take_number(rest, result.line) && take_number(rest, result.column)) {
            rest.remove_prefix(rest.starts_with(' ') ? 1 : 0);
            result.text = rest;
        }
    }
    return result;
}

void append_placed(
    std::vector<Finding>& to, std::string_view text, const std::string& path, std::string_view rule
) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        to.push_back(placed(text.substr(0, end), path, rule));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// The files, what is asked of them, and what was found so far.
class Check {
public:
    Check(const ConfigTree& files, const CheckOptions& options)
        : files_{files}, options_{options} {}

    void configuration(const std::string& path);
    /// Judges every Workflow that no trigger named.
    void others();
    std::vector<Finding> take() &&;

private:
    void trigger(const std::string& path, const sensor::Trigger& rule);
    void definition(const std::string& path, trust::Class judged_for);

    const ConfigTree& files_;
    const CheckOptions& options_;
    sensor::PatternPool pool_;
    std::set<std::string> named_;
    std::set<std::pair<std::string, trust::Class>> judged_;
    std::vector<Finding> found_;
};

void Check::definition(const std::string& path, trust::Class judged_for) {
    if (!judged_.emplace(path, judged_for).second) {
        return;
    }
    const auto read = workflow::Definition::parse(files_.at(path), path);
    if (!read) {
        append_placed(found_, read.error().message, path, "definition");
        return;
    }
    const bool is_trusted = judged_for == trust::Class::trusted;
    for (auto& finding :
         workflow::police(*read, is_trusted ? options_.trusted : options_.untrusted)) {
        found_.push_back(
            {path,
             finding.place.line,
             finding.place.column,
             finding.rule,
             fmt::format(
                 "found {}: {}; accepted is {}", finding.found, finding.reason, finding.accepted
             ),
             finding.accepted}
        );
    }
}

/// The folder that `path` is in, with a trailing slash, or nothing.
std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == path.npos ? std::string{} : path.substr(0, slash + 1);
}

bool is_workflow(std::string_view bytes) {
    return bytes.find("kind: Workflow\n") != bytes.npos || bytes.ends_with("kind: Workflow");
}

void Check::trigger(const std::string& path, const sensor::Trigger& rule) {
    if (rule.definition.path.empty()) {
        return;
    }
    const auto target = folder_of(path) + rule.definition.path;
    if (!files_.contains(target)) {
        auto accepted = fmt::format("the path of one beside {}", configuration_name);
        found_.push_back(
            {path,
             rule.place.line,
             rule.place.column,
             "no-workflow",
             fmt::format(
                 "trigger {}: found workflow {}, which is no file here; accepted is {}",
                 rule.name.str(),
                 rule.definition.path,
                 accepted
             ),
             accepted}
        );
        return;
    }
    named_.insert(target);
    const bool is_trusted = rule.requested == sensor::RequestedClass::trusted;
    definition(target, is_trusted ? trust::Class::trusted : trust::Class::untrusted);
    if (is_trusted && rule.otherwise_untrusted) {
        definition(target, trust::Class::untrusted);
    }
}

void Check::configuration(const std::string& path) {
    auto read = sensor::read_configuration(files_.at(path), path, pool_);
    for (auto& finding : read.findings) {
        auto accepted = accepted_of(finding.message);
        found_.push_back(
            {path,
             finding.place.line,
             finding.place.column,
             "configuration",
             std::move(finding.message),
             std::move(accepted)}
        );
    }
    for (const auto& entry : read.configuration.triggers) {
        trigger(path, entry.rule);
    }
}

void Check::others() {
    for (const auto& [path, bytes] : files_) {
        if (!named_.contains(path) && is_workflow(bytes)) {
            definition(path, options_.otherwise);
        }
    }
}

std::vector<Finding> Check::take() && {
    std::ranges::sort(found_);
    const auto same = std::ranges::unique(found_);
    found_.erase(same.begin(), same.end());
    return std::move(found_);
}

} // namespace

std::string to_string(const Finding& finding) {
    return fmt::format(
        "{}:{}:{}: {} [{}]", finding.path, finding.line, finding.column, finding.text, finding.rule
    );
}

std::vector<Finding> check(const ConfigTree& files, const CheckOptions& options) {
    Check check{files, options};
    for (const auto& file : files) {
        if (std::filesystem::path{file.first}.filename() == configuration_name) {
            check.configuration(file.first);
        }
    }
    check.others();
    return std::move(check).take();
}

} // namespace seakeeper::decision
