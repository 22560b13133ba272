// SPDX-License-Identifier: Apache-2.0
#include "gerrit/json_read.hpp"
#include "gerrit/rest_json.hpp"

#include <seakeeper/core/text.hpp>

namespace seakeeper::gerrit {

using namespace json_read;

namespace {

/// Gerrit shortens names in `/in` by refs/heads/ and refs/tags/ only.
Result<std::vector<RefName>>
refs_at(const json::object& places, std::string_view key, std::string_view prefix) {
    std::vector<RefName> refs;
    const auto names = array_at(places, key);
    if (!names) {
        return names.error();
    }
    if (*names == nullptr) {
        return refs;
    }
    for (const auto& name : **names) {
        if (!name.is_string()) {
            return wrong(key, "an array of strings");
        }
        std::string full{name.get_string().data(), name.get_string().size()};
        if (!full.starts_with("refs/")) {
            full.insert(0, prefix);
        }
        auto ref = RefName::parse(full);
        if (!ref) {
            return std::move(ref).error().within("member `" + std::string{key} + "`");
        }
        refs.push_back(std::move(*ref));
    }
    return refs;
}

Result<std::optional<CommitId>> commit_at(const json::object& object, std::string_view key) {
    const auto text = text_at(object, key);
    if (!text) {
        return text.error();
    }
    if (text->empty()) {
        return std::optional<CommitId>{};
    }
    auto commit = CommitId::parse(*text);
    if (!commit) {
        return std::move(commit).error().within("member `" + std::string{key} + "`");
    }
    return std::optional<CommitId>{std::move(*commit)};
}

/// Rules that are hidden from us come as empty ones with status 200.
Result<bool> has_label_rule(const json::object& rules, std::string_view permission) {
    const auto visible = flag_at(rules, "config_visible");
    if (!visible) {
        return visible.error();
    }
    if (!*visible) {
        return Error{Errc::permission_denied, "we may not read refs/meta/config"};
    }
    const auto sections = object_at(rules, "local");
    if (!sections) {
        return sections.error();
    }
    if (*sections == nullptr) {
        return false;
    }
    for (const auto& [ref, unused] : **sections) {
        const auto section = object_at(**sections, ref);
        if (!section) {
            return section.error();
        }
        const auto permissions = *section == nullptr ? Result<const json::object*>{nullptr}
                                                     : object_at(**section, "permissions");
        if (!permissions) {
            return permissions.error();
        }
        if (*permissions != nullptr && (*permissions)->contains(permission)) {
            return true;
        }
    }
    return false;
}

} // namespace

Result<bool> allowed_from(const json::value& answer) {
    const auto body = as_object(answer, "access");
    if (!body) {
        return body.error();
    }
    // The HTTP status is 200 either way: the answer is in the body.
    const auto status = number_at(**body, "status");
    if (!status) {
        return status.error();
    }
    if (*status == 200) {
        return true;
    }
    if (*status == 403 || *status == 404) {
        return false;
    }
    return wrong("status", "200, 403 or 404");
}

Result<CommitPlaces> places_from(const json::value& answer) {
    const auto body = as_object(answer, "places of a commit");
    if (!body) {
        return body.error();
    }
    auto branches = refs_at(**body, "branches", "refs/heads/");
    if (!branches) {
        return branches.error();
    }
    auto tags = refs_at(**body, "tags", "refs/tags/");
    if (!tags) {
        return tags.error();
    }
    return CommitPlaces{std::move(*branches), std::move(*tags)};
}

Result<std::vector<CommitId>> parents_of_commit_from(const json::value& answer) {
    const auto body = as_object(answer, "commit");
    if (!body) {
        return body.error();
    }
    const auto parents = array_at(**body, "parents");
    if (!parents) {
        return parents.error();
    }
    if (*parents == nullptr) {
        return wrong("parents", "there"); // a root commit has an empty array
    }
    std::vector<CommitId> commits;
    for (const auto& row : **parents) {
        const auto parent = as_object(row, "parent");
        if (!parent) {
            return parent.error();
        }
        auto commit = commit_at(**parent, "commit");
        if (!commit) {
            return commit.error();
        }
        if (!*commit) {
            return wrong("commit", "there");
        }
        commits.push_back(std::move(**commit));
    }
    return commits;
}

Result<RefFacts> ref_from(const json::value& answer, const RefName& asked) {
    const auto body = as_object(answer, "ref");
    if (!body) {
        return body.error();
    }
    const auto name = text_at(**body, "ref");
    if (!name) {
        return name.error();
    }
    if (*name != asked.str()) {
        return Error{
            Errc::malformed, "asked for " + quoted(asked.str()) + ", was told " + quoted(*name)};
    }
    auto tip = commit_at(**body, "revision");
    if (!tip) {
        return tip.error();
    }
    if (!*tip) {
        return wrong("revision", "there");
    }
    auto object = commit_at(**body, "object"); // of an annotated tag
    if (!object) {
        return object.error();
    }
    return RefFacts{asked, *tip, *object ? *object : *tip};
}

Result<std::optional<ProjectName>> parent_from(const json::value& answer) {
    const auto body = as_object(answer, "project");
    if (!body) {
        return body.error();
    }
    const auto text = text_at(**body, "parent");
    if (!text) {
        return text.error();
    }
    if (text->empty()) {
        return std::optional<ProjectName>{}; // All-Projects
    }
    auto parent = ProjectName::parse(*text);
    if (!parent) {
        return std::move(parent).error().within("member `parent`");
    }
    return std::optional<ProjectName>{std::move(*parent)};
}

Result<ProjectName> label_definition_from(const json::value& answer, std::string_view label) {
    const auto rows = as_array(answer, "labels");
    if (!rows) {
        return rows.error();
    }
    for (const auto& row : **rows) {
        const auto definition = as_object(row, "label");
        if (!definition) {
            return definition.error();
        }
        const auto name = text_at(**definition, "name");
        if (!name) {
            return name.error();
        }
        const auto project = text_at(**definition, "project_name");
        if (!project) {
            return project.error();
        }
        if (*name == label) {
            return ProjectName::parse(*project);
        }
    }
    return Error{Errc::not_found, "there is no label " + quoted(label)};
}

Result<std::vector<ProjectName>> label_grants_from(
    const json::value& answer, const std::vector<ProjectName>& chain, std::string_view label
) {
    const auto all = as_object(answer, "access rules");
    if (!all) {
        return all.error();
    }
    std::vector<ProjectName> granted;
    for (const auto& project : chain) {
        const auto rules = object_at(**all, project.str());
        if (!rules) {
            return rules.error();
        }
        if (*rules == nullptr) {
            return wrong(project.str(), "there");
        }
        const auto has_rule = has_label_rule(**rules, "label-" + std::string{label});
        if (!has_rule) {
            return has_rule.error().within("access rules of " + project.str());
        }
        if (*has_rule) {
            granted.push_back(project);
        }
    }
    return granted;
}

Result<std::string> version_from(const json::value& answer) {
    if (!answer.is_string()) {
        return Error{Errc::malformed, "version: not a JSON string"};
    }
    return std::string{answer.get_string().data(), answer.get_string().size()};
}

} // namespace seakeeper::gerrit
