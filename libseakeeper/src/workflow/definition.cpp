// SPDX-License-Identifier: Apache-2.0
#include "structure.hpp"
#include "typed_reader.hpp"

#include <seakeeper/workflow/definition.hpp>

#include <yaml/document.hpp>

namespace seakeeper::workflow {

Result<Definition>
Definition::parse(std::string_view bytes, std::string_view file, const DefinitionLimits& limits) {
    yaml::Limits yaml_limits;
    yaml_limits.bytes = limits.bytes;
    auto document = yaml::parse(bytes, file, yaml_limits);
    if (!document) {
        auto error = std::move(document).error();
        error.message += error.is(Errc::limit_exceeded) ? " [limit]" : " [yaml]";
        return error;
    }
    auto typed = read_typed(*document, file);
    if (!typed) {
        return std::move(typed).error();
    }
    Definition definition;
    definition.tree_ = std::move(typed->tree);
    definition.places_ = std::move(typed->places);
    definition.file_ = file;
    if (auto fault = find_fault(definition.tree_, limits)) {
        const auto place = definition.place_of(fault->pointer);
        const auto* rule = fault->code == Errc::limit_exceeded ? " [limit]" : " [structure]";
        return Error{
            fault->code,
            yaml::at(file, {place.line, place.column}, "found " + fault->message + rule)};
    }
    return definition;
}

const boost::json::object& Definition::spec() const {
    return tree_.at("spec").as_object();
}

Place Definition::place_of(std::string_view pointer) const {
    while (!pointer.empty()) {
        const auto found = places_.find(std::string{pointer});
        if (found != places_.end()) {
            return found->second;
        }
        pointer = pointer.substr(0, pointer.rfind('/'));
    }
    return {};
}

} // namespace seakeeper::workflow
