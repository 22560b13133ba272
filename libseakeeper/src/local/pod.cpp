// SPDX-License-Identifier: Apache-2.0
#include "local/pod.hpp"

#include "local/program.hpp"
#include "local/tags.hpp"
#include "workflow/walk.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::array_at;
using workflow::object_at;
using workflow::text_at;

namespace {

std::vector<std::string> texts_of(const json::object& object, std::string_view key) {
    std::vector<std::string> texts;
    const auto* list = array_at(object, key);
    for (const auto& one : list == nullptr ? json::array{} : *list) {
        texts.emplace_back(one.is_string() ? std::string_view{one.get_string()} : "");
    }
    return texts;
}

template <class Act>
void each(const json::object& owner, std::string_view key, const Act& act) {
    const auto* list = array_at(owner, key);
    for (const auto& one : list == nullptr ? json::array{} : *list) {
        act(one.get_object());
    }
}

void expand_variables(Container& container) {
    Variables known;
    for (auto& [name, value] : container.env) {
        value = expanded(value, known);
        known.emplace_back(name, value);
    }
    for (auto* texts : {&container.command, &container.args}) {
        for (auto& text : *texts) {
            text = expanded(text, known);
        }
    }
}

void add_mounts(Container& container, const json::object& owner) {
    each(owner, "volumeMounts", [&](const json::object& one) {
        const auto* only = one.if_contains("readOnly");
        container.mounts.push_back(
            {std::string{text_at(one, "name")},
             std::string{text_at(one, "mountPath")},
             std::string{text_at(one, "subPath")},
             only != nullptr && only->is_bool() && only->get_bool()}
        );
    });
}

Result<Container> container_of(const json::object& object, std::string_view name) {
    Container container;
    container.name = name;
    container.image = text_at(object, "image");
    container.command = texts_of(object, "command");
    container.args = texts_of(object, "args");
    container.working_dir = text_at(object, "workingDir");
    container.needs = texts_of(object, "dependencies");
    if (container.command.empty() || container.command.front().empty()) {
        return Error{Errc::malformed, fmt::format("container {} has no command", quoted(name, 60))};
    }
    each(object, "env", [&](const json::object& one) {
        const auto* from = object_at(one, "valueFrom");
        const auto* field = from == nullptr ? nullptr : object_at(*from, "fieldRef");
        const auto path = field == nullptr ? std::string_view{} : text_at(*field, "fieldPath");
        auto value = path == "metadata.namespace" ? std::string{"local"}
                                                  : any_text_at(one, "value").value_or("");
        container.env.emplace_back(text_at(one, "name"), std::move(value));
    });
    add_mounts(container, object);
    if (object.contains("source")) {
        container.source = std::string{text_at(object, "source")};
    }
    expand_variables(container);
    return container;
}

Status add_containers(Pod& pod, const json::object& body) {
    std::optional<Error> fault;
    const auto add =
        [&](std::vector<Container>& to, const json::object& object, std::string_view name) {
            auto container = container_of(object, name);
            if (!container) {
                fault = container.error();
                return;
            }
            to.push_back(std::move(*container));
        };
    for (const char* kind : {"container", "script"}) {
        if (const auto* one = object_at(body, kind)) {
            add(pod.mains, *one, "main");
        }
    }
    if (const auto* set = object_at(body, "containerSet")) {
        each(*set, "containers", [&](const json::object& one) {
            add(pod.mains, one, text_at(one, "name"));
        });
        for (auto& container : pod.mains) {
            add_mounts(container, *set);
        }
    }
    each(body, "initContainers", [&](const json::object& one) {
        add(pod.init, one, text_at(one, "name"));
    });
    each(body, "sidecars", [&](const json::object& one) {
        add(pod.sidecars, one, text_at(one, "name"));
    });
    for (auto* some : {&pod.init, &pod.sidecars}) {
        const auto key = some == &pod.init ? "initContainers" : "sidecars";
        std::size_t i = 0;
        each(body, key, [&](const json::object& one) {
            const auto* mirror = one.if_contains("mirrorVolumeMounts");
            if (i < some->size() && mirror != nullptr && mirror->is_bool() && mirror->get_bool()
                && !pod.mains.empty()) {
                auto& mounts = (*some)[i].mounts;
                mounts.insert(mounts.end(), pod.mains[0].mounts.begin(), pod.mains[0].mounts.end());
            }
            ++i;
        });
    }
    return fault ? Status{*fault} : Status{};
}

} // namespace

Result<Pod> read_pod(const json::object& body, const json::object& spec) {
    Pod pod;
    if (auto added = add_containers(pod, body); !added) {
        return added.error();
    }
    for (const auto* owner : {&spec, &body}) {
        each(*owner, "volumes", [&](const json::object& one) {
            pod.volumes.emplace_back(text_at(one, "name"));
        });
    }
    if (const auto* inputs = object_at(body, "inputs")) {
        each(*inputs, "artifacts", [&](const json::object& one) { pod.inputs.push_back(one); });
    }
    if (const auto* outputs = object_at(body, "outputs")) {
        each(*outputs, "artifacts", [&](const json::object& one) { pod.outputs.push_back(one); });
        each(*outputs, "parameters", [&](const json::object& one) {
            const auto* from = object_at(one, "valueFrom");
            PathParameter parameter;
            parameter.name = text_at(one, "name");
            parameter.path = from == nullptr ? "" : text_at(*from, "path");
            parameter.otherwise =
                from == nullptr ? any_text_at(one, "value") : any_text_at(*from, "default");
            parameter.global_name = text_at(one, "globalName");
            pod.parameters.push_back(std::move(parameter));
        });
    }
    return pod;
}

} // namespace seakeeper::local
