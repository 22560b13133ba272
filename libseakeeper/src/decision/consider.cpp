// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/consider.hpp>
#include <seakeeper/decision/event_key.hpp>
#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <core/json_text.hpp>

namespace seakeeper::decision {
namespace {

std::vector<InputRef> inputs_of(const Consideration& made, const Setting& setting) {
    std::vector<InputRef> inputs;
    const auto put = [&](const char* what, std::string_view bytes) {
        inputs.push_back({what, {}, sha256_hex(bytes)});
    };
    put("event", made.bytes);
    put("facts", boost::json::serialize(gerrit::to_json(made.facts)));
    inputs.push_back({"options", {}, setting.site.options_digest()});
    put("circumstances", to_json(setting.circumstances));
    for (const auto& file : made.view->files) {
        inputs.push_back(file->input);
    }
    return inputs;
}

void decide_matched(Consideration& made, Setting& setting, WallTime now) {
    std::vector<std::shared_ptr<const PreparedDefinition>> definitions;
    for (const auto& each : made.matches) {
        if (each.match.outcome == sensor::Outcome::matched) {
            definitions.push_back(setting.site.definition(each.trigger->definition));
        }
    }
    if (definitions.empty()) {
        return;
    }
    const DecideInput input{
        .event = made.event,
        .facts = made.facts,
        .options = setting.site.options(),
        .event_key = made.key,
        .inputs = inputs_of(made, setting),
        .definitions = definitions,
        .histories = setting.circumstances.histories,
        .channel = setting.circumstances.channel,
        .plant = setting.circumstances.plant,
        .now = now};
    for (const auto& each : made.matches) {
        if (each.match.outcome == sensor::Outcome::matched) {
            made.decisions.push_back(decide(input, *each.trigger));
        }
    }
}

bool waits(const Consideration& made) {
    for (const auto& each : made.matches) {
        if (each.match.outcome == sensor::Outcome::needs_facts) {
            return true;
        }
    }
    return is_for_want_of_facts(made.decisions);
}

bool is_wanted(const Consideration& made, const Options& options) {
    for (const auto& trigger : made.view->sensor.triggers) {
        const auto answer = sensor::evaluate(*trigger, made.event, nullptr, options.self);
        if (answer.outcome != sensor::Outcome::not_matched) {
            return true;
        }
    }
    return false;
}

/// Configuration and the events that no trigger is asked about; false: the end is reached.
bool begin(Consideration& made, Setting& setting) {
    const auto end = [&made](EventEnd how, std::string why) {
        made.end = how;
        made.why = std::move(why);
        return false;
    };
    if (made.event.kind() == event::Kind::dropped_output) {
        return end(EventEnd::ignored, "Gerrit dropped events");
    }
    if (is_own_doing(made.event, setting.site.options().self)) {
        return end(EventEnd::ignored, "our own doing");
    }
    auto project = ProjectName::parse(made.event.project);
    if (!project) {
        return end(EventEnd::ignored, "it names no project");
    }
    made.view = setting.site.view(*project);
    if (made.view->fault) {
        return end(EventEnd::refused, made.view->fault->message);
    }
    return true;
}

void judge(Consideration& made, Setting& setting, WallTime now) {
    setting.site.put_into(made.facts, made.view->project, now);
    const DecideInput input{made.event, made.facts, setting.site.options(), {}, {}, {}, {}};
    made.matches = match(input, made.view->sensor);
    decide_matched(made, setting, now);
}

gerrit::Facts unrecorded() {
    gerrit::Facts facts;
    facts.change.failure = facts.actor.failure = "not in the recording";
    return facts;
}

void write_event(JsonText& out, const Consideration& made, std::size_t row) {
    out.open('{');
    out.member("row", static_cast<std::int64_t>(row));
    out.member("event", made.key);
    out.member("type", made.event.type);
    out.member("subject", subject_key(made.event));
}

std::string_view word_of(sensor::Outcome outcome) {
    switch (outcome) {
    case sensor::Outcome::matched:
        return "matched";
    case sensor::Outcome::not_matched:
        return "not-matched";
    case sensor::Outcome::needs_facts:
        return "needs-facts";
    }
    return "not-matched";
}

void write_decision(JsonText& out, const Decision& decision) {
    out.member("class", trust::to_string(decision.record.runs_as));
    out.member("why", trust::to_string(decision.record.verdict));
    out.member("executor", decision.executor);
    out.member("digest", decision.digest);
    out.key("record").raw(to_json(decision.record));
}

} // namespace

std::string_view to_string(EventEnd end) noexcept {
    switch (end) {
    case EventEnd::decided:
        return "decided";
    case EventEnd::duplicate:
        return "duplicate";
    case EventEnd::ignored:
        return "ignored";
    case EventEnd::rejected:
        return "rejected";
    case EventEnd::refused:
        return "refused";
    }
    return "decided";
}

Circumstances circumstances_of_a_file(const Options& options) {
    Circumstances circumstances;
    circumstances.channel.is_peer_verified = true;
    circumstances.plant.is_ready = options.trusted.has_value();
    if (!circumstances.plant.is_ready) {
        circumstances.plant.fault = "no executor of class trusted is configured";
    }
    return circumstances;
}

Consideration consider(
    Setting& setting, event::Event event, std::string bytes, gerrit::Facts facts, WallTime now
) {
    Consideration made;
    made.event = std::move(event);
    made.bytes = std::move(bytes);
    made.facts = std::move(facts);
    made.key = event_keys(made.event, made.facts, made.bytes).front();
    if (begin(made, setting)) {
        judge(made, setting, now);
    }
    return made;
}

Considering::Considering(Setting& setting, const gerrit::RecordedStream& stream)
    : setting_{setting}, stream_{stream} {
}

Result<Consideration> Considering::one(event::Event event, std::string bytes, WallTime now) {
    Consideration made;
    made.event = std::move(event);
    made.bytes = std::move(bytes);
    const auto semantic = event::semantic_key(made.event);
    made.key = semantic.value_or("");
    if (!begin(made, setting_)) {
        return made;
    }
    if (!is_wanted(made, setting_.site.options())) { // as the service: no facts are read for it
        const DecideInput input{made.event, made.facts, setting_.site.options(), {}, {}, {}, {}};
        made.matches = match(input, made.view->sensor);
        return made;
    }
    const auto name = gerrit::recorded_name(made.event);
    const auto readings = stream_.readings(name);
    for (std::size_t i = 0; i < std::max<std::size_t>(readings, 1); ++i) {
        made.facts = unrecorded();
        made.decisions.clear();
        if (readings > 0) {
            auto facts = stream_.reading(name, i);
            if (!facts) {
                return facts.error();
            }
            made.facts = std::move(*facts);
        }
        const auto keys = event_keys(made.event, made.facts, made.bytes);
        const auto free = std::find_if(keys.begin(), keys.end(), [this](const auto& key) {
            return !taken_.contains(key);
        });
        made.key = free == keys.end() ? keys.front() : *free;
        if (free == keys.end()) {
            made.end = EventEnd::duplicate;
            made.why = "another event has this key";
            made.matches.clear();
            return made;
        }
        judge(made, setting_, now);
        if (!waits(made)) {
            break;
        }
    }
    taken_.insert(made.key);
    return made;
}

Result<std::vector<Consideration>> Considering::line(std::size_t index) {
    auto line = stream_.line(index);
    if (!line) {
        return line.error();
    }
    std::vector<Consideration> made;
    auto event = event::parse(line->bytes);
    if (!event) {
        made.emplace_back();
        made.back().bytes = std::move(line->bytes);
        made.back().end = EventEnd::rejected;
        made.back().why = event.error().message;
        return made;
    }
    const auto seconds = std::chrono::seconds{event->created_on.value_or(0)};
    const auto now = line->received.value_or(WallTime{seconds});
    const bool is_batch = event->kind() == event::Kind::batch_ref_updated;
    for (auto& part : event::split_batch(std::move(*event))) {
        auto bytes = is_batch ? event::serialize(part) : line->bytes;
        auto one = this->one(std::move(part), std::move(bytes), now);
        if (!one) {
            return one.error();
        }
        made.push_back(std::move(*one));
    }
    return made;
}

void append_lines(
    std::string& out, const Consideration& considered, std::size_t row, LineStyle style
) {
    if (considered.end != EventEnd::decided || considered.matches.empty()) {
        JsonText text{256};
        write_event(text, considered, row);
        const bool is_decided = considered.end == EventEnd::decided;
        text.member("outcome", is_decided ? "no-trigger" : to_string(considered.end));
        text.member("why", is_decided ? "no trigger applies to the project" : considered.why);
        out += text.close('}').take();
        out += '\n';
        return;
    }
    auto decision = considered.decisions.begin();
    for (const auto& each : considered.matches) {
        const bool is_matched = each.match.outcome == sensor::Outcome::matched;
        if (!is_matched && style == LineStyle::matched) {
            continue;
        }
        JsonText text{is_matched ? 4096u : 256u};
        write_event(text, considered, row);
        text.member("trigger", each.trigger->name.str());
        text.member("outcome", word_of(each.match.outcome));
        if (is_matched) {
            write_decision(text, *decision++);
        } else {
            text.member("why", sensor::explain(each.match, considered.event, &considered.facts));
        }
        out += text.close('}').take();
        out += '\n';
    }
}

} // namespace seakeeper::decision
