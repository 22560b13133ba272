// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/decision/view.hpp>

#include <fmt/format.h>

namespace seakeeper::decision {

std::string place_name(const ConfigLink& at, std::string_view path) {
    return fmt::format("{}@{}:{}", at.project.str(), at.commit.str(), path);
}

std::shared_ptr<const ConfigFile> make_config_file(
    const ConfigLink& at, const Result<std::string>& bytes, sensor::PatternPool& pool
) {
    auto file = std::make_shared<ConfigFile>();
    file->bytes = bytes ? *bytes : std::string{};
    file->input = {"configuration", place_name(at, configuration_file), sha256_hex(file->bytes)};
    sensor::ProjectConfiguration configuration;
    if (bytes) {
        const auto shown = fmt::format("{}:{}", at.project.str(), configuration_file);
        auto read = sensor::parse_configuration(*bytes, shown, pool);
        if (read) {
            configuration = std::move(*read);
        } else {
            file->fault = read.error();
        }
    } else if (!bytes.error().is(Errc::not_found)) {
        file->fault = bytes.error();
    }
    file->layer = sensor::make_layer(at.project, at.commit, std::move(configuration));
    return file;
}

ProjectView make_view(ProjectName project, std::vector<std::shared_ptr<const ConfigFile>> files) {
    ProjectView view;
    view.files = std::move(files);
    std::vector<std::shared_ptr<const sensor::Layer>> layers;
    for (const auto& file : view.files) {
        if (file->fault && !view.fault) {
            view.fault = file->fault;
        }
        layers.push_back(file->layer);
    }
    if (!view.fault && !layers.empty()) {
        auto compiled = sensor::compile(layers);
        if (compiled) {
            view.sensor = std::move(*compiled);
        } else {
            view.fault = compiled.error();
        }
    }
    view.sensor.project = project;
    view.project = std::move(project);
    return view;
}

Result<std::vector<ConfigLink>> links_of(std::span<const InputRef> inputs) {
    std::vector<ConfigLink> links;
    for (const auto& input : inputs) {
        if (input.what != "configuration") {
            continue;
        }
        const auto at = input.from.find('@');
        const auto colon = input.from.find(':', at == std::string::npos ? 0 : at);
        if (at == std::string::npos || colon == std::string::npos) {
            return Error{
                Errc::corrupt,
                fmt::format("reading a decision's inputs: {} is none", quoted(input.from))};
        }
        const std::string_view from{input.from};
        auto name = ProjectName::parse(from.substr(0, at));
        auto commit = CommitId::parse(from.substr(at + 1, colon - at - 1));
        if (!name || !commit) {
            return Error{
                Errc::corrupt,
                fmt::format("reading a decision's inputs: {} is none", quoted(input.from))};
        }
        links.push_back({std::move(*name), std::move(*commit)});
    }
    return links;
}

} // namespace seakeeper::decision
