// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/check.hpp>
#include <seakeeper/sensor/configuration.hpp>
#include <seakeeper/workflow/definition.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <set>

namespace seakeeper::decision {
namespace {

constexpr std::string_view configuration_name = "seakeeper.yaml";

void append_lines(std::vector<std::string>& to, std::string_view text) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        to.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

void check_definition(
    const std::string& file,
    const std::string& bytes,
    const workflow::Policy& policy,
    std::vector<std::string>& found
) {
    const auto definition = workflow::Definition::parse(bytes, file);
    if (!definition) {
        append_lines(found, definition.error().message);
        return;
    }
    for (const auto& finding : workflow::police(*definition, policy)) {
        found.push_back(to_string(finding));
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

/// Checks the triggers and what they start; the paths of those definitions.
std::set<std::string> check_configuration(
    const std::string& path,
    const ConfigTree& files,
    const CheckOptions& options,
    std::vector<std::string>& found
) {
    std::set<std::string> named;
    sensor::PatternPool pool;
    const auto read = sensor::read_configuration(files.at(path), path, pool);
    for (const auto& finding : read.findings) {
        found.push_back(to_string(finding));
    }
    for (const auto& entry : read.configuration.triggers) {
        const auto& rule = entry.rule;
        const auto target = folder_of(path) + rule.definition.path;
        if (rule.definition.path.empty()) {
            continue;
        }
        const auto file = files.find(target);
        if (file == files.end()) {
            found.push_back(fmt::format(
                "{}:{}:{}: trigger {}: found workflow {}, which is no file here; accepted is the "
                "path "
                "of one beside {}",
                rule.place.file,
                rule.place.line,
                rule.place.column,
                rule.name.str(),
                rule.definition.path,
                configuration_name
            ));
        } else if (named.insert(target).second) {
            const bool is_trusted = rule.requested == sensor::RequestedClass::trusted;
            check_definition(
                target, file->second, is_trusted ? options.trusted : options.untrusted, found
            );
        }
    }
    return named;
}

} // namespace

std::vector<std::string> check(const ConfigTree& files, const CheckOptions& options) {
    std::vector<std::string> found;
    std::set<std::string> named;
    for (const auto& [path, bytes] : files) {
        if (std::filesystem::path{path}.filename() == configuration_name) {
            named.merge(check_configuration(path, files, options, found));
        }
    }
    const bool is_trusted = options.otherwise == trust::Class::trusted;
    for (const auto& [path, bytes] : files) {
        if (!named.contains(path) && is_workflow(bytes)) {
            check_definition(path, bytes, is_trusted ? options.trusted : options.untrusted, found);
        }
    }
    return found;
}

} // namespace seakeeper::decision
