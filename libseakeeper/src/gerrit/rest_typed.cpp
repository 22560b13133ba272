// SPDX-License-Identifier: Apache-2.0
#include "gerrit/rest_call.hpp"
#include "gerrit/rest_json.hpp"
#include "gerrit/rest_path.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/gerrit/rest.hpp>

#include <fmt/format.h>

#include <type_traits>

// The typed calls: path, words for errors, parser.
namespace seakeeper::gerrit {

namespace json = boost::json;

namespace {

template <class T>
using Async = asio::awaitable<Result<T>>;

template <class Parse>
using Parsed = asio::awaitable<std::invoke_result_t<Parse, const json::value&>>;

/// One GET whose answer `parse` understands. `client` outlives it.
template <class Parse>
Parsed<Parse>
read_as(RestClient& client, std::string path, std::string doing, Parse parse, Deadline until) {
    const auto answer = co_await client.get(std::move(path), until);
    if (!answer) {
        co_return answer.error().within(doing);
    }
    auto parsed = parse(*answer);
    if (!parsed) {
        co_return std::move(parsed).error().within(doing);
    }
    co_return std::move(parsed);
}

std::string named(const ProjectName& project, ChangeNumber number) {
    return fmt::format("{}~{}", project.str(), value_of(number));
}

struct TogetherParser {
    ChangeNumber self;
    Result<TogetherFacts> operator()(const json::value& answer) const {
        return together_from(answer, self);
    }
};

struct NumbersParser {
    ProjectName project;
    Result<std::vector<ChangeNumber>> operator()(const json::value& answer) const {
        return numbers_from(answer, project);
    }
};

using FilesParser = Result<std::vector<std::string>> (*)(const json::value&);

/// Against the first parent: of a merge the other form lists only what was resolved by hand. A root
/// commit has no parent, which Gerrit refuses.
Async<std::vector<std::string>> read_changed_files(
    RestClient& client, std::string path, std::string doing, FilesParser parse, Deadline until
) {
    auto first_parent = path + "?parent=1";
    auto files = co_await read_as(client, std::move(first_parent), doing, parse, until);
    if (files || !files.error().is(Errc::invalid_argument)) {
        co_return std::move(files);
    }
    auto of_root = co_await read_as(client, std::move(path), doing, parse, until);
    co_return std::move(of_root);
}

std::string at(const ProjectName& project, ChangeNumber number, const CommitId& revision) {
    return fmt::format("change {} at {}", named(project, number), revision.str());
}

struct UsernameParser {
    std::string username;
    Result<AccountFacts> operator()(const json::value& answer) const {
        return single_account_from(answer, username);
    }
};

struct AccessParser {
    AccessFacts wanted;
    Result<AccessFacts> operator()(const json::value& answer) const {
        const auto allowed = allowed_from(answer);
        if (!allowed) {
            return allowed.error();
        }
        AccessFacts facts = wanted;
        facts.is_allowed = *allowed;
        return facts;
    }
};

struct DefinitionParser {
    std::string label;
    Result<ProjectName> operator()(const json::value& answer) const {
        return label_definition_from(answer, label);
    }
};

struct GrantsParser {
    std::vector<ProjectName> chain;
    std::string label;
    Result<std::vector<ProjectName>> operator()(const json::value& answer) const {
        return label_grants_from(answer, chain, label);
    }
};

/// The change asked for, and no other.
struct ChangeParser {
    ProjectName project;
    ChangeNumber number;
    Result<ChangeReading> operator()(const json::value& answer) const {
        auto reading = change_from(answer);
        if (reading && (reading->change.project != project || reading->change.number != number)) {
            return Error{
                Errc::malformed,
                "the answer is about "
                    + quoted(named(reading->change.project, reading->change.number))};
        }
        return reading;
    }
};

bool is_plain_username(std::string_view username) {
    return !username.empty() && username.size() <= 256
           && username.find_first_of("\"\\") == std::string_view::npos && is_valid_utf8(username);
}

} // namespace

Async<std::string> RestClient::server_version(Deadline until) {
    return read_as(
        *this, "/config/server/version", "asking Gerrit for its version", version_from, until
    );
}

Async<AccountFacts> RestClient::self(Deadline until) {
    return read_as(*this, "/accounts/self/detail", "reading our own account", account_from, until);
}

Async<ChangeReading> RestClient::change(ProjectName project, ChangeNumber number, Deadline until) {
    return read_as(
        *this,
        rest_path::change_detail(project, number),
        "reading change " + named(project, number),
        ChangeParser{project, number},
        until
    );
}

Async<std::vector<MessageFacts>>
RestClient::messages(ProjectName project, ChangeNumber number, Deadline until) {
    return read_as(
        *this,
        rest_path::messages(project, number),
        "reading messages of change " + named(project, number),
        messages_from,
        until
    );
}

Async<std::vector<std::string>>
RestClient::files(ProjectName project, ChangeNumber number, CommitId revision, Deadline until) {
    const auto doing = "reading files of " + at(project, number, revision);
    auto path = rest_path::files(project, number, revision);
    auto files = co_await read_changed_files(*this, std::move(path), doing, files_from, until);
    co_return std::move(files);
}

Async<std::vector<std::string>> RestClient::submodules(
    ProjectName project, ChangeNumber number, CommitId revision, Deadline until
) {
    const auto doing = "reading submodules of " + at(project, number, revision);
    auto path = rest_path::files(project, number, revision);
    auto paths = co_await read_changed_files(*this, std::move(path), doing, submodules_from, until);
    co_return std::move(paths);
}

Async<TogetherFacts>
RestClient::submitted_together(ProjectName project, ChangeNumber number, Deadline until) {
    return read_as(
        *this,
        rest_path::submitted_together(project, number),
        "reading what is submitted together with change " + named(project, number),
        TogetherParser{number},
        until
    );
}

Async<std::vector<ChangeNumber>>
RestClient::changes_with(ProjectName project, CommitId commit, Deadline until) {
    return read_as(
        *this,
        rest_path::changes_with(commit),
        fmt::format("looking for the change of commit {} in {}", commit.str(), project.str()),
        NumbersParser{project},
        until
    );
}

Async<ChangePage> RestClient::find_changes(std::string query, Deadline until) {
    return read_as(
        *this,
        rest_path::find_changes(query),
        "looking for changes by " + quoted(query),
        change_page_from,
        until
    );
}

Async<ChangePage> RestClient::changes_since(UpdateWindow window, Deadline until) {
    return read_as(
        *this,
        rest_path::changes_since(window),
        "reading changes updated since " + to_rfc3339(window.after),
        change_page_from,
        until
    );
}

Async<AccountFacts> RestClient::account_by_username(std::string username, Deadline until) {
    const auto doing = "looking up the account called " + quoted(username);
    if (!is_plain_username(username)) {
        co_return Error{Errc::not_found, doing + ": no Gerrit user name has this form"};
    }
    auto path = rest_path::account_by_username(username);
    UsernameParser parse{std::move(username)};
    auto account = co_await read_as(*this, std::move(path), doing, std::move(parse), until);
    co_return std::move(account);
}

Async<AccountFacts> RestClient::account(AccountId id, Deadline until) {
    return read_as(
        *this,
        rest_path::account(id),
        fmt::format("reading account {}", value_of(id)),
        account_from,
        until
    );
}

Async<std::vector<std::string>> RestClient::account_groups(AccountId id, Deadline until) {
    return read_as(
        *this,
        rest_path::account_groups(id),
        fmt::format("reading groups of account {}", value_of(id)),
        groups_from,
        until
    );
}

Async<AccessFacts>
RestClient::check_access(ProjectName project, AccessFacts wanted, Deadline until) {
    auto doing = fmt::format(
        "asking whether account {} may {} on {} of {}",
        value_of(wanted.account),
        wanted.permission,
        wanted.ref.str(),
        project.str()
    );
    auto path = rest_path::check_access(project, wanted);
    return read_as(
        *this, std::move(path), std::move(doing), AccessParser{std::move(wanted)}, until
    );
}

Async<LabelOriginFacts> RestClient::label_origin(
    ProjectName project, std::vector<ProjectName> chain, std::string label, Deadline until
) {
    const auto doing =
        fmt::format("asking where label {} of {} comes from", quoted(label), project.str());
    auto labels_path = rest_path::labels(project);
    DefinitionParser definition{label};
    auto defined =
        co_await read_as(*this, std::move(labels_path), doing, std::move(definition), until);
    if (!defined) {
        co_return std::move(defined).error();
    }
    auto access_path = rest_path::access_of(chain);
    GrantsParser grants{std::move(chain), label};
    auto granted = co_await read_as(*this, std::move(access_path), doing, std::move(grants), until);
    if (!granted) {
        co_return std::move(granted).error();
    }
    LabelOriginFacts origin;
    origin.label = std::move(label);
    origin.defined_in = std::move(*defined);
    origin.granted_in = std::move(*granted);
    origin.project = std::move(project);
    co_return std::move(origin);
}

Async<CommitPlaces> RestClient::commit_in(ProjectName project, CommitId commit, Deadline until) {
    return read_as(
        *this,
        rest_path::commit_in(project, commit),
        fmt::format("asking where commit {} of {} is merged", commit.str(), project.str()),
        places_from,
        until
    );
}

Async<std::vector<CommitId>>
RestClient::commit_parents(ProjectName project, CommitId commit, Deadline until) {
    return read_as(
        *this,
        rest_path::commit(project, commit),
        fmt::format("reading commit {} of {}", commit.str(), project.str()),
        parents_of_commit_from,
        until
    );
}

Async<RefFacts> RestClient::ref(ProjectName project, RefName ref, Deadline until) {
    const auto doing = fmt::format("reading {} of {}", ref.str(), project.str());
    auto path = rest_path::ref(project, ref);
    const auto answer = co_await get(std::move(path), until);
    if (!answer && answer.error().is(Errc::not_found)) {
        RefFacts gone;
        gone.ref = std::move(ref);
        co_return std::move(gone);
    }
    if (!answer) {
        co_return answer.error().within(doing);
    }
    auto parsed = ref_from(*answer, ref);
    if (!parsed) {
        co_return std::move(parsed).error().within(doing);
    }
    co_return std::move(parsed);
}

Async<std::vector<ProjectName>> RestClient::parents(ProjectName project, Deadline until) {
    constexpr std::size_t longest_chain = 32;
    const auto doing = fmt::format("reading the parents of project {}", project.str());
    std::vector<ProjectName> chain;
    auto next = std::move(project);
    while (chain.size() < longest_chain) {
        auto path = rest_path::project(next);
        auto parent = co_await read_as(*this, std::move(path), doing, parent_from, until);
        if (!parent) {
            co_return std::move(parent).error();
        }
        if (!*parent) {
            co_return std::move(chain);
        }
        next = std::move(**parent);
        chain.push_back(next);
    }
    co_return Error{Errc::limit_exceeded, doing + ": more than 32"};
}

Async<std::string>
RestClient::file_at(ProjectName project, CommitId commit, std::string path, Deadline until) {
    RestCall call;
    call.path = rest_path::file(project, commit, path);
    call.expects = Expects::content;
    const auto answer = co_await exchange(std::move(call), until);
    if (!answer) {
        const auto doing =
            fmt::format("reading {} of {} at {}", quoted(path), project.str(), commit.str());
        co_return answer.error().within(doing);
    }
    const auto& bytes = answer->get_string();
    co_return std::string{bytes.data(), bytes.size()};
}

} // namespace seakeeper::gerrit
