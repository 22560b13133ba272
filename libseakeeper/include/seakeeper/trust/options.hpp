// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/names.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::trust {

/// An account that may approve what it uploaded itself, in one project (a translation bot, say).
struct SelfApproval {
    ProjectName project;
    AccountId account{};
    friend bool operator==(const SelfApproval&, const SelfApproval&) = default;
};

/// What a site decides about trust. Every default is the safe one.
struct SiteOptions {
    /// The label whose largest value is the site's approval.
    std::string label = "Code-Review";
    /// Projects that may define `label` and say who gives its largest value. A label that any other
    /// project of the inheritance chain touches is no evidence of privilege.
    std::vector<std::string> label_owners{"All-Projects"};
    /// Globs of full ref names; `*` stays within a path segment, `**` does not.
    std::vector<std::string> protected_refs{"refs/heads/master", "refs/heads/main"};
    /// The approver must be another account than the uploader, but for these exceptions.
    bool require_non_uploader = true;
    std::vector<SelfApproval> self_approvals;
    /// A privileged uploader's patch set is trusted without any vote.
    bool trusted_upload = false;
    /// Patch sets that move submodules (or .gitmodules) may be trusted before they are merged.
    bool allow_submodules = false;
    /// A push to a protected branch past review is trusted if the pusher is privileged.
    bool allow_direct_push = false;
    /// Where administrators mirror the Submit right as Push; BRANCH stands for the short name.
    std::string marker_ref = "refs/seakeeper/trusted/heads/BRANCH";
    /// Groups by UUID whose members are privileged; names can be used again and do not count.
    std::vector<std::string> trusted_groups;
    /// Service users that may act at all.
    std::vector<AccountId> service_users;
    /// Gerrit's gerrit.instanceId, where it has one.
    std::optional<std::string> gerrit_instance;
    /// How long an act earns trust.
    std::chrono::seconds act_lifetime = std::chrono::hours{24};
    /// How long what Gerrit said about rights, groups and accounts may be relied on.
    std::chrono::seconds rights_lifetime{60};
    /// How far Gerrit's clock may be ahead of ours.
    std::chrono::seconds clock_skew = std::chrono::minutes{5};

    friend bool operator==(const SiteOptions&, const SiteOptions&) = default;
};

/// True for a ref that one of `protected_refs` matches. Never for refs/changes/*, refs/users/*,
/// refs/meta/*, refs/for/* and whatever else is neither branch nor tag.
SEAKEEPER_API bool is_protected(const SiteOptions& options, std::string_view ref) noexcept;

/// The marker ref of a branch given by its full name; nothing for any other ref.
SEAKEEPER_API std::optional<RefName> marker_of(const SiteOptions& options, const RefName& branch);

/// Whether `text` is matched as a whole. Linear in the product of both lengths; any thread.
SEAKEEPER_API bool matches_glob(std::string_view glob, std::string_view text) noexcept;

} // namespace seakeeper::trust
