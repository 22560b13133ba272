// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/sensor/configuration.hpp>

namespace attacks {

using namespace seakeeper;
using trust::Class;

namespace {

std::string text_of(const json::object& from, std::string_view key) {
    const auto* value = from.if_contains(key);
    return value == nullptr ? std::string{} : std::string{value->as_string()};
}

std::vector<std::string> texts_of(const json::value& from) {
    std::vector<std::string> texts;
    for (const auto& text : from.as_array()) {
        texts.emplace_back(text.as_string());
    }
    return texts;
}

void read_texts(const json::object& from, std::string_view key, std::vector<std::string>& into) {
    if (const auto* value = from.if_contains(key)) {
        into = texts_of(*value);
    }
}

void read_flag(const json::object& from, std::string_view key, bool& into) {
    if (const auto* value = from.if_contains(key)) {
        into = value->as_bool();
    }
}

AccountId account_of(const json::value& from) {
    return AccountId{from.to_number<std::uint32_t>()};
}

/// The words of the operator's file.
trust::SiteOptions site_options_from(const json::object& from) {
    trust::SiteOptions options;
    read_texts(from, "label_owners", options.label_owners);
    read_texts(from, "protected", options.protected_refs);
    read_texts(from, "trusted_groups", options.trusted_groups);
    read_flag(from, "require_non_uploader", options.require_non_uploader);
    read_flag(from, "trusted_upload", options.trusted_upload);
    read_flag(from, "allow_submodules", options.allow_submodules);
    read_flag(from, "allow_direct_push", options.allow_direct_push);
    if (const auto* rows = from.if_contains("self_approvals")) {
        for (const auto& row : rows->as_array()) {
            options.self_approvals.push_back(
                {ProjectName::parse(row.at("project").as_string()).value(),
                 account_of(row.at("account"))}
            );
        }
    }
    if (const auto* ids = from.if_contains("service_users")) {
        for (const auto& id : ids->as_array()) {
            options.service_users.push_back(account_of(id));
        }
    }
    if (const auto* instance = from.if_contains("gerrit_instance")) {
        options.gerrit_instance = instance->as_string();
    }
    return options;
}

decision::Executor executor_from(const json::object& from, Class trust_class) {
    decision::Executor executor;
    executor.name = to_string(trust_class);
    executor.site.trust_class = trust_class;
    executor.site.namespace_ = text_of(from, "namespace");
    executor.site.service_account = text_of(from, "serviceAccount");
    executor.site.executor_service_account = text_of(from, "executorServiceAccount");
    for (const auto& [key, value] : from.at("nodeSelector").as_object()) {
        executor.site.node_selector[key] = value.as_string();
    }
    executor.site.instance_id = "attacks";
    return executor;
}

/// base/site.json with the row's members in place of its own.
json::object site_of(const Row& row) {
    auto site = read_base("site");
    for (auto& [key, value] : site) {
        if (const auto* own = row.json.if_contains(key)) {
            value = *own;
        }
    }
    return site;
}

void forget_persons(sensor::Sensor& sensor) {
    for (auto& trigger : sensor.triggers) {
        auto changed = std::make_shared<sensor::Trigger>(*trigger);
        std::erase_if(changed->conditions, [](const sensor::Condition& condition) {
            return std::holds_alternative<sensor::ByPersonCondition>(condition.test);
        });
        trigger = std::move(changed);
    }
}

/// As if nobody had objected.
std::shared_ptr<const decision::PreparedDefinition>
without_findings(decision::PreparedDefinition prepared, const decision::Options& options) {
    prepared.untrusted_findings.clear();
    prepared.trusted_findings.clear();
    if (const auto definition = workflow::Definition::parse(prepared.bytes, prepared.at.path)) {
        prepared.untrusted_form =
            workflow::ManifestForm::make(*definition, options.untrusted->site);
        prepared.trusted_form = workflow::ManifestForm::make(*definition, options.trusted->site);
    }
    return std::make_shared<decision::PreparedDefinition>(std::move(prepared));
}

} // namespace

workflow::Policy policy_from(const json::object& from, Class of) {
    workflow::Policy policy;
    policy.trust_class = of;
    read_texts(from, "images", policy.images);
    read_texts(from, "secrets", policy.secrets);
    read_texts(from, "config_maps", policy.config_maps);
    read_texts(from, "artifact_hosts", policy.artifact_hosts);
    return policy;
}

World::World(const Row& row, const Switches& switches) {
    const auto site = site_of(row);
    options.server = text_of(site, "server");
    options.project_url = text_of(site, "project_url");
    options.self.username = switches.knows_self ? text_of(site, "self") : std::string{};
    options.trust = site_options_from(site.at("trust").as_object());
    options.untrusted_policy =
        policy_from(site.at("untrusted_policy").as_object(), Class::untrusted);
    options.trusted_policy = policy_from(site.at("trusted_policy").as_object(), Class::trusted);
    options.untrusted = executor_from(site.at("untrusted").as_object(), Class::untrusted);
    options.trusted = executor_from(site.at("trusted").as_object(), Class::trusted);
    channel.is_peer_verified = site.at("peer_verified").as_bool();
    plant.fault = text_of(site, "plant_fault");
    plant.is_ready = plant.fault.empty();
    attempt = site.at("attempt").to_number<std::uint32_t>();
    now = WallTime{std::chrono::milliseconds{site.at("now").as_int64()}};
    const auto& history = site.at("history").as_object();
    const auto project = ProjectName::parse(text_of(site, "project")).value();
    const auto tip = CommitId::parse(text_of(site, "tip")).value();
    if (const auto* last = history.if_contains("last_seen")) {
        histories.push_back(
            {project,
             CommitId::parse(last->as_string()).value(),
             history.at("is_descendant").as_bool()}
        );
    }
    auto parsed = sensor::parse_configuration(
        bytes_of(site.at("seakeeper.yaml")), project.str() + ":seakeeper.yaml"
    );
    if (!parsed) {
        fault = parsed.error().message;
        return;
    }
    const auto layer = sensor::make_layer(project, tip, std::move(parsed).value());
    sensor = sensor::compile(std::span{&layer, 1}).value();
    if (!switches.asks_for_person) {
        forget_persons(sensor);
    }
    const sensor::Definition at{project, tip, "ci/build.yaml"};
    auto prepared = decision::prepare(
        at, "b10b", Result<std::string>{bytes_of(site.at("definition"))}, options
    );
    if (!switches.has_policy) {
        prepared = without_findings(*prepared, options);
    }
    definitions.push_back(std::move(prepared));
}

decision::DecideInput World::input(const event::Event& event, const gerrit::Facts& facts) const {
    decision::DecideInput input{
        event,
        facts,
        options,
        event::semantic_key(event).value_or("msg|demo/app|7|1"),
        {{"event", "", sha256_hex(event::serialize(event))}},
        definitions,
        histories};
    input.channel = channel;
    input.plant = plant;
    input.attempt = attempt;
    input.now = now;
    return input;
}

} // namespace attacks
