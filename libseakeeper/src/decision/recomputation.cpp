// SPDX-License-Identifier: Apache-2.0
#include "record_json.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/decision/recomputation.hpp>
#include <seakeeper/event/parse.hpp>

#include <fmt/format.h>

namespace seakeeper::decision {
namespace {

/// More than this many of one kind: begin anew.
constexpr std::size_t most_kept = 20'000;

const InputRef* find(std::span<const InputRef> inputs, std::string_view what) {
    for (const auto& input : inputs) {
        if (input.what == what) {
            return &input;
        }
    }
    return nullptr;
}

Error missing(std::string_view what) {
    return Error{Errc::corrupt, fmt::format("recomputing: the inputs name no {}", what)};
}

template <class Map, class Value>
const Value& keep(Map& map, const std::string& key, const Value& value) {
    if (map.size() >= most_kept) {
        map.clear();
    }
    return map[key] = value;
}

const sensor::Trigger* trigger_in(const ProjectView& view, std::string_view name) {
    for (const auto& trigger : view.sensor.triggers) {
        if (trigger->name.str() == name) {
            return trigger.get();
        }
    }
    return nullptr;
}

} // namespace

struct Recomputation::Parts {
    event::Event event;
    std::string event_bytes;
    gerrit::Facts facts;
    std::shared_ptr<const Options> options;
    std::shared_ptr<const ProjectView> view;
    std::optional<std::pair<event::Event, gerrit::Facts>> retry; ///< who asked for another attempt
};

Recomputation::Recomputation(Bytes bytes) : bytes_{std::move(bytes)} {
}

Recomputation::~Recomputation() = default;

Result<std::shared_ptr<const Options>> Recomputation::options_at(const std::string& digest) {
    if (const auto found = options_.find(digest); found != options_.end()) {
        return found->second;
    }
    auto bytes = bytes_(digest);
    if (!bytes) {
        return bytes.error();
    }
    auto read = options_from_json(*bytes);
    if (!read) {
        return read.error();
    }
    return keep(options_, digest, std::make_shared<const Options>(std::move(*read)));
}

Result<std::shared_ptr<const ConfigFile>> Recomputation::file_of(const InputRef& input) {
    const auto key = input.from + "|" + input.digest;
    if (const auto found = files_.find(key); found != files_.end()) {
        return found->second;
    }
    auto bytes = bytes_(input.digest);
    if (!bytes) {
        return bytes.error();
    }
    auto links = links_of(std::span{&input, 1});
    if (!links) {
        return links.error();
    }
    if (bytes->empty()) { // how inputs say that the commit has no such file
        bytes = Result<std::string>{Error{Errc::not_found, "no such file"}};
    }
    return keep(files_, key, make_config_file(links->front(), bytes, pool_));
}

Result<std::shared_ptr<const ProjectView>>
Recomputation::view_of(const ProjectName& project, std::span<const InputRef> inputs) {
    auto key = project.str();
    for (const auto& input : inputs) {
        if (input.what == "configuration") {
            key += "|" + input.from + "|" + input.digest;
        }
    }
    if (const auto found = views_.find(key); found != views_.end()) {
        return found->second;
    }
    std::vector<std::shared_ptr<const ConfigFile>> files;
    for (const auto& input : inputs) {
        if (input.what != "configuration") {
            continue;
        }
        auto file = file_of(input);
        if (!file) {
            return file.error();
        }
        files.push_back(std::move(*file));
    }
    auto view = std::make_shared<const ProjectView>(make_view(project, std::move(files)));
    return keep(views_, key, view);
}

Result<event::Event> Recomputation::event_at(const std::string& digest) {
    auto bytes = bytes_(digest);
    if (!bytes) {
        return bytes.error();
    }
    return event::parse(*bytes);
}

Result<gerrit::Facts> Recomputation::facts_at(const std::string& digest) {
    auto bytes = bytes_(digest);
    if (!bytes) {
        return bytes.error();
    }
    auto object = object_from(*bytes);
    if (!object) {
        return object.error();
    }
    return gerrit::facts_from_json(*object);
}

Result<Recomputation::Parts>
Recomputation::parts_of(std::span<const InputRef> inputs, std::string_view event) {
    Parts parts;
    parts.event_bytes = event;
    if (const auto* input = find(inputs, "event")) {
        auto bytes = bytes_(input->digest);
        if (!bytes) {
            return bytes.error();
        }
        parts.event_bytes = std::move(*bytes);
    }
    auto parsed = event::parse(parts.event_bytes);
    if (!parsed) {
        return parsed.error();
    }
    parts.event = std::move(*parsed);
    if (const auto* input = find(inputs, "facts")) {
        auto facts = facts_at(input->digest);
        if (!facts) {
            return facts.error();
        }
        parts.facts = std::move(*facts);
    }
    if (const auto* asked = find(inputs, "retry-event")) {
        const auto* read = find(inputs, "retry-facts");
        auto event_of_retry = event_at(asked->digest);
        auto facts =
            read == nullptr ? Result<gerrit::Facts>{gerrit::Facts{}} : facts_at(read->digest);
        if (!event_of_retry || !facts) {
            return event_of_retry ? facts.error() : event_of_retry.error();
        }
        parts.retry.emplace(std::move(*event_of_retry), std::move(*facts));
    }
    const auto* options = find(inputs, "options");
    if (options == nullptr) {
        return missing("options");
    }
    auto read = options_at(options->digest);
    if (!read) {
        return read.error();
    }
    parts.options = std::move(*read);
    auto project = ProjectName::parse(parts.event.project);
    if (!project) {
        return project.error();
    }
    auto view = view_of(*project, inputs);
    if (!view) {
        return view.error();
    }
    parts.view = std::move(*view);
    return parts;
}

Result<Consideration>
Recomputation::consider(std::span<const InputRef> inputs, std::string_view event) {
    auto parts = parts_of(inputs, event);
    if (!parts) {
        return parts.error();
    }
    Consideration made;
    made.event = std::move(parts->event);
    made.bytes = std::move(parts->event_bytes);
    made.facts = std::move(parts->facts);
    made.view = std::move(parts->view);
    const DecideInput input{made.event, made.facts, *parts->options, {}, {}, {}, {}};
    made.matches = match(input, made.view->sensor);
    return made;
}

Result<std::shared_ptr<const PreparedDefinition>> Recomputation::definition_of(const Record& record
) {
    const auto* options = find(record.inputs, "options");
    const auto* input = find(record.inputs, "definition");
    auto project = ProjectName::parse(record.definition.project);
    auto commit = CommitId::parse(record.definition.commit);
    if (options == nullptr || !project || !commit) {
        return missing(options == nullptr ? "options" : "definition");
    }
    const sensor::Definition at{std::move(*project), std::move(*commit), record.definition.path};
    auto read = options_at(options->digest);
    if (!read) {
        return read.error();
    }
    if (input == nullptr) { // it could not be read: the record says why
        const auto why = record.faults.empty() ? std::string{} : record.faults.front();
        return prepare(at, record.definition.blob, Error{Errc::not_found, why}, **read);
    }
    const auto key = input->from + "|" + input->digest + "|" + options->digest;
    if (const auto found = definitions_.find(key); found != definitions_.end()) {
        return found->second;
    }
    auto bytes = bytes_(input->digest);
    if (!bytes) {
        return bytes.error();
    }
    return keep(definitions_, key, prepare(at, record.definition.blob, bytes, **read));
}

Result<Decision> Recomputation::again(const Record& record) {
    auto parts = parts_of(record.inputs, {});
    if (!parts) {
        return parts.error();
    }
    const auto* circumstances = find(record.inputs, "circumstances");
    if (circumstances == nullptr) {
        return missing("circumstances");
    }
    auto bytes = bytes_(circumstances->digest);
    if (!bytes) {
        return bytes.error();
    }
    auto stood = circumstances_from_json(*bytes);
    if (!stood) {
        return stood.error();
    }
    auto definition = definition_of(record);
    if (!definition) {
        return definition.error();
    }
    const auto* trigger = trigger_in(*parts->view, record.trigger);
    if (trigger == nullptr) {
        return Error{
            Errc::corrupt,
            fmt::format(
                "recomputing: the configuration has no trigger {}", quoted(record.trigger)
            )};
    }
    DecideInput input{
        .event = parts->event,
        .facts = parts->facts,
        .options = *parts->options,
        .event_key = record.event_key,
        .inputs = record.inputs,
        .definitions = std::span{&*definition, 1},
        .histories = stood->histories,
        .channel = stood->channel,
        .plant = stood->plant,
        .attempt = record.attempt,
        .now = record.decided_at};
    if (parts->retry) {
        input.retry.emplace(trust::RetryRequest{parts->retry->first, parts->retry->second});
    }
    // decide() adds the definition itself.
    std::erase_if(input.inputs, [](const InputRef& ref) { return ref.what == "definition"; });
    return decide(input, *trigger);
}

Status Recomputation::check(const Record& record) {
    auto made = again(record);
    if (!made) {
        return made.error();
    }
    return same_record(record, made->record);
}

} // namespace seakeeper::decision
