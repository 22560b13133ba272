// SPDX-License-Identifier: Apache-2.0
#include "sensor/reader.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace seakeeper::sensor {

namespace {

constexpr std::array<std::string_view, 2> classes{"untrusted", "trusted"};
constexpr int largest_vote = 100;

std::span<const std::string_view> trigger_keys() {
    static const std::vector<std::string_view> keys = [] {
        std::vector<std::string_view> all{"events"};
        all.insert(all.end(), condition_keys().begin(), condition_keys().end());
        for (const std::string_view key :
             {"workflow",
              "parameters",
              "trust",
              "otherwise",
              "artifacts",
              "final",
              "override",
              "enabled",
              "report"}) {
            all.push_back(key);
        }
        return all;
    }();
    return keys;
}

bool has_empty_or_dot_segment(std::string_view path) {
    while (true) {
        const std::size_t slash = path.find('/');
        const std::string_view segment = path.substr(0, slash);
        if (segment.empty() || segment == "." || segment == "..") {
            return true;
        }
        if (slash == std::string_view::npos) {
            return false;
        }
        path.remove_prefix(slash + 1);
    }
}

void read_workflow(Reader& reader, const yaml::Node& node, Trigger& trigger) {
    constexpr std::size_t longest = 512;
    constexpr std::string_view accepted =
        "a path in refs/meta/config such as workflows/test.yaml, without `.`, `..` or a leading "
        "slash, ending in .yaml or .yml";
    const auto path = reader.text(node, accepted);
    if (!path) {
        return;
    }
    const bool has_control = std::ranges::any_of(*path, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\';
    });
    if (path->size() > longest || has_control || has_empty_or_dot_segment(*path)
        || !(path->ends_with(".yaml") || path->ends_with(".yml"))) {
        reader.expect(node, accepted);
        return;
    }
    trigger.definition.path = *path;
}

bool is_parameter_name(std::string_view name) {
    return !name.empty() && name.size() <= 63 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || c == '-' || c == '_';
    });
}

void read_parameter(Reader& reader, const yaml::Member& member, Trigger& trigger) {
    const yaml::Node& value = member.value;
    if (!is_parameter_name(member.key)) {
        reader.complain(
            member.key_mark,
            fmt::format(
                "found the parameter name {}, accepted are 1 to 63 letters, digits, `-`, `_`",
                quoted(member.key, 80)
            )
        );
    }
    const auto type = yaml::plain_type(value);
    const bool is_simple = value.kind == yaml::NodeKind::scalar
                           && (type == yaml::PlainType::string || type == yaml::PlainType::integer
                               || type == yaml::PlainType::boolean);
    if (!is_simple) {
        reader.expect(value, "text, a whole number, true or false; anything else in quotes");
        return;
    }
    if (value.text.size() > reader.limits().parameter_bytes) {
        reader.complain(
            value.mark,
            fmt::format(
                "found a value of {} bytes, accepted are {} at most",
                value.text.size(),
                reader.limits().parameter_bytes
            )
        );
    }
    if (value.text.find("{{") != std::string::npos) {
        reader.complain(
            value.mark,
            fmt::format(
                "found {}, accepted is a literal without `{{{{`: values of the event reach the "
                "workflow as its own parameters",
                quoted(value.text, 80)
            )
        );
    }
    trigger.parameters.push_back({member.key, value.text});
}

void read_parameters(Reader& reader, const yaml::Node& node, Trigger& trigger) {
    if (node.kind != yaml::NodeKind::mapping || node.members.size() > reader.limits().parameters) {
        reader.expect(
            node, fmt::format("a mapping of at most {} names to values", reader.limits().parameters)
        );
        return;
    }
    for (const yaml::Member& member : node.members) {
        read_parameter(reader, member, trigger);
    }
}

void check_report(Reader& reader, const yaml::Node& node, const ReportSpec& report) {
    constexpr std::size_t longest = 1'000;
    if (!report.label && (node.find("success") != nullptr || node.find("failure") != nullptr)) {
        reader.complain(node.mark, "found votes without label, accepted is {label: NAME, ...}");
    }
    if (report.failure >= report.success) {
        reader.complain(
            node.mark,
            fmt::format(
                "found failure {:+} and success {:+}, accepted is a failure below the success",
                report.failure,
                report.success
            )
        );
    }
    if (report.message.size() > longest) {
        reader.complain(
            node.find("message")->mark,
            fmt::format(
                "found a message of {} bytes, accepted are {} at most",
                report.message.size(),
                longest
            )
        );
    }
}

void read_report(Reader& reader, const yaml::Node& node, ReportSpec& report) {
    constexpr std::array<std::string_view, 5> keys{
        "label", "success", "failure", "start", "message"};
    if (node.kind == yaml::NodeKind::scalar && node.text == "none") {
        report.is_silent = true;
        return;
    }
    if (node.kind != yaml::NodeKind::mapping) {
        reader.expect(node, fmt::format("none, or a mapping with {}", joined(keys)));
        return;
    }
    reader.check_mapping(node, "a report", keys);
    for (const yaml::Member& member : node.members) {
        if (member.key == "label") {
            report.label = read_label(reader, member.value).value_or("");
        } else if (member.key == "success") {
            report.success = reader.integer(member.value, -largest_vote, largest_vote).value_or(1);
        } else if (member.key == "failure") {
            report.failure = reader.integer(member.value, -largest_vote, largest_vote).value_or(-1);
        } else if (member.key == "start") {
            report.at_start = reader.boolean(member.value).value_or(false);
        } else if (member.key == "message") {
            report.message = reader.text(member.value).value_or("");
        }
    }
    check_report(reader, node, report);
}

void read_artifacts(Reader& reader, const yaml::Node& node, Trigger& trigger) {
    constexpr std::array<std::string_view, 1> keys{"deployable"};
    if (!reader.check_mapping(node, "artifacts", keys)) {
        return;
    }
    if (const yaml::Node* deployable = node.find("deployable")) {
        trigger.wants_deployable = reader.boolean(*deployable).value_or(false);
    }
}

void read_rule_key(Reader& reader, const yaml::Member& member, TriggerEntry& entry) {
    const yaml::Node& value = member.value;
    Trigger& rule = entry.rule;
    if (member.key == "workflow") {
        read_workflow(reader, value, rule);
    } else if (member.key == "parameters") {
        read_parameters(reader, value, rule);
    } else if (member.key == "trust") {
        rule.requested = static_cast<RequestedClass>(reader.choice(value, classes).value_or(0));
    } else if (member.key == "otherwise") {
        rule.otherwise_untrusted = reader.choice(value, std::span{classes}.first(1)).has_value();
    } else if (member.key == "artifacts") {
        read_artifacts(reader, value, rule);
    } else if (member.key == "final") {
        rule.is_final = reader.boolean(value).value_or(false);
    } else if (member.key == "override") {
        rule.is_overridable = reader.boolean(value).value_or(false);
    } else if (member.key == "enabled") {
        entry.is_enabled = reader.boolean(value).value_or(true);
    } else if (member.key == "report") {
        read_report(reader, value, rule.report);
    }
}

void read_key(Reader& reader, const yaml::Member& member, TriggerEntry& entry) {
    if (member.key == "events") {
        Condition events;
        events.line = member.key_mark.line;
        events.column = member.key_mark.column;
        events.test = read_events(reader, member.value);
        entry.rule.conditions.push_back(std::move(events));
    } else if (is_condition_key(member.key)) {
        if (auto condition = read_condition(reader, member, 0)) {
            entry.rule.conditions.push_back(std::move(*condition));
        }
    } else {
        read_rule_key(reader, member, entry);
    }
    entry.keys.emplace_back(member.key, reader.place(member.key_mark));
}

/// What no inheritance can make right.
void check_entry(Reader& reader, const yaml::Node& node, const TriggerEntry& entry) {
    const Trigger& rule = entry.rule;
    const auto mark_of = [&](std::string_view key) { return node.find(key)->mark; };
    if (!entry.is_enabled && node.members.size() > 1) {
        reader.complain(
            mark_of("enabled"), "found enabled: false beside other keys, accepted is it alone"
        );
    }
    if (rule.is_final && rule.is_overridable) {
        reader.complain(
            mark_of("override"), "found final and override on one trigger, accepted is one of them"
        );
    }
    const bool is_new = node.find("workflow") != nullptr;
    if (is_new && node.find("events") == nullptr) {
        reader.complain(node.mark, "found a trigger without events, accepted is a list of them");
    }
    if (rule.requested == RequestedClass::trusted) {
        return;
    }
    if (rule.otherwise_untrusted) {
        reader.complain(
            mark_of("otherwise"),
            "found otherwise without trust: trusted, accepted is it there only"
        );
    }
    if (rule.wants_deployable) {
        reader.complain(
            mark_of("artifacts"),
            "found deployable artifacts of an untrusted trigger, accepted are they with "
            "trust: trusted"
        );
    }
}

void read_trigger(Reader& reader, const yaml::Member& member, ProjectConfiguration& result) {
    TriggerEntry entry;
    entry.rule.place = reader.place(member.key_mark);
    if (auto name = TriggerName::parse(member.key)) {
        entry.rule.name = std::move(*name);
    } else {
        reader.complain(member.key_mark, "found " + name.error().message);
    }
    if (!reader.check_mapping(member.value, "a trigger", trigger_keys())) {
        return;
    }
    for (const yaml::Member& key : member.value.members) {
        read_key(reader, key, entry);
    }
    check_entry(reader, member.value, entry);
    complete(entry.rule);
    result.triggers.push_back(std::move(entry));
}

void read_document(Reader& reader, const yaml::Node& root, ProjectConfiguration& result) {
    constexpr std::array<std::string_view, 1> keys{"triggers"};
    if (root.kind == yaml::NodeKind::null || !reader.check_mapping(root, "seakeeper.yaml", keys)) {
        return;
    }
    const yaml::Node* triggers = root.find("triggers");
    if (triggers == nullptr || triggers->kind == yaml::NodeKind::null) {
        return;
    }
    if (triggers->kind != yaml::NodeKind::mapping
        || triggers->members.size() > reader.limits().triggers) {
        reader.expect(
            *triggers,
            fmt::format("a mapping of at most {} names to triggers", reader.limits().triggers)
        );
        return;
    }
    for (const yaml::Member& member : triggers->members) {
        read_trigger(reader, member, result);
    }
}

/// "FILE:LINE:COLUMN: MESSAGE", as the YAML reader writes it, back into its parts.
Finding finding_of(std::string_view message, std::string_view file) {
    Finding result{Place{std::string{file}}, std::string{message}};
    std::string_view rest = message;
    if (!rest.starts_with(file) || !rest.substr(file.size()).starts_with(':')) {
        return result;
    }
    rest.remove_prefix(file.size() + 1);
    for (std::uint32_t* number : {&result.place.line, &result.place.column}) {
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), *number);
        if (error != std::errc{} || end == rest.data() + rest.size() || *end != ':') {
            return result;
        }
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
    }
    rest.remove_prefix(rest.starts_with(' ') ? 1 : 0);
    result.message = rest.starts_with("found the key \"on\"")
                         ? "found the key on, which YAML 1.1 reads as true, accepted is events"
                         : rest;
    return result;
}

} // namespace

std::string to_string(const Finding& finding) {
    return fmt::format(
        "{}:{}:{}: {}",
        finding.place.file,
        finding.place.line,
        finding.place.column,
        finding.message
    );
}

ReadConfiguration read_configuration(
    std::string_view bytes,
    std::string_view file,
    PatternPool& pool,
    const ConfigurationLimits& limits
) {
    ReadConfiguration result;
    yaml::Limits yaml_limits;
    yaml_limits.bytes = limits.bytes;
    const auto root = yaml::parse(bytes, file, yaml_limits);
    if (!root) {
        result.findings.push_back(finding_of(root.error().message, file));
        return result;
    }
    Reader reader{file, pool, limits};
    read_document(reader, *root, result.configuration);
    result.findings = std::move(reader).take_findings();
    return result;
}

Result<ProjectConfiguration>
parse_configuration(std::string_view bytes, std::string_view file, PatternPool& pool) {
    ReadConfiguration read = read_configuration(bytes, file, pool);
    if (read.findings.empty()) {
        return std::move(read.configuration);
    }
    std::string message;
    for (const Finding& finding : read.findings) {
        message += (message.empty() ? "" : "\n") + to_string(finding);
    }
    return Error{Errc::malformed, std::move(message)};
}

Result<ProjectConfiguration> parse_configuration(std::string_view bytes, std::string_view file) {
    PatternPool pool;
    return parse_configuration(bytes, file, pool);
}

} // namespace seakeeper::sensor
