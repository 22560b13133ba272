// SPDX-License-Identifier: Apache-2.0
#include "core/failpoint.hpp"
#include "pipeline/engine.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/decision/circumstances.hpp>
#include <seakeeper/decision/event_key.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace seakeeper::pipeline {
namespace {

/// A patch set of a change that would become configuration.
bool is_config_change(const event::Event& event) {
    return event.kind() == event::Kind::patchset_created && event.change
           && event.ref_name == git::config_ref;
}

} // namespace

const sensor::Trigger* find_trigger(const sensor::Sensor& sensor, std::string_view name) {
    for (const auto& trigger : sensor.triggers) {
        if (trigger->name.str() == name) {
            return trigger.get();
        }
    }
    return nullptr;
}

bool is_of_facts(const decision::InputRef& input) {
    return input.what == "facts" || input.what == "retry-facts";
}

std::string digest_of_facts(const decision::Record& record) {
    for (const auto& input : record.inputs) {
        if (input.what == "facts") {
            return input.digest;
        }
    }
    return {};
}

const sensor::Trigger* Situation::trigger() const {
    return find_trigger(view->sensor, record.trigger);
}

asio::awaitable<Status> Pipeline::Engine::decide(Item item) {
    if (is_config_change(item.event)) {
        auto reviewed = co_await review_config(std::move(item));
        co_return reviewed;
    }
    auto project = ProjectName::parse(item.event.project);
    if (!project) {
        auto done = co_await end(std::move(item), store::InboxState::ignored, "no project");
        co_return done;
    }
    const auto until = Deadline::in(options.call);
    auto view = co_await projects.view(*project, until);
    if (!view) {
        const bool is_hopeless = item.received + options.patience < parts.clock.wall();
        if (!is_hopeless) {
            co_return view.error();
        }
        parts.log.error("configuration not readable", {{"error", view.error().message}});
        auto note = view.error().message;
        auto done = co_await end(std::move(item), store::InboxState::decided, std::move(note));
        co_return done;
    }
    if ((*view)->fault) {
        auto done = co_await refuse_project(std::move(item), *(*view)->fault);
        co_return done;
    }
    Gathered gathered;
    gathered.item = std::move(item);
    gathered.view = *view;
    gathered.triggers = gathered.view->sensor.triggers;
    auto is_wanted = co_await gather(gathered, until);
    if (!is_wanted) {
        co_return is_wanted.error();
    }
    auto is_again = co_await gather_again(gathered, until);
    if (!is_again) {
        co_return is_again;
    }
    if (!*is_wanted && gathered.again.empty()) {
        tell(gathered, {});
        auto done = co_await end_unwanted(std::move(gathered));
        co_return done;
    }
    auto done = co_await commit(std::move(gathered));
    co_return done;
}

/// False: no trigger wants the event.
asio::awaitable<Result<bool>> Pipeline::Engine::gather(Gathered& gathered, Deadline until) {
    std::vector<const sensor::Trigger*> triggers;
    for (const auto& trigger : gathered.triggers) {
        triggers.push_back(trigger.get());
    }
    const auto& event = gathered.item.event;
    auto request = decision::facts_needed(event, triggers, options.decisions);
    if (!request) {
        co_return false;
    }
    if (auto hit = SEAKEEPER_FAILPOINT("F3"); !hit) {
        co_return hit.error();
    }
    gathered.facts_at = std::chrono::steady_clock::now();
    auto facts = co_await parts.facts.read(event, std::move(*request), until);
    if (!facts) {
        co_return facts.error();
    }
    gathered.facts = std::move(*facts);
    auto read = co_await read_definitions(gathered, until);
    if (!read) {
        co_return read.error();
    }
    auto facts_json = boost::json::serialize(gerrit::to_json(gathered.facts));
    const auto put = [&](std::string what, std::string from, std::string bytes) {
        gathered.inputs.push_back({std::move(what), std::move(from), sha256_hex(bytes)});
        gathered.blobs.push_back({gathered.inputs.back().digest, std::move(bytes)});
    };
    put("event", "", gathered.item.bytes);
    put("facts", "", std::move(facts_json));
    gathered.inputs.push_back({"options", "", options_input.digest});
    gathered.blobs.push_back(options_input);
    put("circumstances", "", decision::to_json({options.channel, options.plant, gathered.histories})
    );
    for (const auto& file : gathered.view->files) {
        gathered.inputs.push_back(file->input);
        gathered.blobs.push_back({file->input.digest, file->bytes});
    }
    for (const auto& prepared : gathered.definitions) {
        if (!prepared->digest.empty()) { // decide() names it among the inputs
            gathered.blobs.push_back({prepared->digest, prepared->bytes});
        }
    }
    gathered.keys = decision::event_keys(event, gathered.facts, gathered.item.bytes);
    co_return true;
}

asio::awaitable<Status> Pipeline::Engine::read_definitions(Gathered& gathered, Deadline until) {
    for (const auto& trigger : gathered.triggers) {
        const auto& event = gathered.item.event;
        const auto match =
            sensor::evaluate(*trigger, event, &gathered.facts, options.decisions.self);
        const bool is_hopeless = gathered.item.received + options.patience < parts.clock.wall();
        if (match.outcome == sensor::Outcome::needs_facts && !is_hopeless) {
            co_return Error{
                Errc::unavailable,
                fmt::format(
                    "reading facts for trigger {}: {}",
                    trigger->name.str(),
                    gathered.facts.change.failure
                )};
        }
        if (match.outcome != sensor::Outcome::matched) {
            continue;
        }
        auto prepared = co_await projects.definition(trigger->definition, until);
        if (!prepared) {
            co_return prepared.error();
        }
        gathered.definitions.push_back(std::move(*prepared));
    }
    if (gathered.definitions.empty()) {
        co_return Status{};
    }
    auto used = co_await histories_of(gathered.view, until);
    if (!used) {
        co_return used.error();
    }
    gathered.configs = std::move(*used);
    for (const auto& config : gathered.configs) {
        gathered.histories.push_back(config.history);
    }
    co_return Status{};
}

/// Of every refs/meta/config that the view is made of.
asio::awaitable<Result<std::vector<UsedConfig>>>
Pipeline::Engine::histories_of(std::shared_ptr<const ProjectView> view, Deadline until) {
    std::vector<UsedConfig> used;
    for (const auto& file : view->files) {
        const auto& layer = *file->layer;
        auto history = co_await tips.history(layer.project, layer.commit, until);
        if (!history) {
            co_return history.error();
        }
        used.push_back({std::move(*history), layer.commit});
    }
    co_return used;
}

/// The configuration is wrong: nothing runs, and the change is told once for each state of it.
asio::awaitable<Status> Pipeline::Engine::refuse_project(Item item, Error fault) {
    const auto kind = item.event.kind();
    const bool is_worth_saying =
        kind == event::Kind::patchset_created || kind == event::Kind::comment_added;
    parts.log.error("configuration refused", {{"error", fault.message}});
    if (!is_worth_saying || !item.event.change || !item.event.patch_set
        || options.mode == Mode::shadow) {
        auto done = co_await end(std::move(item), store::InboxState::decided, fault.message);
        co_return done;
    }
    Notice notice;
    notice.project = item.event.project;
    notice.change = value_of(item.event.change->number);
    notice.revision = item.event.patch_set->revision;
    notice.text =
        "Seakeeper runs nothing for this project: its configuration is wrong.\n\n" + fault.message;
    notice.key = fmt::format("{}|{}|{}", notice.project, notice.change, fault.message);
    auto say = [notice, now = parts.clock.wall()](store::Rows& rows) {
        return say_once(rows, notice, now);
    };
    auto said = co_await parts.store.write(say);
    if (!said) {
        co_return said.error();
    }
    outbox.ring();
    auto done = co_await end(std::move(item), store::InboxState::decided, fault.message);
    co_return done;
}

} // namespace seakeeper::pipeline
