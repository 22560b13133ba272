// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/sensor/sensor.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <ostream>
#include <string>
#include <string_view>

namespace seakeeper::sensor {

inline std::ostream& operator<<(std::ostream& out, Outcome outcome) {
    constexpr std::string_view words[] = {"matched", "not matched", "needs facts"};
    return out << words[static_cast<int>(outcome)];
}

namespace test {

inline const std::string commit_a(40, 'a');
inline const std::string commit_b(40, 'b');

inline std::shared_ptr<const Layer>
layer(std::string_view project, std::string_view yaml, const std::string& commit = commit_a) {
    auto configuration = parse_configuration(yaml, fmt::format("{}:seakeeper.yaml", project));
    REQUIRE_MESSAGE(configuration, configuration.error().message);
    return make_layer(*ProjectName::parse(project), *CommitId::parse(commit), *configuration);
}

/// The one trigger of demo/app with these lines, each of them a key of the trigger.
inline Trigger trigger(std::string_view conditions, std::string_view events = "patchset-created") {
    std::string yaml =
        fmt::format("triggers:\n  t:\n    events: [{}]\n    workflow: w.yaml\n", events);
    while (!conditions.empty()) {
        const auto end = conditions.find('\n');
        yaml += fmt::format("    {}\n", conditions.substr(0, end));
        conditions.remove_prefix(end == std::string_view::npos ? conditions.size() : end + 1);
    }
    const auto made = layer("demo/app", yaml);
    REQUIRE(made->triggers.size() == 1);
    return *made->triggers.front();
}

inline event::Account account(std::string username, std::string email) {
    event::Account result;
    result.username = std::move(username);
    result.email = std::move(email);
    return result;
}

/// Change 7 of demo/app on master, patch set 2, by vera.
inline event::Event change_event(std::string_view type, event::Body body) {
    event::Event result;
    result.type = type;
    result.created_on = 1'700'000'000;
    result.project = "demo/app";
    result.ref_name = "refs/heads/master";
    result.actor = account("vera", "vera@volunteer.example");
    result.change = event::Change{};
    result.change->project = "demo/app";
    result.change->branch = "master";
    result.change->number = ChangeNumber{7};
    result.change->owner = account("oscar", "oscar@owner.example");
    result.patch_set = event::PatchSet{};
    result.patch_set->number = PatchSetNumber{2};
    result.patch_set->revision = commit_b;
    result.patch_set->uploader = account("vera", "vera@volunteer.example");
    result.body = std::move(body);
    return result;
}

inline event::Event patchset_created() {
    return change_event("patchset-created", event::PatchsetCreated{});
}

inline event::Event comment_added(std::string text, std::vector<event::Approval> approvals = {}) {
    event::CommentAdded body;
    body.comment = std::move(text);
    body.approvals = std::move(approvals);
    return change_event("comment-added", std::move(body));
}

inline event::Approval approval(std::string label, int value, std::optional<int> old = {}) {
    event::Approval result;
    result.type = std::move(label);
    result.value = value;
    result.old_value = old;
    return result;
}

inline event::Event
ref_updated(std::string ref, const std::string& from = commit_a, const std::string& to = commit_b) {
    event::Event result;
    result.type = "ref-updated";
    result.project = "demo/app";
    result.ref_name = ref;
    event::RefUpdated body;
    body.update = {"demo/app", std::move(ref), from, to, {}};
    result.body = body;
    return result;
}

} // namespace test
} // namespace seakeeper::sensor
