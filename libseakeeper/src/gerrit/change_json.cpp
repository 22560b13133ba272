// SPDX-License-Identifier: Apache-2.0
#include "gerrit/change_parts.hpp"
#include "gerrit/json_read.hpp"
#include "gerrit/rest_json.hpp"

#include <seakeeper/core/text.hpp>

#include <algorithm>

namespace seakeeper::gerrit {

using namespace json_read;
using namespace change_parts;

namespace {

Status read_labels(Source source, ChangeFacts& change) {
    const auto labels = object_at(source.object, "labels");
    if (!labels) {
        return labels.error();
    }
    if (*labels == nullptr) {
        return {};
    }
    for (const auto& [name, value] : **labels) {
        auto label = label_from(value, source.accounts);
        if (!label) {
            return std::move(label).error().within("label " + quoted(name));
        }
        change.labels.insert_or_assign(std::string{name}, std::move(*label));
    }
    return {};
}

Status read_revisions(Source source, ChangeFacts& change) {
    const auto revisions = object_at(source.object, "revisions");
    if (!revisions) {
        return revisions.error();
    }
    if (*revisions == nullptr) {
        return {};
    }
    for (const auto& [sha, value] : **revisions) {
        const auto object = as_object(value, "revision");
        if (!object) {
            return object.error();
        }
        auto revision = revision_from(sha, Source{**object, source.accounts});
        if (!revision) {
            return std::move(revision).error().within("revision " + quoted(sha));
        }
        change.revisions.push_back(std::move(*revision));
    }
    std::sort(
        change.revisions.begin(),
        change.revisions.end(),
        [](const RevisionFacts& a, const RevisionFacts& b) { return a.number < b.number; }
    );
    return {};
}

Status read_messages(Source source, ChangeFacts& change) {
    const auto rows = array_at(source.object, "messages");
    if (!rows) {
        return rows.error();
    }
    if (*rows == nullptr) {
        return {};
    }
    auto messages = messages_in(**rows, source.accounts);
    if (!messages) {
        return messages.error();
    }
    change.messages = std::move(*messages);
    return {};
}

Status read_requirements(Source source, ChangeFacts& change) {
    const auto rows = array_at(source.object, "submit_requirements");
    if (!rows) {
        return rows.error();
    }
    if (*rows == nullptr) {
        return {};
    }
    for (const auto& row : **rows) {
        const auto object = as_object(row, "submit requirement");
        if (!object) {
            return object.error();
        }
        auto name = text_at(**object, "name");
        if (!name) {
            return name.error();
        }
        auto status = text_at(**object, "status");
        if (!status) {
            return status.error();
        }
        change.submit_requirements.push_back({std::move(*name), std::move(*status)});
    }
    return {};
}

Status read_hashtags(Source source, ChangeFacts& change) {
    const auto rows = array_at(source.object, "hashtags");
    if (!rows) {
        return rows.error();
    }
    if (*rows == nullptr) {
        return {};
    }
    for (const auto& row : **rows) {
        if (!row.is_string()) {
            return wrong("hashtags", "an array of strings");
        }
        change.hashtags.emplace_back(row.get_string().data(), row.get_string().size());
    }
    return {};
}

Status read_flags(Source source, ChangeFacts& change) {
    const auto is_private = flag_at(source.object, "is_private");
    if (!is_private) {
        return is_private.error();
    }
    const auto wip = flag_at(source.object, "work_in_progress");
    if (!wip) {
        return wip.error();
    }
    change.is_private = *is_private;
    change.is_work_in_progress = *wip;
    return {};
}

Status read_texts(Source source, ChangeFacts& change) {
    for (const auto& [key, place] :
         {std::pair{"change_id", &change.change_id},
          std::pair{"subject", &change.subject},
          std::pair{"status", &change.status},
          std::pair{"topic", &change.topic},
          std::pair{"meta_rev_id", &change.meta_revision},
          std::pair{"submitted", &change.submitted},
          std::pair{"updated", &change.updated}}) {
        auto text = text_at(source.object, key);
        if (!text) {
            return text.error();
        }
        *place = std::move(*text);
    }
    if (change.status.empty()) {
        return wrong("status", "there");
    }
    return {};
}

Status read_identity(Source source, ChangeFacts& change) {
    const auto number = id_at(source.object, "_number");
    if (!number) {
        return number.error();
    }
    const auto name = text_at(source.object, "project");
    if (!name) {
        return name.error();
    }
    auto project = ProjectName::parse(*name);
    if (!project) {
        return std::move(project).error().within("member `project`");
    }
    const auto owner = account_at(source, "owner");
    if (!owner) {
        return owner.error();
    }
    if (!*owner) {
        return wrong("owner", "there");
    }
    const auto submitter = account_at(source, "submitter");
    if (!submitter) {
        return submitter.error();
    }
    change.number = ChangeNumber{*number};
    change.project = std::move(*project);
    change.owner = **owner;
    change.submitter = *submitter;
    return {};
}

/// The full ref. A change's `branch` is shortened by refs/heads/ alone and so is ambiguous for a
/// branch called refs/...: the revision's own `branch` (3.10: full ref) wins where it is there.
Result<RefName> destination_of(const json::object& change, std::string_view current) {
    auto branch = text_at(change, "branch");
    if (!branch) {
        return branch.error();
    }
    std::string full = branch->starts_with("refs/") ? *branch : "refs/heads/" + *branch;
    const auto revisions = object_at(change, "revisions");
    if (revisions && *revisions != nullptr && !current.empty()) {
        const auto revision = object_at(**revisions, current);
        if (revision && *revision != nullptr) {
            const auto own = text_at(**revision, "branch");
            if (own && own->starts_with("refs/")) {
                full = *own;
            }
        }
    }
    auto ref = RefName::parse(full);
    if (!ref) {
        return std::move(ref).error().within("member `branch`");
    }
    return ref;
}

Status read_current(Source source, ChangeFacts& change) {
    const auto current = text_at(source.object, "current_revision");
    if (!current) {
        return current.error();
    }
    if (!current->empty()) {
        auto commit = CommitId::parse(*current);
        if (!commit) {
            return std::move(commit).error().within("member `current_revision`");
        }
        change.current_revision = std::move(*commit);
    }
    auto destination = destination_of(source.object, *current);
    if (!destination) {
        return destination.error();
    }
    change.destination = std::move(*destination);
    return {};
}

Result<ChangeFacts> read_change(Source source) {
    ChangeFacts change;
    for (const auto part :
         {read_identity,
          read_texts,
          read_flags,
          read_hashtags,
          read_current,
          read_revisions,
          read_labels,
          read_messages,
          read_requirements}) {
        if (auto read = part(source, change); !read) {
            return std::move(read).error().within("change");
        }
    }
    return change;
}

Result<std::vector<ChangeFacts>> changes_in(const json::array& rows, Accounts& accounts) {
    std::vector<ChangeFacts> changes;
    changes.reserve(rows.size());
    for (const auto& row : rows) {
        const auto object = as_object(row, "change");
        if (!object) {
            return object.error();
        }
        auto change = read_change(Source{**object, accounts});
        if (!change) {
            return change.error();
        }
        changes.push_back(std::move(*change));
    }
    return changes;
}

/// Also `GET /accounts/?q=` style answers put the mark on the last element.
Result<bool> has_more(const json::array& rows) {
    if (rows.empty() || !rows.back().is_object()) {
        return false;
    }
    return flag_at(rows.back().get_object(), "_more_changes");
}

} // namespace

Result<ChangeReading> change_from(const json::value& answer) {
    const auto object = as_object(answer, "change");
    if (!object) {
        return object.error();
    }
    Accounts accounts;
    auto change = read_change(Source{**object, accounts});
    if (!change) {
        return change.error();
    }
    ChangeReading reading;
    reading.change = std::move(*change);
    for (auto& [id, account] : accounts) {
        reading.accounts.push_back(std::move(account));
    }
    return reading;
}

Result<ChangePage> change_page_from(const json::value& answer) {
    const auto rows = as_array(answer, "changes");
    if (!rows) {
        return rows.error();
    }
    Accounts accounts;
    auto changes = changes_in(**rows, accounts);
    if (!changes) {
        return changes.error();
    }
    const auto more = has_more(**rows);
    if (!more) {
        return more.error();
    }
    ChangePage page{std::move(*changes), *more, {}};
    for (auto& [id, account] : accounts) {
        page.accounts.push_back(std::move(account));
    }
    return page;
}

Result<std::vector<MessageFacts>> messages_from(const json::value& answer) {
    const auto rows = as_array(answer, "messages");
    if (!rows) {
        return rows.error();
    }
    Accounts accounts;
    return messages_in(**rows, accounts);
}

Result<TogetherFacts> together_from(const json::value& answer, ChangeNumber self) {
    const auto object = as_object(answer, "changes submitted together");
    if (!object) {
        return object.error();
    }
    TogetherFacts together;
    const auto invisible = number_at(**object, "non_visible_changes");
    if (!invisible) {
        return invisible.error();
    }
    const auto count = invisible->value_or(0);
    if (count < 0 || count > INT32_MAX) {
        return wrong("non_visible_changes", "a count");
    }
    together.invisible = static_cast<std::uint32_t>(count);
    const auto rows = array_at(**object, "changes");
    if (!rows) {
        return rows.error();
    }
    if (*rows == nullptr) {
        return wrong("changes", "there");
    }
    Accounts accounts;
    auto changes = changes_in(**rows, accounts);
    if (!changes) {
        return changes.error();
    }
    for (auto& change : *changes) {
        if (change.number != self) {
            together.changes.push_back(std::move(change));
        }
    }
    return together;
}

Result<std::vector<ChangeNumber>>
numbers_from(const json::value& answer, const ProjectName& project) {
    auto page = change_page_from(answer);
    if (!page) {
        return page.error();
    }
    std::vector<ChangeNumber> numbers;
    for (const auto& change : page->changes) {
        if (change.project == project) {
            numbers.push_back(change.number);
        }
    }
    return numbers;
}

/// FileInfo gives modes as numbers; 0160000 is a git link.
Result<std::vector<std::string>> submodules_from(const json::value& answer) {
    constexpr std::int64_t git_link = 0160000;
    constexpr std::int64_t git_link_as_decimal = 160000;
    const auto object = as_object(answer, "files");
    if (!object) {
        return object.error();
    }
    std::vector<std::string> paths;
    for (const auto& [key, value] : **object) {
        const auto file = as_object(value, "file");
        if (!file) {
            return file.error();
        }
        bool moves = key == ".gitmodules";
        for (const auto* which : {"old_mode", "new_mode"}) {
            const auto mode = number_at(**file, which);
            if (!mode) {
                return mode.error();
            }
            moves = moves || *mode == git_link || *mode == git_link_as_decimal;
        }
        if (moves) {
            paths.emplace_back(key);
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

Result<std::vector<std::string>> files_from(const json::value& answer) {
    const auto object = as_object(answer, "files");
    if (!object) {
        return object.error();
    }
    std::vector<std::string> paths;
    for (const auto& [key, value] : **object) {
        const std::string_view path{key};
        if (path.starts_with('/')) {
            continue; // magic: /COMMIT_MSG, /MERGE_LIST
        }
        const auto file = as_object(value, "file");
        if (!file) {
            return file.error();
        }
        auto old_path = text_at(**file, "old_path");
        if (!old_path) {
            return old_path.error();
        }
        paths.emplace_back(path);
        if (!old_path->empty()) {
            paths.push_back(std::move(*old_path));
        }
    }
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    return paths;
}

} // namespace seakeeper::gerrit
