// SPDX-License-Identifier: Apache-2.0
#include "act.hpp"

#include <seakeeper/trust/requirements.hpp>

namespace seakeeper::trust {
namespace {

using gerrit::FactsRequest;
using gerrit::Whose;

void ask_for_marker(
    FactsRequest& request, Whose whose, std::string_view ref, const SiteOptions& options
) {
    const auto branch = RefName::parse(ref);
    if (!branch) {
        return;
    }
    if (auto marker = marker_of(options, *branch)) {
        request.access.push_back({whose, "push", *std::move(marker)});
    }
}

/// Tags: the branches that hold the commit are not known yet; ask for those named without a glob.
void ask_for_protected_markers(FactsRequest& request, const SiteOptions& options) {
    for (const auto& glob : options.protected_refs) {
        if (glob.find('*') == std::string::npos) {
            ask_for_marker(request, Whose::actor, glob, options);
        }
    }
}

void ask_for_review(FactsRequest& request, const event::Event& event, const SiteOptions& options) {
    request.ancestry = true;
    request.submitted_together = true;
    request.dependencies = true;
    request.label_origins = true;
    request.voted_labels.push_back(options.label);
    request.voter_groups = !options.trusted_groups.empty();
    for (const auto whose : {Whose::actor, Whose::voters}) {
        ask_for_marker(request, whose, event.ref_name, options);
    }
}

void ask_for_ref(
    FactsRequest& request, const event::RefUpdate& update, const SiteOptions& options
) {
    request.ref = is_tag(update.ref_name);
    request.previous_merged_into = is_branch(update.ref_name) && !is_no_commit(update.old_rev)
                                   && is_protected(options, update.ref_name);
}

} // namespace

FactsRequest requirements(const event::Event& event, Class requested, const SiteOptions& options) {
    FactsRequest request;
    request.change = ref_update_of(event) == nullptr;
    request.actor = false;
    if (const auto* update = ref_update_of(event)) {
        ask_for_ref(request, *update, options);
    }
    const auto act = act_of(event, options);
    if (requested != Class::trusted || act == Act::none) {
        return request;
    }
    request.actor = true;
    request.change = act != Act::tag;
    request.configs = true;
    request.actor_groups = !options.trusted_groups.empty();
    request.is_protected = [options](const RefName& ref) {
        return is_protected(options, ref.str());
    };
    switch (act) {
    case Act::vote:
    case Act::upload:
        ask_for_review(request, event, options);
        break;
    case Act::tag:
        ask_for_protected_markers(request, options);
        request.merged_into = true;
        break;
    default:
        ask_for_marker(request, Whose::actor, event.ref_name, options);
        ask_for_marker(request, Whose::real_actor, event.ref_name, options);
        request.merged_into = true;
        break;
    }
    return request;
}

FactsRequest retry_requirements(const event::Event& event, const SiteOptions& options) {
    FactsRequest request;
    request.label_origins = true;
    request.voted_labels.push_back(options.label);
    request.actor_groups = !options.trusted_groups.empty();
    ask_for_marker(request, Whose::actor, event.ref_name, options);
    return request;
}

} // namespace seakeeper::trust
