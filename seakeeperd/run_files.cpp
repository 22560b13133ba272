// SPDX-License-Identifier: Apache-2.0
#include "run_files.hpp"

#include "local/support.hpp"
#include "site_folder.hpp"
#include "workflow/typed_reader.hpp"
#include "yaml/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace seakeeper::daemon {
namespace {

namespace fs = std::filesystem;

bool ends_document(std::string_view line) {
    return line == "---" || line.starts_with("--- ") || line.starts_with("---\r");
}

/// Each YAML document of a text, with empty lines for the others, so that places stay right.
std::vector<std::string> documents_of(std::string_view text) {
    std::vector<std::string> documents(1);
    std::vector<bool> has_text(1);
    std::size_t lines = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        ++lines;
        if (ends_document(line)) {
            documents.emplace_back(lines, '\n');
            has_text.push_back(false);
            continue;
        }
        documents.back() += std::string{line} + "\n";
        const auto first = line.find_first_not_of(" \t\r");
        has_text.back() = has_text.back() || (first != line.npos && line[first] != '#');
    }
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < documents.size(); ++i) {
        if (has_text[i]) {
            kept.push_back(std::move(documents[i]));
        }
    }
    return kept;
}

std::string kind_of(const std::string& document, const std::string& file) {
    const auto parsed = yaml::parse(document, file);
    const auto* kind = parsed ? parsed->find("kind") : nullptr;
    return kind == nullptr ? std::string{} : kind->text;
}

Status add_template(RunFiles& files, const std::string& document, const std::string& file) {
    auto parsed = yaml::parse(document, file);
    if (!parsed) {
        return parsed.error();
    }
    auto typed = workflow::read_typed(*parsed, file);
    if (!typed) {
        return typed.error();
    }
    RunFiles::Template one;
    one.file = file;
    one.tree = std::move(typed->tree);
    one.places.assign(typed->places.begin(), typed->places.end());
    files.templates.push_back(std::move(one));
    return {};
}

Status add_file(RunFiles& files, const std::string& file, bool has_workflow) {
    auto text = read_text(file);
    if (!text) {
        return text.error();
    }
    for (const auto& document : documents_of(*text)) {
        const auto kind = kind_of(document, file);
        if (kind == "WorkflowTemplate" || kind == "ClusterWorkflowTemplate") {
            if (auto added = add_template(files, document, file); !added) {
                return added;
            }
        } else if (has_workflow && !files.workflow) {
            auto definition = workflow::Definition::parse(document, file);
            if (!definition) {
                return definition.error();
            }
            files.workflow = std::move(*definition);
        } else if (has_workflow) {
            return Error{
                Errc::malformed,
                fmt::format(
                    "{}: a second document that is no WorkflowTemplate; run takes one Workflow",
                    file
                )};
        }
    }
    return {};
}

std::string place_in(const RunFiles::Template& one, std::string pointer) {
    while (true) {
        const auto found =
            std::ranges::find(one.places, pointer, &std::pair<std::string, workflow::Place>::first);
        if (found != one.places.end()) {
            return fmt::format("{}:{}:{}", one.file, found->second.line, found->second.column);
        }
        if (pointer.empty()) {
            return fmt::format("{}:1:1", one.file);
        }
        pointer.resize(pointer.rfind('/'));
    }
}

} // namespace

Result<RunFiles>
read_run_files(const std::string& file, const std::vector<std::string>& templates) {
    RunFiles files;
    if (auto added = add_file(files, file, true); !added) {
        return added.error();
    }
    if (!files.workflow) {
        return Error{Errc::malformed, fmt::format("{}: holds no Workflow", file)};
    }
    for (const auto& path : templates) {
        std::vector<std::string> found{path};
        if (fs::is_directory(path)) {
            found.clear();
            for (const auto& entry : fs::directory_iterator{path}) {
                const auto extension = entry.path().extension();
                if (extension == ".yaml" || extension == ".yml") {
                    found.push_back(entry.path().string());
                }
            }
            std::ranges::sort(found);
        }
        for (const auto& one : found) {
            if (auto added = add_file(files, one, false); !added) {
                return added.error();
            }
        }
    }
    return files;
}

Result<std::vector<std::string>>
lacks_of(const RunFiles& files, const boost::json::object& manifest) {
    std::vector<boost::json::object> trees;
    for (const auto& one : files.templates) {
        trees.push_back(one.tree);
    }
    auto program = local::read_program(manifest, trees);
    if (program) {
        return std::vector<std::string>{};
    }
    if (!program.error().is(Errc::unsupported)) {
        return program.error();
    }
    auto shape = local::read_shape(manifest, trees);
    if (!shape) {
        return shape.error();
    }
    std::vector<std::string> lacks;
    for (const auto& one : local::find_unsupported(*shape, manifest, trees)) {
        const auto place = files.workflow->place_of(one.pointer);
        const auto where =
            one.file == 0
                ? fmt::format("{}:{}:{}", files.workflow->file(), place.line, place.column)
                : place_in(files.templates[one.file - 1], one.pointer);
        lacks.push_back(fmt::format("{}: {} [{}]", where, one.reason, to_string(one.lack)));
    }
    return lacks;
}

} // namespace seakeeper::daemon
