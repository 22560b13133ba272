// SPDX-License-Identifier: Apache-2.0
#include "record_json.hpp"

#include <seakeeper/decision/circumstances.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::decision {
namespace {

Error malformed(std::string_view member) {
    return Error{Errc::malformed, fmt::format("reading circumstances: member {}", member)};
}

Result<ConfigHistory> history_from(const json::value& value) {
    if (!value.is_object()) {
        return malformed("histories");
    }
    MemberReader reader{value.get_object()};
    ConfigHistory history;
    auto project = ProjectName::parse(reader.text("project"));
    history.is_descendant_of_last_seen = reader.flag("isDescendant");
    if (!project || !reader.fault().empty()) {
        return malformed("histories");
    }
    history.project = std::move(*project);
    if (reader.has("lastSeen")) {
        auto commit = CommitId::parse(reader.text("lastSeen"));
        if (!commit) {
            return malformed("lastSeen");
        }
        history.last_seen = std::move(*commit);
    }
    return history;
}

} // namespace

std::string to_json(const Circumstances& circumstances) {
    JsonText out{256};
    out.open('{');
    out.key("channel").open('{');
    out.member_flag("isPeerVerified", circumstances.channel.is_peer_verified).close('}');
    out.key("plant").open('{');
    out.member_flag("isReady", circumstances.plant.is_ready);
    out.member("fault", circumstances.plant.fault).close('}');
    out.key("histories").open('[');
    for (const auto& history : circumstances.histories) {
        out.open('{').member("project", history.project.str());
        if (history.last_seen) {
            out.member("lastSeen", history.last_seen->str());
        }
        out.member_flag("isDescendant", history.is_descendant_of_last_seen).close('}');
    }
    return out.close(']').close('}').take();
}

Result<Circumstances> circumstances_from_json(std::string_view text) {
    const auto object = object_from(text);
    if (!object) {
        return malformed("(no JSON object)");
    }
    MemberReader reader{*object};
    MemberReader channel{reader.object("channel")};
    MemberReader plant{reader.object("plant")};
    Circumstances circumstances;
    circumstances.channel.is_peer_verified = channel.flag("isPeerVerified");
    circumstances.plant.is_ready = plant.flag("isReady");
    circumstances.plant.fault = plant.text("fault");
    for (const auto& value : reader.array("histories")) {
        auto history = history_from(value);
        if (!history) {
            return std::move(history).error();
        }
        circumstances.histories.push_back(std::move(*history));
    }
    for (const auto* each : {&reader, &channel, &plant}) {
        if (!each->fault().empty()) {
            return malformed(each->fault());
        }
    }
    return circumstances;
}

std::string to_json(std::span<const InputRef> inputs) {
    JsonText out{512};
    out.open('{').key("inputs");
    write(out, std::vector<InputRef>{inputs.begin(), inputs.end()});
    return out.close('}').take();
}

Result<std::vector<InputRef>> inputs_from_json(std::string_view text) {
    const auto object = object_from(text);
    const auto* inputs = object ? object->if_contains("inputs") : nullptr;
    if (inputs == nullptr || !inputs->is_array()) {
        return malformed("inputs");
    }
    return inputs_from(inputs->get_array());
}

bool is_for_want_of_facts(std::span<const Decision> decisions) {
    return std::any_of(decisions.begin(), decisions.end(), [](const Decision& each) {
        // A definition with faults was read; reading it again will not mend it.
        return each.record.runs_as < each.record.requested && each.record.faults.empty()
               && trust::is_for_want_of_facts(each.record.verdict);
    });
}

} // namespace seakeeper::decision
