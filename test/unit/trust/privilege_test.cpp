// SPDX-License-Identifier: Apache-2.0
// C3 and the votes on what lies below: which answer of Gerrit's counts for whom, and for how long.
#include "trust/privilege.hpp"

#include <seakeeper/testing/builders.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <utility>

using namespace seakeeper;
using namespace seakeeper::testing;
using gerrit::Fact;
using trust::ReasonCode;

namespace {

const auto app = ProjectName::parse("demo/app").value();
const auto master = RefName::parse("refs/heads/master").value();
const auto marker = RefName::parse("refs/seakeeper/trusted/heads/master").value();
const auto old = scene_time() - std::chrono::minutes{2};

template <class T>
Fact<T> read(T value, WallTime at = scene_time()) {
    return {std::move(value), "test", "", at};
}

gerrit::AccountFacts account(const Person& who) {
    return {who.id, who.username, who.name, who.email, who.is_active, who.is_service_user};
}

/// The maintainer is asked about, and Gerrit has told nothing but that the account is active.
struct Asked {
    gerrit::Facts facts;
    trust::SiteOptions options;
    std::vector<RefName> branches{master};
    const gerrit::ChangeFacts* change = nullptr;

    Asked() { facts.actor = read(account(maintainer())); }

    trust::Privilege answer() const {
        return trust::ask_oracles(
            {maintainer().id, change, branches, app}, {facts, options, scene_time(), app}
        );
    }
    ReasonCode code() const {
        const auto found = answer();
        CHECK(found.is_given == trust::reason(found.code).is_good);
        return found.code;
    }
};

gerrit::AccessFacts push(bool is_allowed = true) {
    return {maintainer().id, marker, "push", is_allowed, {}};
}

/// An open change on which the maintainer has voted, and where its label comes from.
struct Voted : Asked {
    gerrit::ChangeFacts voted = a_change().uploaded_by(volunteer()).voted(maintainer(), 2).change();

    Voted() {
        change = &voted;
        branches.clear();
        const auto root = ProjectName::parse("All-Projects").value();
        facts.label_origins = {read(gerrit::LabelOriginFacts{"Code-Review", root, {root}, app})};
    }
};

} // namespace

TEST_CASE("leave to push the marker ref counts for its account, ref, permission and project") {
    Asked asked;
    asked.facts.access = {read(push())};
    CHECK(asked.code() == ReasonCode::privilege_by_marker);
    asked.facts.access = {read(push(false))};
    CHECK(asked.code() == ReasonCode::privilege_missing);
    const auto other = [&](auto change) {
        Asked elsewhere;
        auto access = read(push());
        change(access);
        elsewhere.facts.access = {access};
        return elsewhere.code();
    };
    CHECK(
        other([](auto& it) { it.value->account = stranger().id; }) == ReasonCode::privilege_unread
    );
    CHECK(other([](auto& it) { it.value->ref = master; }) == ReasonCode::privilege_unread);
    CHECK(other([](auto& it) { it.value->permission = "read"; }) == ReasonCode::privilege_unread);
    CHECK(
        other([](auto& it) { it.value->project = ProjectName::parse("demo/other").value(); })
        == ReasonCode::privilege_unread
    );
    CHECK(other([](auto& it) { it.value->project = app; }) == ReasonCode::privilege_by_marker);
    CHECK(other([](auto& it) { it.read_at = old; }) == ReasonCode::privilege_unread);
    CHECK(other([](auto& it) { it.value.reset(); }) == ReasonCode::privilege_unread);
}

TEST_CASE("of several branches one marker ref is enough, and one unread outweighs a no") {
    const auto release = RefName::parse("refs/heads/release").value();
    auto of_release = push();
    of_release.ref = RefName::parse("refs/seakeeper/trusted/heads/release").value();
    Asked asked;
    asked.branches = {release, master};
    asked.facts.access = {read(push(false))};
    CHECK(asked.code() == ReasonCode::privilege_unread);
    asked.branches = {master, release};
    CHECK(asked.code() == ReasonCode::privilege_unread);
    asked.facts.access = {read(push(false)), read(of_release)};
    CHECK(asked.code() == ReasonCode::privilege_by_marker);
    asked.branches = {RefName::parse("refs/tags/v1").value(), master};
    asked.facts.access = {read(push())};
    CHECK(asked.code() == ReasonCode::privilege_by_marker);
    asked.branches.clear();
    CHECK(asked.code() == ReasonCode::privilege_missing);
}

TEST_CASE("membership counts of this very account, in a group that the site trusts") {
    using Groups = std::vector<std::string>;
    Asked asked;
    asked.options.marker_ref = "";
    CHECK(asked.code() == ReasonCode::privilege_missing);
    asked.options.trusted_groups = {"core", "release"};
    CHECK(asked.code() == ReasonCode::privilege_unread);
    asked.facts.actor_groups = read(Groups{"everybody", "release"});
    CHECK(asked.code() == ReasonCode::privilege_by_group);
    asked.facts.actor_groups = read(Groups{"everybody"});
    CHECK(asked.code() == ReasonCode::privilege_missing);
    asked.facts.actor_groups = read(Groups{"core"}, old);
    CHECK(asked.code() == ReasonCode::privilege_unread);
    // The groups of an actor who is somebody else say nothing.
    asked.facts.actor_groups = read(Groups{"core"});
    asked.facts.actor = read(account(other_maintainer()));
    asked.facts.accounts = {read(account(maintainer()))};
    CHECK(asked.code() == ReasonCode::privilege_unread);
    asked.facts.actor.value.reset();
    CHECK(asked.code() == ReasonCode::privilege_unread);
    asked.facts.groups = {
        read(gerrit::GroupFacts{stranger().id, {"core"}}),
        read(gerrit::GroupFacts{maintainer().id, {"core"}}, old)};
    CHECK(asked.code() == ReasonCode::privilege_unread);
    asked.facts.groups.push_back(read(gerrit::GroupFacts{maintainer().id, {"core"}}));
    CHECK(asked.code() == ReasonCode::privilege_by_group);
}

TEST_CASE("the range of the vote counts on an open change, where the site owns label and right") {
    CHECK(Voted{}.code() == ReasonCode::privilege_by_vote_range);
    const auto with = [](auto change) {
        Voted asked;
        change(asked, asked.voted.labels.at("Code-Review"));
        return asked.code();
    };
    using Label = gerrit::LabelFacts;
    CHECK(
        with([](Voted&, Label& it) { it.votes[0].permitted_max = 1; })
        == ReasonCode::privilege_missing
    );
    CHECK(
        with([](Voted&, Label& it) { it.votes[0].permitted_max.reset(); })
        == ReasonCode::privilege_unread
    );
    CHECK(
        with([](Voted&, Label& it) { it.votes[0].permitted_max = it.max = 0; })
        == ReasonCode::privilege_missing
    );
    CHECK(
        with([](Voted&, Label& it) { it.votes[0].permitted_max = it.max = 1; })
        == ReasonCode::privilege_by_vote_range
    );
    CHECK(with([](Voted&, Label& it) { it.votes.clear(); }) == ReasonCode::privilege_missing);
    CHECK(
        with([](Voted& it, Label&) { it.voted.labels.clear(); }) == ReasonCode::privilege_missing
    );
    CHECK(
        with([](Voted& it, Label&) { it.voted.status = "MERGED"; }) == ReasonCode::privilege_missing
    );
    CHECK(
        with([](Voted& it, Label&) { it.facts.label_origins[0].value->label = "Verified"; })
        == ReasonCode::privilege_unread
    );
    CHECK(
        with([](Voted& it, Label&) { it.facts.label_origins[0].read_at = old; })
        == ReasonCode::privilege_unread
    );
    CHECK(
        with([](Voted& it, Label&) { it.facts.label_origins[0].value->defined_in = app; })
        == ReasonCode::label_not_owned
    );
    CHECK(
        with([](Voted& it, Label&) { it.facts.label_origins[0].value->granted_in.push_back(app); })
        == ReasonCode::label_not_owned
    );
    CHECK(
        with([](Voted& it, Label&) { it.facts.label_origins[0].value->granted_in.clear(); })
        == ReasonCode::label_not_owned
    );
}

TEST_CASE("of several refusals what was not read is told first, then who owns the label") {
    Voted asked;
    asked.facts.label_origins[0].value->defined_in = app;
    asked.branches = {master};
    CHECK(asked.code() == ReasonCode::privilege_unread);
    asked.facts.access = {read(push(false))};
    CHECK(asked.code() == ReasonCode::label_not_owned);
    asked.facts.access = {read(push())};
    CHECK(asked.code() == ReasonCode::privilege_by_marker);
}

TEST_CASE("nobody has a right whose account is inactive, or of whose account nothing is known") {
    Asked asked;
    asked.facts.access = {read(push())};
    asked.facts.actor.read_at = old;
    CHECK(asked.code() == ReasonCode::privilege_unread);
    asked.facts.actor.value.reset();
    CHECK(asked.code() == ReasonCode::privilege_unread);
    asked.facts.real_actor = read(account(maintainer()));
    CHECK(asked.code() == ReasonCode::privilege_by_marker);
    auto gone = account(maintainer());
    gone.is_active = false;
    asked.facts.accounts = {read(account(stranger())), read(gone)};
    CHECK(asked.code() == ReasonCode::privilege_missing);
    // What was said last does not heal it.
    asked.facts.accounts.push_back(read(account(maintainer())));
    CHECK(asked.code() == ReasonCode::privilege_missing);
    asked.facts.accounts = {read(gone)};
    asked.facts.real_actor = {};
    CHECK(asked.code() == ReasonCode::privilege_missing);
    asked.facts.accounts = {read(account(maintainer()))};
    CHECK(asked.code() == ReasonCode::privilege_by_marker);
    Voted voted;
    voted.voted.labels.at("Code-Review").votes[0].is_voter_active = false;
    CHECK(voted.code() == ReasonCode::privilege_missing);
}

TEST_CASE("what lies below is approved by one sound vote on its current patch set") {
    const auto approved = [](auto change) {
        Voted asked;
        asked.facts.accounts = {read(account(maintainer()))};
        change(asked);
        return trust::is_approved(asked.voted, {asked.facts, asked.options, scene_time(), app});
    };
    CHECK(approved([](Voted&) {}));
    CHECK_FALSE(approved([](Voted& it) { it.voted.status = "MERGED"; }));
    CHECK_FALSE(approved([](Voted& it) { it.voted.labels.clear(); }));
    CHECK_FALSE(approved([](Voted& it) { it.voted.revisions.clear(); }));
    CHECK_FALSE(approved([](Voted& it) { it.options.protected_refs = {"refs/heads/release"}; }));
    CHECK_FALSE(approved([](Voted& it) { it.voted.labels.at("Code-Review").votes[0].value = 1; }));
    CHECK_FALSE(approved([](Voted& it) {
        it.facts.actor.value.reset();
        it.facts.accounts.clear();
    }));
    CHECK_FALSE(approved([](Voted& it) { it.voted.messages.clear(); }));
    CHECK_FALSE(approved([](Voted& it) { it.voted.revisions[0].uploader = maintainer().id; }));
    CHECK_FALSE(approved([](Voted& it) { it.facts.label_origins.clear(); }));
    CHECK_FALSE(approved([](Voted& it) {
        it.facts.actor.value->is_service_user = true;
        it.facts.accounts.clear();
    }));
}

TEST_CASE("who uploaded cannot approve, unless the site says so for project and account") {
    auto change = a_change().uploaded_by(maintainer()).change();
    trust::SiteOptions options;
    const auto is_own = [&](const Person& who) {
        return trust::is_self_approval(change, change.revisions[0], who.id, options);
    };
    CHECK(is_own(maintainer()));
    CHECK_FALSE(is_own(other_maintainer()));
    change.revisions[0].real_uploader = other_maintainer().id;
    CHECK(is_own(other_maintainer()));
    change.revisions[0].kind = "TRIVIAL_REBASE";
    CHECK_FALSE(is_own(other_maintainer()));
    CHECK(is_own(maintainer()));
    options.self_approvals = {{ProjectName::parse("demo/other").value(), maintainer().id}};
    CHECK(is_own(maintainer()));
    options.self_approvals = {{app, other_maintainer().id}};
    CHECK(is_own(maintainer()));
    options.self_approvals.push_back({app, maintainer().id});
    CHECK_FALSE(is_own(maintainer()));
    options.self_approvals.clear();
    options.require_non_uploader = false;
    CHECK_FALSE(is_own(maintainer()));
}
