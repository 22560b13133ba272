// SPDX-License-Identifier: Apache-2.0
#include "gerrit/change_parts.hpp"

#include "gerrit/json_read.hpp"
#include "gerrit/rest_json.hpp"

#include <algorithm>

namespace seakeeper::gerrit::change_parts {

using namespace json_read;

namespace {

Result<VoteFacts> vote_from(const json::value& row, Accounts& accounts) {
    const auto object = as_object(row, "vote");
    if (!object) {
        return object.error();
    }
    auto account = account_from(row);
    if (!account) {
        return account.error();
    }
    VoteFacts vote;
    vote.voter = account->id;
    vote.is_voter_active = account->is_active;
    const auto value = number_at(**object, "value");
    if (!value) {
        return value.error();
    }
    const auto range = object_at(**object, "permitted_voting_range");
    if (!range) {
        return range.error();
    }
    if (*range != nullptr) {
        const auto max = number_at(**range, "max");
        if (!max) {
            return max.error();
        }
        if (*max) {
            vote.permitted_max = static_cast<int>(std::clamp<std::int64_t>(**max, -100, 100));
        }
    }
    auto date = text_at(**object, "date");
    if (!date) {
        return date.error();
    }
    vote.value = static_cast<int>(std::clamp<std::int64_t>(value->value_or(0), -100, 100));
    vote.date = std::move(*date);
    if (!account->username.empty() || !account->name.empty()) {
        accounts.insert_or_assign(account->id, std::move(*account));
    }
    return vote;
}

Status read_commit(const json::object& revision, RevisionFacts& facts) {
    const auto commit = object_at(revision, "commit");
    if (!commit) {
        return commit.error();
    }
    if (*commit == nullptr) {
        return {};
    }
    auto parents = parents_of_commit_from(**commit);
    if (!parents) {
        return parents.error();
    }
    auto message = text_at(**commit, "message");
    if (!message) {
        return message.error();
    }
    facts.parents = std::move(*parents);
    facts.message = std::move(*message);
    return {};
}

Status read_revision_texts(const json::object& revision, RevisionFacts& facts) {
    auto kind = text_at(revision, "kind");
    if (!kind) {
        return kind.error();
    }
    auto created = text_at(revision, "created");
    if (!created) {
        return created.error();
    }
    const auto ref = text_at(revision, "ref");
    if (!ref) {
        return ref.error();
    }
    auto ref_name = RefName::parse(*ref);
    if (!ref_name) {
        return std::move(ref_name).error().within("member `ref`");
    }
    facts.kind = std::move(*kind);
    facts.created = std::move(*created);
    facts.ref = std::move(*ref_name);
    return {};
}

Result<MessageFacts> message_from(const json::value& row, Accounts& accounts) {
    const auto object = as_object(row, "message");
    if (!object) {
        return object.error();
    }
    const auto author = account_at(Source{**object, accounts}, "author");
    if (!author) {
        return author.error();
    }
    const auto real_author = account_at(Source{**object, accounts}, "real_author");
    if (!real_author) {
        return real_author.error();
    }
    const auto patch_set = number_at(**object, "_revision_number");
    if (!patch_set) {
        return patch_set.error();
    }
    MessageFacts facts;
    facts.author = *author;
    facts.real_author = *real_author;
    if (patch_set->value_or(0) > 0 && patch_set->value_or(0) <= INT32_MAX) {
        facts.patch_set = PatchSetNumber{static_cast<std::uint32_t>(**patch_set)};
    }
    for (const auto& [key, place] :
         {std::pair{"id", &facts.id},
          std::pair{"tag", &facts.tag},
          std::pair{"date", &facts.date},
          std::pair{"message", &facts.text}}) {
        auto text = text_at(**object, key);
        if (!text) {
            return text.error();
        }
        *place = std::move(*text);
    }
    return facts;
}

} // namespace

Result<std::optional<AccountId>> account_at(Source source, std::string_view key) {
    const auto* found = member(source.object, key);
    if (found == nullptr) {
        return std::optional<AccountId>{};
    }
    auto account = account_from(*found);
    if (!account) {
        return std::move(account).error().within("member `" + std::string{key} + "`");
    }
    const auto id = account->id;
    if (!account->username.empty() || !account->name.empty()) {
        source.accounts.insert_or_assign(id, std::move(*account));
    }
    return std::optional<AccountId>{id};
}

Result<LabelFacts> label_from(const json::value& answer, Accounts& accounts) {
    const auto object = as_object(answer, "label");
    if (!object) {
        return object.error();
    }
    LabelFacts label;
    const auto values = object_at(**object, "values");
    if (!values) {
        return values.error();
    }
    if (*values != nullptr) {
        for (const auto& [text, words] : **values) {
            const auto value = small_number(text);
            if (!value) {
                return wrong("values", "an object of label values");
            }
            label.max = std::max(label.max, *value);
            label.min = std::min(label.min, *value);
        }
    }
    const auto all = array_at(**object, "all");
    if (!all) {
        return all.error();
    }
    if (*all == nullptr) {
        return label;
    }
    for (const auto& row : **all) {
        auto vote = vote_from(row, accounts);
        if (!vote) {
            return std::move(vote).error().within("member `all`");
        }
        label.votes.push_back(std::move(*vote));
    }
    return label;
}

Result<RevisionFacts> revision_from(std::string_view sha, Source source) {
    auto commit = CommitId::parse(sha);
    if (!commit) {
        return commit.error();
    }
    const auto number = id_at(source.object, "_number");
    if (!number) {
        return number.error();
    }
    const auto uploader = account_at(source, "uploader");
    if (!uploader) {
        return uploader.error();
    }
    if (!*uploader) {
        return wrong("uploader", "there");
    }
    const auto real_uploader = account_at(source, "real_uploader");
    if (!real_uploader) {
        return real_uploader.error();
    }
    RevisionFacts facts;
    facts.commit = std::move(*commit);
    facts.number = PatchSetNumber{*number};
    facts.uploader = **uploader;
    facts.real_uploader = *real_uploader;
    if (auto read = read_revision_texts(source.object, facts); !read) {
        return read.error();
    }
    if (auto read = read_commit(source.object, facts); !read) {
        return read.error();
    }
    return facts;
}

Result<std::vector<MessageFacts>> messages_in(const json::array& rows, Accounts& accounts) {
    std::vector<MessageFacts> messages;
    messages.reserve(rows.size());
    for (const auto& row : rows) {
        auto message = message_from(row, accounts);
        if (!message) {
            return std::move(message).error().within("message");
        }
        messages.push_back(std::move(*message));
    }
    // The format promises no order; equal times keep Gerrit's.
    std::stable_sort(
        messages.begin(),
        messages.end(),
        [](const MessageFacts& a, const MessageFacts& b) { return a.date < b.date; }
    );
    return messages;
}

} // namespace seakeeper::gerrit::change_parts
