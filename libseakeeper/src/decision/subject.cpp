// SPDX-License-Identifier: Apache-2.0
#include "subject.hpp"

namespace seakeeper::decision {
namespace {

constexpr std::string_view branches = "refs/heads/";

std::optional<workflow::Subject>
subject_of_ref(const DecideInput& input, const CommitId& revision) {
    auto project = ProjectName::parse(input.event.project);
    auto ref = RefName::parse(input.event.ref_name);
    if (!project || !ref) {
        return std::nullopt;
    }
    workflow::Subject subject;
    subject.project = std::move(project).value();
    subject.revision = revision;
    subject.ref = std::move(ref).value();
    if (std::string_view{subject.ref.str()}.starts_with(branches)) {
        subject.branch = subject.ref;
    }
    return subject;
}

} // namespace

std::optional<workflow::Subject> subject_of(const DecideInput& input, const CommitId& revision) {
    std::optional<workflow::Subject> subject;
    if (!input.event.change || !input.facts.change) {
        subject = subject_of_ref(input, revision);
    } else {
        const auto& change = *input.facts.change;
        subject.emplace();
        subject->project = change.project;
        subject->change = change.number;
        subject->revision = revision;
        subject->branch = change.destination;
        const auto* patch_set = change.revision(revision);
        // After a submission that made a merge commit only the branch has it.
        subject->ref = patch_set != nullptr ? patch_set->ref : change.destination;
        if (const auto* shown = patch_set != nullptr ? patch_set : change.current()) {
            subject->patch_set = shown->number;
        }
    }
    if (subject) {
        subject->url = input.options.project_url + subject->project.str();
    }
    return subject;
}

SubjectRecord record_of(const workflow::Subject& subject) {
    SubjectRecord record;
    record.project = subject.project.str();
    record.change = subject.change ? value_of(*subject.change) : 0;
    record.patch_set = subject.patch_set ? value_of(*subject.patch_set) : 0;
    record.revision = subject.revision.str();
    record.ref = subject.ref.str();
    record.branch = subject.branch ? subject.branch->str() : std::string{};
    return record;
}

} // namespace seakeeper::decision
