// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/check_site.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace seakeeper::decision {
namespace {

using event::Kind;
using sensor::Condition;
using sensor::Trigger;

bool is_ref_kind(Kind kind) {
    return kind == Kind::ref_updated || kind == Kind::batch_ref_updated;
}

bool is_change_kind(Kind kind) {
    return kind <= Kind::private_state_changed;
}

/// Kinds of event that can have what a condition reads; the others can never match it.
bool can_hold(const Condition& condition, Kind kind) {
    if (const auto* text = std::get_if<sensor::TextCondition>(&condition.test)) {
        switch (text->subject) {
        case sensor::Subject::comment:
            return kind == Kind::comment_added;
        case sensor::Subject::topic:
            return is_change_kind(kind);
        case sensor::Subject::branch:
        case sensor::Subject::ref:
            return is_change_kind(kind) || is_ref_kind(kind);
        case sensor::Subject::project:
            return true;
        }
    }
    if (std::holds_alternative<sensor::CollectionCondition>(condition.test)
        || std::holds_alternative<sensor::FlagCondition>(condition.test)
        || std::holds_alternative<sensor::VotesCondition>(condition.test)) {
        return is_change_kind(kind);
    }
    if (const auto* group = std::get_if<sensor::GroupCondition>(&condition.test)) {
        const auto holds = [kind](const Condition& member) { return can_hold(member, kind); };
        switch (group->join) {
        case sensor::Join::all:
            return std::ranges::all_of(group->members, holds);
        case sensor::Join::any:
            return std::ranges::any_of(group->members, holds);
        case sensor::Join::none: // what an event has not, it cannot be refused for
            return true;
        }
    }
    return true;
}

/// The condition that leaves no kind of event over, or null.
const Condition* blocking(const Trigger& trigger) {
    auto left = trigger.kinds;
    for (const auto& condition : trigger.conditions) {
        for (std::size_t kind = 0; kind < left.size(); ++kind) {
            if (left.test(kind) && !can_hold(condition, static_cast<Kind>(kind))) {
                left.reset(kind);
            }
        }
        if (left.none()) {
            return &condition;
        }
    }
    return nullptr;
}

const sensor::EventCondition* events_of(const Trigger& trigger) {
    for (const auto& condition : trigger.conditions) {
        if (const auto* events = std::get_if<sensor::EventCondition>(&condition.test)) {
            return events;
        }
    }
    return nullptr;
}

/// Whether an entry of `events` can be an act that gives trust (docs/trust.md, C4).
bool may_give_trust(const sensor::EventPattern& entry, const trust::SiteOptions& options) {
    switch (entry.kind) {
    case Kind::change_merged:
    case Kind::ref_updated:
        return true;
    case Kind::patchset_created:
        return options.trusted_upload;
    case Kind::comment_added:
        return entry.commands.empty() && (!entry.vote || entry.vote->label == options.label);
    default:
        return false;
    }
}

bool names_branch(const Condition& condition) {
    if (const auto* text = std::get_if<sensor::TextCondition>(&condition.test)) {
        return text->subject == sensor::Subject::branch || text->subject == sensor::Subject::ref;
    }
    if (const auto* group = std::get_if<sensor::GroupCondition>(&condition.test)) {
        return std::ranges::any_of(group->members, names_branch);
    }
    return false;
}

/// One project's files as check() wants them, and what was found.
class Reviewing {
public:
    Reviewing(const Options& options, Company company) : company_{company}, options_{options} {
        check_.untrusted = options.untrusted_policy;
        check_.trusted = options.trusted_policy;
    }

    void project(const ConfigTip& tip);
    void chain(SiteConfiguration& site, const ProjectName& project);
    std::vector<Finding> take();

private:
    std::string path_of(const ProjectName& project, std::string_view file) const {
        return company_ == Company::alone ? std::string{file}
                                          : fmt::format("{}:{}", project.str(), file);
    }
    void warn(
        const ConfigTip& tip,
        const Trigger& trigger,
        const char* rule,
        std::string text,
        std::string accepted
    );
    void trigger(const ConfigTip& tip, const Trigger& trigger);
    void unused(const ConfigTip& tip, const std::set<std::string>& named);

    Company company_;
    const Options& options_;
    CheckOptions check_;
    sensor::PatternPool pool_;
    std::vector<Finding> found_;
};

void Reviewing::warn(
    const ConfigTip& tip,
    const Trigger& trigger,
    const char* rule,
    std::string text,
    std::string accepted
) {
    found_.push_back(
        {path_of(tip.at.project, configuration_file),
         trigger.place.line,
         trigger.place.column,
         rule,
         fmt::format("trigger {}: {}; accepted is {}", trigger.name.str(), text, accepted),
         std::move(accepted),
         Severity::warning}
    );
}

void Reviewing::trigger(const ConfigTip& tip, const Trigger& trigger) {
    if (const auto* condition = blocking(trigger)) {
        warn(
            tip,
            trigger,
            "unreachable",
            fmt::format(
                "found a condition (line {}) that none of its events can meet", condition->line
            ),
            "one that asks for what its events have"
        );
        return;
    }
    if (trigger.report.label == options_.trust.label) {
        warn(
            tip,
            trigger,
            "votes-on-approval",
            fmt::format(
                "found a report to {}, the label that people give trust with", options_.trust.label
            ),
            "a label of its own, such as Verified"
        );
    }
    if (trigger.requested != sensor::RequestedClass::trusted) {
        return;
    }
    const auto* events = events_of(trigger);
    const bool may_earn =
        events == nullptr || std::ranges::any_of(events->any, [this](const auto& entry) {
            return may_give_trust(entry, options_.trust);
        });
    if (!may_earn) {
        warn(
            tip,
            trigger,
            "never-trusted",
            "found trust: trusted, and no event of it gives trust",
            fmt::format("change-merged, ref-updated or a vote on {}", options_.trust.label)
        );
    }
    if (!std::ranges::any_of(trigger.conditions, names_branch)) {
        warn(
            tip,
            trigger,
            "any-branch",
            "found trust: trusted without branch or ref",
            "the branches that it is meant for"
        );
    }
}

void Reviewing::unused(const ConfigTip& tip, const std::set<std::string>& named) {
    for (const auto& [path, blob] : tip.files) {
        const bool is_definition = path.ends_with(".yaml") && path != configuration_file
                                   && blob.bytes.find("kind: Workflow\n") != std::string::npos;
        if (is_definition && !named.contains(path)) {
            found_.push_back(
                {path_of(tip.at.project, path),
                 1,
                 1,
                 "unused",
                 "found a Workflow that no trigger of this project names; accepted is none",
                 "none",
                 Severity::warning}
            );
        }
    }
}

void Reviewing::project(const ConfigTip& tip) {
    ConfigTree tree;
    for (const auto& [path, blob] : tip.files) {
        if (path != "project.config") {
            tree[path] = blob.bytes;
        }
    }
    for (auto& finding : check(tree, check_)) {
        finding.path = path_of(tip.at.project, finding.path);
        found_.push_back(std::move(finding));
    }
    const auto file = tip.files.find(std::string{configuration_file});
    if (file == tip.files.end()) {
        return;
    }
    const auto read = sensor::read_configuration(file->second.bytes, configuration_file, pool_);
    if (!read.findings.empty()) {
        return;
    }
    std::set<std::string> named;
    for (const auto& entry : read.configuration.triggers) {
        named.insert(entry.rule.definition.path);
        if (!entry.rule.kinds.none()) { // what narrows or switches off says no events
            trigger(tip, entry.rule);
        }
    }
    unused(tip, named);
}

void Reviewing::chain(SiteConfiguration& site, const ProjectName& project) {
    const auto view = site.view(project);
    std::vector<std::shared_ptr<const sensor::Layer>> layers;
    for (const auto& file : view->files) {
        if (file->fault) { // said where it stands
            return;
        }
        layers.push_back(file->layer);
    }
    if (view->fault && view->sensor.triggers.empty() && layers.size() >= 100) {
        found_.push_back(
            {path_of(project, "project.config"),
             1,
             1,
             "parents",
             view->fault->message + "; accepted are parents that end at All-Projects",
             "parents that end at All-Projects"}
        );
        return;
    }
    for (const auto& finding : sensor::check_inheritance(layers)) {
        // Every child of a wrong parent would say it again: only the project's own.
        if (finding.place.file == fmt::format("{}:{}", project.str(), configuration_file)) {
            const auto at = finding.message.rfind("accepted is ");
            found_.push_back(
                {path_of(project, configuration_file),
                 finding.place.line,
                 finding.place.column,
                 "inheritance",
                 finding.message,
                 at == std::string::npos ? "" : finding.message.substr(at + 12)}
            );
        }
    }
}

std::vector<Finding> Reviewing::take() {
    std::ranges::sort(found_);
    const auto same = std::ranges::unique(found_);
    found_.erase(same.begin(), same.end());
    return std::move(found_);
}

} // namespace

std::vector<Finding>
check_site(std::span<const ConfigTip> tips, const Options& options, Company company) {
    Reviewing reviewing{options, company};
    for (const auto& tip : tips) {
        reviewing.project(tip);
    }
    if (company == Company::site) {
        SiteConfiguration site{{tips.begin(), tips.end()}, options, "check"};
        for (const auto& tip : tips) {
            reviewing.chain(site, tip.at.project);
        }
    }
    return reviewing.take();
}

} // namespace seakeeper::decision
