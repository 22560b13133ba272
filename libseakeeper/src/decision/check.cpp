// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/check.hpp>
#include <seakeeper/sensor/configuration.hpp>
#include <seakeeper/workflow/definition.hpp>
#include <seakeeper/workflow/event_values.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
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

/// Takes " [RULE]" off the end; `otherwise` if there is none.
std::string_view take_rule(std::string_view& line, std::string_view otherwise) {
    const auto begin = line.rfind(" [");
    if (begin == line.npos || !line.ends_with(']')) {
        return otherwise;
    }
    const auto rule = line.substr(begin + 2, line.size() - begin - 3);
    if (rule.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") != rule.npos) {
        return otherwise;
    }
    line = line.substr(0, begin);
    return rule;
}

/// "PATH:LINE:COLUMN: TEXT [RULE]", as the readers of files write it, back into its parts.
Finding placed(std::string_view line, const std::string& path, std::string_view otherwise) {
    const auto rule = take_rule(line, otherwise);
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

struct Declared {
    workflow::Place place;
    bool has_value = false;
};

/// spec.arguments.parameters, by name.
std::map<std::string, Declared> declared_parameters(const workflow::Definition& definition) {
    std::map<std::string, Declared> declared;
    const auto* arguments = definition.spec().if_contains("arguments");
    const auto* parameters = arguments != nullptr && arguments->is_object()
                                 ? arguments->get_object().if_contains("parameters")
                                 : nullptr;
    if (parameters == nullptr || !parameters->is_array()) {
        return declared;
    }
    std::size_t index = 0;
    for (const auto& each : parameters->get_array()) {
        const auto pointer = fmt::format("/spec/arguments/parameters/{}", index++);
        const auto* name = each.is_object() ? each.get_object().if_contains("name") : nullptr;
        if (name != nullptr && name->is_string()) {
            const auto& object = each.get_object();
            declared[std::string{name->get_string()}] = {
                definition.place_of(pointer),
                object.contains("value") || object.contains("default")};
        }
    }
    return declared;
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
    /// Null: it is none, which was said.
    const workflow::Definition* read(const std::string& path);
    void
    parameters(const std::string& path, const sensor::Trigger& rule, const std::string& target);

    const ConfigTree& files_;
    const CheckOptions& options_;
    sensor::PatternPool pool_;
    std::set<std::string> named_;
    std::set<std::pair<std::string, trust::Class>> judged_;
    std::map<std::string, std::optional<workflow::Definition>> definitions_;
    std::vector<Finding> found_;
};

const workflow::Definition* Check::read(const std::string& path) {
    const auto [at, is_new] = definitions_.try_emplace(path);
    if (is_new) {
        auto parsed = workflow::Definition::parse(files_.at(path), path);
        if (parsed) {
            at->second = std::move(*parsed);
        } else {
            append_placed(found_, parsed.error().message, path, "definition");
        }
    }
    return at->second ? &*at->second : nullptr;
}

void Check::definition(const std::string& path, trust::Class judged_for) {
    if (!judged_.emplace(path, judged_for).second) {
        return;
    }
    const auto* definition = read(path);
    if (definition == nullptr) {
        return;
    }
    const bool is_trusted = judged_for == trust::Class::trusted;
    for (auto& finding :
         workflow::police(*definition, is_trusted ? options_.trusted : options_.untrusted)) {
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
    parameters(path, rule, target);
}

/// What bind() would say: a trigger gives values only to parameters that the file declares, and
/// each of those gets one.
void Check::parameters(
    const std::string& path, const sensor::Trigger& rule, const std::string& target
) {
    const auto* definition = read(target);
    if (definition == nullptr) {
        return;
    }
    const auto declared = declared_parameters(*definition);
    for (const auto& given : rule.parameters) {
        if (!declared.contains(given.name)) {
            std::string names;
            for (const auto& [name, parameter] : declared) {
                names += (names.empty() ? "" : ", ") + name;
            }
            const auto accepted = names.empty() ? "no parameter at all" : "one of " + names;
            found_.push_back(
                {path,
                 rule.place.line,
                 rule.place.column,
                 "parameter-unknown",
                 fmt::format(
                     "trigger {}: found parameter {}, which {} does not declare in "
                     "spec.arguments.parameters; accepted is {}",
                     rule.name.str(),
                     given.name,
                     rule.definition.path,
                     accepted
                 ),
                 accepted}
            );
        }
    }
    for (const auto& [name, parameter] : declared) {
        const bool has_value = parameter.has_value || workflow::is_event_parameter(name)
                               || std::ranges::any_of(rule.parameters, [&](const auto& given) {
                                      return given.name == name;
                                  });
        if (has_value) {
            continue;
        }
        const bool is_text = workflow::is_event_parameter(name + "-base64");
        const auto accepted = is_text ? name + "-base64, the event's text in base64"
                                      : "a value, or a default, or one in the trigger's parameters";
        found_.push_back(
            {target,
             parameter.place.line,
             parameter.place.column,
             "parameter-missing",
             fmt::format(
                 "found parameter {} without a value: neither the file, trigger {} nor the event "
                 "gives one; accepted is {}",
                 name,
                 rule.name.str(),
                 accepted
             ),
             accepted}
        );
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
        "{}:{}:{}: {}{} [{}]",
        finding.path,
        finding.line,
        finding.column,
        finding.severity == Severity::warning ? "warning: " : "",
        finding.text,
        finding.rule
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
