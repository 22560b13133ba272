// SPDX-License-Identifier: Apache-2.0
#include "gerrit/rest_json.hpp"
#include "gerrit_recording.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace seakeeper;
using namespace seakeeper::gerrit;
using namespace seakeeper::test;

namespace {

boost::json::value body(const std::string& version, const std::string& name) {
    return gerrit_recording(version, name).body;
}

/// Which parser an endpoint's answer belongs to.
Status parse_by_request(const GerritRecording& recording, std::map<std::string, int>& counts) {
    const auto& request = recording.request;
    const auto has = [&](const char* part) { return request.find(part) != std::string::npos; };
    const auto status_of = [&](const char* parser, const auto& result) {
        ++counts[parser];
        return result ? Status{} : Status{result.error()};
    };
    const auto app = ProjectName::parse("demo/app").value();
    if (has("/changes/?q=")) {
        return status_of("page", change_page_from(recording.body));
    }
    if (has("/submitted_together")) {
        return status_of("together", together_from(recording.body, ChangeNumber{1}));
    }
    if (has("/review")) {
        return status_of("review", applied_labels_from(recording.body));
    }
    if (has("/messages")) {
        return status_of("messages", messages_from(recording.body));
    }
    if (has("?o=ALL_REVISIONS")) {
        return status_of("change", change_from(recording.body));
    }
    if (has("/accounts/?q=")) {
        ++counts["accounts"];
        for (const auto& row : recording.body.as_array()) {
            if (const auto account = account_from(row); !account) {
                return account.error();
            }
        }
        return {};
    }
    if (has("/groups/") && has("/accounts/")) {
        return status_of("groups", groups_from(recording.body));
    }
    if (has("/accounts/") && has("/detail")) {
        return status_of("account", account_from(recording.body));
    }
    if (has("/check.access")) {
        return status_of("access", allowed_from(recording.body));
    }
    if (request.ends_with("/in")) {
        return status_of("places", places_from(recording.body));
    }
    if (request.ends_with("/projects/demo%2Fapp")) {
        return status_of("parent", parent_from(recording.body));
    }
    if (request.ends_with("/branches/refs%2Fmeta%2Fconfig")) {
        const auto config = RefName::parse("refs/meta/config").value();
        return status_of("ref", ref_from(recording.body, config));
    }
    return {};
}

const VoteFacts* vote_of(const ChangeFacts& change, const char* label, std::uint32_t voter) {
    const auto found = change.labels.find(label);
    if (found == change.labels.end()) {
        return nullptr;
    }
    for (const auto& vote : found->second.votes) {
        if (vote.voter == AccountId{voter}) {
            return &vote;
        }
    }
    return nullptr;
}

} // namespace

TEST_CASE("every recorded answer of a known endpoint is understood") {
    for (const auto& version : gerrit_versions) {
        std::map<std::string, int> counts;
        for (const auto& recording : all_gerrit_recordings(version)) {
            if (recording.status != 200 || !recording.is_json()) {
                continue;
            }
            CAPTURE(version);
            CAPTURE(recording.name);
            CHECK(parse_by_request(recording, counts));
        }
        CHECK(counts["change"] >= 12);
        CHECK(counts["page"] >= 8);
        CHECK(counts["review"] >= 10);
        for (const auto* parser :
             {"together", "messages", "accounts", "groups", "account", "access", "places", "ref"}) {
            CAPTURE(parser);
            CHECK(counts[parser] >= 1);
        }
    }
}

TEST_CASE("a change with a vote, its voters and their ranges") {
    for (const auto& version : gerrit_versions) {
        CAPTURE(version);
        const auto reading = change_from(body(version, "change-approved"));
        REQUIRE(reading);
        const auto& change = reading->change;
        CHECK(change.project.str() == "demo/app");
        CHECK(change.destination.str() == "refs/heads/master");
        CHECK(change.status == "NEW");
        CHECK_FALSE(change.is_private);
        CHECK(change.owner == AccountId{1000005});
        REQUIRE(change.current() != nullptr);
        CHECK(change.current()->number == PatchSetNumber{2});
        CHECK(change.current()->uploader == AccountId{1000006});
        CHECK(change.current()->parents.size() == 1);
        CHECK(change.current()->ref.str().starts_with("refs/changes/60/60/2"));
        CHECK(change.current()->message.find("Change-Id: ") != std::string::npos);
        CHECK(change.labels.at("Code-Review").max == 2);
        CHECK(change.labels.at("Code-Review").min == -2);
        const auto* vote = vote_of(change, "Code-Review", 1000002);
        REQUIRE(vote != nullptr);
        CHECK(vote->value == 2);
        CHECK(vote->permitted_max == 2);
        CHECK(vote->is_voter_active);
        CHECK(vote_of(change, "Code-Review", 1000005)->permitted_max == 1);
        CHECK(change.messages.size() >= 3);
        CHECK_FALSE(change.meta_revision.empty());
        CHECK(reading->accounts.size() >= 3);
    }
}

TEST_CASE("who lost the right keeps the vote and loses the range; who is inactive only says so") {
    for (const auto& version : gerrit_versions) {
        CAPTURE(version);
        const auto left = change_from(body(version, "change-approved-voter-left-group"));
        REQUIRE(left);
        const auto* vote = vote_of(left->change, "Code-Review", 1000002);
        REQUIRE(vote != nullptr);
        CHECK(vote->value == 2);
        CHECK(vote->permitted_max.value_or(0) < 2);

        const auto inactive = change_from(body(version, "change-approved-voter-inactive"));
        REQUIRE(inactive);
        const auto* silent = vote_of(inactive->change, "Code-Review", 1000002);
        REQUIRE(silent != nullptr);
        CHECK(silent->permitted_max == 2);
        CHECK_FALSE(silent->is_voter_active);
    }
}

TEST_CASE("the account behind a rebase and a submission on behalf of somebody") {
    for (const auto& version : gerrit_versions) {
        CAPTURE(version);
        const auto rebased = change_from(body(version, "change-rebased-on-behalf"));
        REQUIRE(rebased);
        REQUIRE(rebased->change.current() != nullptr);
        CHECK(rebased->change.current()->uploader == AccountId{1000005});
        CHECK(rebased->change.current()->real_uploader == AccountId{1000002});
        CHECK(rebased->change.messages.back().real_author == AccountId{1000002});

        const auto submitted = change_from(body(version, "change-submitted-on-behalf-of"));
        REQUIRE(submitted);
        CHECK(submitted->change.status == "MERGED");
        CHECK(submitted->change.submitter == AccountId{1000005});
        CHECK(submitted->change.messages.back().tag == "autogenerated:gerrit:merged");
        CHECK(submitted->change.messages.back().real_author == AccountId{1000001});
        CHECK_FALSE(submitted->change.submitted.empty());
    }
}

TEST_CASE("an access answer is read in its body, not in the HTTP status") {
    for (const auto& version : gerrit_versions) {
        CHECK(allowed_from(body(version, "check_access-push-maint")).value());
        CHECK_FALSE(allowed_from(body(version, "check_access-push-contrib")).value());
    }
    CHECK_FALSE(allowed_from(boost::json::parse(R"({"status":500})")));
    CHECK_FALSE(allowed_from(boost::json::parse(R"({})")));
}

TEST_CASE("an account is the one with exactly the user name") {
    for (const auto& version : gerrit_versions) {
        const auto found =
            single_account_from(body(version, "accounts-query-username_maint"), "maint");
        REQUIRE(found);
        CHECK(found->id == AccountId{1000002});
        CHECK(found->is_active);
        // The index folds case: asking for MAINT finds maint.
        const auto folded =
            single_account_from(body(version, "accounts-query-username_MAINT"), "MAINT");
        REQUIRE_FALSE(folded);
        CHECK(folded.error().is(Errc::not_found));
        const auto none = single_account_from(body(version, "accounts-query-inactive"), "stranger");
        REQUIRE_FALSE(none);
        CHECK(none.error().is(Errc::not_found));
    }
    const auto two =
        boost::json::parse(R"([{"_account_id":1,"username":"a"},{"_account_id":2,"username":"a"}])"
        );
    CHECK(single_account_from(two, "a").error().is(Errc::conflict));
}

TEST_CASE("where commits are merged, and that a private parent hides") {
    for (const auto& version : gerrit_versions) {
        const auto merged = places_from(body(version, "ancestry-merged-commit-in"));
        REQUIRE(merged);
        REQUIRE(merged->branches.size() == 1);
        CHECK(merged->branches[0].str() == "refs/heads/master");
        CHECK(places_from(body(version, "ancestry-parent-commit-in")).value().branches.empty());
        const auto together = together_from(
            body(version, "ancestry-submitted-together-private-parent"), ChangeNumber{76}
        );
        REQUIRE(together);
        CHECK(together->invisible == 1);
        const auto marked = change_page_from(body(version, "query-more-changes"));
        REQUIRE(marked);
        CHECK(marked->has_more);
    }
}

TEST_CASE("an annotated tag has a commit behind it, a plain one is a commit") {
    const auto tag = RefName::parse("refs/tags/v1").value();
    const auto annotated = ref_from(
        boost::json::parse(
            R"({"ref":"refs/tags/v1","revision":"1111111111111111111111111111111111111111",
                "object":"2222222222222222222222222222222222222222"})"
        ),
        tag
    );
    REQUIRE(annotated);
    CHECK(annotated->tip->str() == std::string(40, '1'));
    CHECK(annotated->commit->str() == std::string(40, '2'));
    const auto other =
        ref_from(boost::json::parse(R"({"ref":"refs/tags/v2","revision":"x"})"), tag);
    CHECK_FALSE(other);
}

TEST_CASE("files are paths without magic ones, with old names") {
    const auto files = files_from(boost::json::parse(
        R"({"/COMMIT_MSG":{"status":"A"},"b.c":{},"new":{"status":"R","old_path":"old"}})"
    ));
    REQUIRE(files);
    CHECK(*files == std::vector<std::string>{"b.c", "new", "old"});
}

TEST_CASE("members of a wrong type are errors, never taken for their default") {
    for (const auto* text :
         {R"({"_number":7,"project":"p","branch":"m","status":"NEW","owner":{"_account_id":1},"is_private":"true"})",
          R"({"_number":7,"project":"p","branch":"m","status":"NEW","owner":{"_account_id":1},"work_in_progress":1})",
          R"({"_number":-7,"project":"p","branch":"m","status":"NEW","owner":{"_account_id":1}})",
          R"({"_number":7,"project":"../p","branch":"m","status":"NEW","owner":{"_account_id":1}})",
          R"({"_number":7,"project":"p","branch":"m..n","status":"NEW","owner":{"_account_id":1}})",
          R"({"_number":7,"project":"p","branch":"m","owner":{"_account_id":1}})",
          R"({"_number":7,"project":"p","branch":"m","status":"NEW"})",
          R"({"_number":7,"project":"p","branch":"m","status":"NEW","owner":{"_account_id":"me"}})",
          R"({"_number":7,"project":"p","branch":"m","status":"NEW","owner":{"_account_id":1},"labels":{"L":{"values":{"x":""}}}})",
          R"({"_number":7,"project":"p","branch":"m","status":"NEW","owner":{"_account_id":1},"revisions":{"zz":{}}})",
          R"([])",
          R"(null)"}) {
        CAPTURE(text);
        const auto change = change_from(boost::json::parse(text));
        REQUIRE_FALSE(change);
        CHECK(change.error().is(Errc::malformed));
    }
    CHECK(change_from(boost::json::parse(
        R"({"_number":"7","project":"p","branch":"m","status":"NEW","owner":{"_account_id":1}})"
    )));
}

TEST_CASE("a branch called refs/... is told from the full ref of the revision") {
    const std::string sha(40, 'a');
    const auto change = change_from(boost::json::parse(
        R"({"_number":7,"project":"p","branch":"refs/x","status":"NEW","owner":{"_account_id":1},
            "current_revision":")"
        + sha + R"(","revisions":{")" + sha + R"(":{"_number":1,
            "uploader":{"_account_id":1},"ref":"refs/changes/07/7/1","branch":"refs/heads/refs/x"}}})"
    ));
    REQUIRE(change);
    CHECK(change->change.destination.str() == "refs/heads/refs/x");
}
