// SPDX-License-Identifier: Apache-2.0
#include "gerrit/json_read.hpp"
#include "gerrit/rest_json.hpp"

#include <seakeeper/core/text.hpp>

namespace seakeeper::gerrit {

using namespace json_read;

namespace {

Result<bool> is_service_user(const json::object& account) {
    const auto tags = array_at(account, "tags");
    if (!tags) {
        return tags.error();
    }
    if (*tags == nullptr) {
        return false;
    }
    for (const auto& tag : **tags) {
        if (tag.is_string() && tag.get_string() == "SERVICE_USER") {
            return true;
        }
    }
    return false;
}

Status read_texts(const json::object& account, AccountFacts& facts) {
    const auto username = text_at(account, "username");
    if (!username) {
        return username.error();
    }
    const auto name = text_at(account, "name");
    if (!name) {
        return name.error();
    }
    const auto email = text_at(account, "email");
    if (!email) {
        return email.error();
    }
    facts.username = *username;
    facts.name = *name;
    facts.email = *email;
    return {};
}

} // namespace

Result<AccountFacts> account_from(const json::value& answer) {
    const auto account = as_object(answer, "account");
    if (!account) {
        return account.error();
    }
    const auto id = id_at(**account, "_account_id");
    if (!id) {
        return id.error();
    }
    AccountFacts facts;
    facts.id = AccountId{*id};
    if (auto read = read_texts(**account, facts); !read) {
        return read.error();
    }
    const auto inactive = flag_at(**account, "inactive");
    if (!inactive) {
        return inactive.error();
    }
    const auto service = is_service_user(**account);
    if (!service) {
        return service.error();
    }
    facts.is_active = !*inactive;
    facts.is_service_user = *service;
    return facts;
}

Result<AccountFacts> single_account_from(const json::value& answer, std::string_view username) {
    const auto accounts = as_array(answer, "accounts");
    if (!accounts) {
        return accounts.error();
    }
    if ((*accounts)->size() > 1) {
        return Error{Errc::conflict, "several accounts have the user name " + quoted(username)};
    }
    if ((*accounts)->empty()) {
        return Error{Errc::not_found, "no active account has the user name " + quoted(username)};
    }
    auto account = account_from((*accounts)->front());
    if (account && account->username != username) { // the index folds case, an identity does not
        return Error{
            Errc::not_found,
            "no account is called " + quoted(username) + ", only " + quoted(account->username)};
    }
    return account;
}

Result<std::vector<std::string>> groups_from(const json::value& answer) {
    const auto groups = as_array(answer, "groups");
    if (!groups) {
        return groups.error();
    }
    std::vector<std::string> uuids;
    uuids.reserve((*groups)->size());
    for (const auto& row : **groups) {
        const auto group = as_object(row, "group");
        if (!group) {
            return group.error();
        }
        auto uuid = text_at(**group, "id");
        if (!uuid) {
            return uuid.error();
        }
        if (uuid->empty()) {
            return wrong("id", "there");
        }
        uuids.push_back(std::move(*uuid));
    }
    return uuids;
}

} // namespace seakeeper::gerrit
