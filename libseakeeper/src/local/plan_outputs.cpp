// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"
#include "workflow/expr_evaluation.hpp"
#include "workflow/go_json.hpp"
#include "workflow/walk.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::array_at;
using workflow::object_at;
using workflow::text_at;

namespace {

std::string rfc3339(WallTime time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(time));
}

bool flag_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

/// One parameter of all members of a loop: a list of texts, or of what they say in JSON where all
/// are lists or maps.
std::string listed(const std::vector<std::string>& values) {
    json::array parsed;
    for (const auto& one : values) {
        boost::system::error_code fault;
        auto value = json::parse(one, fault);
        if (fault || !value.is_structured()) {
            parsed.clear();
            break;
        }
        parsed.push_back(std::move(value));
    }
    if (parsed.empty()) {
        for (const auto& one : values) {
            parsed.emplace_back(one);
        }
    }
    return workflow::go_json(json::value(std::move(parsed)));
}

/// JSON without its blanks, as Go writes a json.RawMessage: numbers and the order of members stay.
std::string compacted(std::string_view text) {
    std::string out;
    bool is_text = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_text && c == '\\') {
            out += text.substr(i++, 2);
            continue;
        }
        is_text = c == '"' ? !is_text : is_text;
        if (is_text && (c == '<' || c == '>' || c == '&')) {
            out += fmt::format("\\u{:04x}", static_cast<int>(c));
        } else if (is_text || std::string_view{" \t\r\n"}.find(c) == std::string_view::npos) {
            out += c;
        }
    }
    return out;
}

/// What `{{name}}` or a bare name of a reference names.
std::string_view reference_of(std::string_view text) {
    if (text.starts_with("{{") && text.ends_with("}}")) {
        text = text.substr(2, text.size() - 4);
    }
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return text;
}

} // namespace

void Plan::add_inputs(workflow::Variables& into, const json::object& body) const {
    const auto* inputs = object_at(body, "inputs");
    const auto* parameters = inputs == nullptr ? nullptr : array_at(*inputs, "parameters");
    for (const auto& one : parameters == nullptr ? json::array{} : *parameters) {
        into.set(
            fmt::format("inputs.parameters.{}", text_at(one.get_object(), "name")),
            any_text_at(one.get_object(), "value").value_or("")
        );
    }
    const auto* artifacts = inputs == nullptr ? nullptr : array_at(*inputs, "artifacts");
    for (const auto& one : artifacts == nullptr ? json::array{} : *artifacts) {
        into.set_artifact(
            fmt::format("inputs.artifacts.{}", text_at(one.get_object(), "name")), one.get_object()
        );
    }
    for (const auto& one : outputs_.artifacts) {
        into.set_artifact(fmt::format("workflow.outputs.artifacts.{}", text_at(one, "name")), one);
    }
}

void Plan::publish(workflow::Variables& into, const std::string& prefix, std::size_t index) const {
    const auto attempts =
        nodes_[index].type == NodeType::retry ? attempts_of(index) : std::vector<std::size_t>{};
    const Node& node = nodes_[attempts.empty() ? index : attempts.back()];
    into.set(prefix + ".id", node.id);
    into.set(prefix + ".status", std::string{to_string(node.phase)});
    if (node.started) {
        into.set(prefix + ".startedAt", rfc3339(*node.started));
    }
    if (node.finished) {
        into.set(prefix + ".finishedAt", rfc3339(*node.finished));
    }
    if (node.outputs.result) {
        into.set(prefix + ".outputs.result", *node.outputs.result);
    }
    if (node.outputs.exit_code) {
        into.set(prefix + ".exitCode", *node.outputs.exit_code);
    }
    for (const auto& one : node.outputs.parameters) {
        if (one.value) {
            into.set(fmt::format("{}.outputs.parameters.{}", prefix, one.name), *one.value);
        }
    }
    for (const auto& one : node.outputs.artifacts) {
        into.set_artifact(
            fmt::format("{}.outputs.artifacts.{}", prefix, text_at(one, "name")), one
        );
    }
}

Status Plan::publish_loop(
    workflow::Variables& into, const std::string& prefix, std::vector<std::size_t> nodes
) const {
    std::vector<std::string> results;
    json::array parameters;
    std::vector<std::pair<std::string, std::vector<std::string>>> by_name;
    for (const auto index : nodes) {
        const Outputs& outputs = effective_outputs(index);
        if (nodes_[index].phase != NodePhase::succeeded) {
            continue;
        }
        json::object own;
        for (const auto& one : outputs.parameters) {
            own[one.name] = one.value.value_or("");
            auto found =
                std::ranges::find(by_name, one.name, &decltype(by_name)::value_type::first);
            if (found == by_name.end()) {
                found = by_name.insert(by_name.end(), {one.name, {}});
            }
            found->second.push_back(one.value.value_or(""));
        }
        if (!own.empty()) {
            parameters.push_back(std::move(own));
        }
        if (outputs.result) {
            boost::system::error_code fault;
            json::parse(*outputs.result, fault);
            if (fault) {
                return Error{
                    Errc::malformed,
                    fmt::format(
                        "invalid character in the result of {}: it is not JSON",
                        nodes_[index].display
                    )};
            }
            results.push_back(compacted(*outputs.result));
        }
    }
    into.set(prefix + ".outputs.result", fmt::format("[{}]", fmt::join(results, ",")));
    into.set(prefix + ".outputs.parameters", workflow::go_json(json::value(std::move(parameters))));
    for (const auto& [name, values] : by_name) {
        into.set(fmt::format("{}.outputs.parameters.{}", prefix, name), listed(values));
    }
    return {};
}

void Plan::publish_globally(const Outputs& outputs) {
    for (const auto& one : outputs.parameters) {
        if (one.global_name.empty()) {
            continue;
        }
        globals_.set("workflow.outputs.parameters." + one.global_name, one.value.value_or(""));
        const auto known =
            std::ranges::find(outputs_.parameters, one.global_name, &OutputParameter::name);
        if (known != outputs_.parameters.end()) {
            known->value = one.value;
        } else {
            outputs_.parameters.push_back({one.global_name, one.value, ""});
        }
    }
    for (const auto& one : outputs.artifacts) {
        const auto name = std::string{text_at(one, "globalName")};
        if (name.empty()) {
            continue;
        }
        json::object artifact = one;
        artifact["name"] = name;
        artifact.erase("globalName");
        artifact.erase("path");
        globals_.set_artifact("workflow.outputs.artifacts." + name, artifact);
        std::erase_if(outputs_.artifacts, [&](const auto& old) {
            return text_at(old, "name") == name;
        });
        outputs_.artifacts.push_back(std::move(artifact));
    }
}

/// Outputs of a steps or dag template.
Result<Outputs>
Plan::outputs_from(const json::object& body, const workflow::Variables& variables) const {
    Outputs made;
    const auto* declared = object_at(body, "outputs");
    const auto* parameters = declared == nullptr ? nullptr : array_at(*declared, "parameters");
    for (const auto& one : parameters == nullptr ? json::array{} : *parameters) {
        const auto& parameter = one.get_object();
        const auto* from = object_at(parameter, "valueFrom");
        if (from == nullptr) {
            return Error{Errc::malformed, "output parameters must have a valueFrom specified"};
        }
        std::optional<std::string> value;
        std::optional<Error> fault;
        if (const auto expression = text_at(*from, "expression"); !expression.empty()) {
            auto parsed = workflow::parse_expr(expression);
            auto result = parsed ? workflow::evaluate(*parsed, variables.environment())
                                 : Result<json::value>{parsed.error()};
            if (result) {
                value = workflow::text_of(*result);
            } else {
                fault = result.error();
            }
        } else {
            const auto name = reference_of(text_at(*from, "parameter"));
            if (const auto* found = variables.find(name)) {
                value = *found;
            } else if (!name.empty()) {
                fault = Error{Errc::not_found, fmt::format("Unable to resolve: \"{}\"", name)};
            } else {
                value = "";
            }
        }
        if (!value) {
            value = any_text_at(*from, "default");
        }
        if (!value) {
            return *fault;
        }
        made.parameters.push_back(
            {std::string{text_at(parameter, "name")},
             value,
             std::string{text_at(parameter, "globalName")}}
        );
    }
    const auto* artifacts = declared == nullptr ? nullptr : array_at(*declared, "artifacts");
    for (const auto& one : artifacts == nullptr ? json::array{} : *artifacts) {
        auto found = resolved_artifact(one.get_object(), variables);
        if (!found) {
            if (flag_at(one.get_object(), "optional")) {
                continue;
            }
            return found.error().within("unable to resolve outputs from scope");
        }
        if (*found) {
            made.artifacts.push_back(std::move(**found));
        }
    }
    return made;
}

Result<std::optional<json::object>>
resolved_artifact(const json::object& artifact, const workflow::Variables& variables) {
    json::object found;
    if (const auto expression = text_at(artifact, "fromExpression"); !expression.empty()) {
        auto parsed = workflow::parse_expr(expression);
        auto value = parsed ? workflow::evaluate(*parsed, variables.environment())
                            : Result<json::value>{parsed.error()};
        if (!value) {
            return value.error();
        }
        if (!value->is_object() || !value->get_object().contains("name")) {
            return Error{Errc::malformed, "the value of fromExpression is not an artifact"};
        }
        found = std::move(value->get_object());
    } else if (const auto from = text_at(artifact, "from"); !from.empty()) {
        const auto name = reference_of(from);
        const auto* known = variables.find_artifact(name);
        if (known == nullptr) {
            return Error{Errc::not_found, fmt::format("Unable to resolve: \"{}\"", name)};
        }
        found = *known;
    } else {
        return std::optional<json::object>{};
    }
    found["name"] = text_at(artifact, "name");
    found.erase("globalName");
    for (const char* key : {"globalName", "archive", "optional"}) {
        if (const auto* value = artifact.if_contains(key)) {
            found[key] = *value;
        }
    }
    if (const auto below = text_at(artifact, "subPath"); !below.empty()) {
        auto text = substitute(below, variables, workflow::Unresolved::kept);
        if (!text) {
            return text.error();
        }
        const auto before = std::string{text_at(found, "storedPath")};
        found["storedPath"] = before.empty() ? *text : before + "/" + *text;
    }
    return std::optional{std::move(found)};
}

Status resolve_artifacts(json::object& arguments, const workflow::Variables& variables) {
    auto* list = arguments.if_contains("artifacts");
    if (list == nullptr || !list->is_array()) {
        return {};
    }
    json::array kept;
    for (auto& one : list->get_array()) {
        auto found = resolved_artifact(one.get_object(), variables);
        if (!found) {
            if (flag_at(one.get_object(), "optional")) {
                continue;
            }
            return found.error();
        }
        kept.push_back(*found ? json::value(std::move(**found)) : std::move(one));
    }
    *list = std::move(kept);
    return {};
}

} // namespace seakeeper::local
