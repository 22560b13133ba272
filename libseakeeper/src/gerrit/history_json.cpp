// SPDX-License-Identifier: Apache-2.0
#include "gerrit/history_json.hpp"

#include "gerrit/json_read.hpp"

#include <seakeeper/core/text.hpp>

namespace seakeeper::gerrit {

using namespace json_read;

namespace {

constexpr std::string_view config_ref = "refs/meta/config";

bool is_followed(std::string_view ref) {
    return ref.starts_with("refs/heads/") || ref.starts_with("refs/tags/") || ref == config_ref;
}

Result<std::optional<RefTip>> tip_of(std::string_view ref, const std::string& revision) {
    auto name = RefName::parse(ref);
    if (!name) {
        return std::move(name).error();
    }
    auto commit = CommitId::parse(revision);
    if (!commit) {
        return std::move(commit).error().within(quoted(ref));
    }
    return std::optional<RefTip>{RefTip{std::move(*name), commit->str()}};
}

Result<ListedProject> listed_from(std::string_view name, const json::value& row) {
    const auto object = as_object(row, "project");
    if (!object) {
        return object.error();
    }
    auto project = ProjectName::parse(name);
    if (!project) {
        return std::move(project).error();
    }
    ListedProject listed{std::move(*project), std::nullopt};
    const auto branches = object_at(**object, "branches");
    if (!branches) {
        return branches.error();
    }
    if (*branches == nullptr) {
        return listed;
    }
    const auto revision = text_at(**branches, config_ref);
    if (!revision) {
        return revision.error();
    }
    if (!revision->empty()) {
        auto tip = tip_of(config_ref, *revision);
        if (!tip) {
            return tip.error();
        }
        listed.config = std::move(*tip);
    }
    return listed;
}

} // namespace

Result<std::vector<PatchSetComment>> patch_set_comments_from(const json::value& answer) {
    const auto files = as_object(answer, "comments");
    if (!files) {
        return files.error();
    }
    std::vector<PatchSetComment> comments;
    const auto rows = array_at(**files, "/PATCHSET_LEVEL");
    if (!rows) {
        return rows.error();
    }
    if (*rows == nullptr) {
        return comments;
    }
    for (const auto& row : **rows) {
        const auto comment = as_object(row, "comment");
        if (!comment) {
            return comment.error();
        }
        auto message = text_at(**comment, "change_message_id");
        if (!message) {
            return message.error();
        }
        auto text = text_at(**comment, "message");
        if (!text) {
            return text.error();
        }
        comments.push_back({std::move(*message), std::move(*text)});
    }
    return comments;
}

Result<ProjectPage> project_page_from(const json::value& answer) {
    const auto rows = as_object(answer, "projects");
    if (!rows) {
        return rows.error();
    }
    ProjectPage page;
    for (const auto& [name, row] : **rows) {
        auto listed = listed_from(name, row);
        if (!listed) {
            return std::move(listed).error().within("project " + quoted(name));
        }
        page.projects.push_back(std::move(*listed));
        const auto more = flag_at(row.get_object(), "_more_projects");
        if (!more) {
            return more.error();
        }
        page.has_more |= *more;
    }
    return page;
}

Result<std::vector<RefTip>> ref_tips_from(const json::value& answer) {
    const auto rows = as_array(answer, "refs");
    if (!rows) {
        return rows.error();
    }
    std::vector<RefTip> tips;
    for (const auto& row : **rows) {
        const auto object = as_object(row, "ref");
        if (!object) {
            return object.error();
        }
        const auto ref = text_at(**object, "ref");
        if (!ref) {
            return ref.error();
        }
        const auto revision = text_at(**object, "revision");
        if (!revision) {
            return revision.error();
        }
        if (!is_followed(*ref)) {
            continue;
        }
        auto tip = tip_of(*ref, *revision);
        if (!tip) {
            return tip.error();
        }
        tips.push_back(std::move(**tip));
    }
    return tips;
}

} // namespace seakeeper::gerrit
