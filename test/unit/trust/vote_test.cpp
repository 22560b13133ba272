// SPDX-License-Identifier: Apache-2.0
#include "trust/vote.hpp"

#include <seakeeper/testing/builders.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::testing;

TEST_CASE("the first line of a message says which votes were cast") {
    struct Row {
        const char* text;
        bool names_label;
        std::optional<int> value;
    };
    for (const auto& row : {
             Row{"Patch Set 3: Code-Review+2", true, 2},
             Row{"Patch Set 3: Code-Review+2\n\nfine", true, 2},
             Row{"Patch Set 3: Verified+1 Code-Review-2", true, -2},
             Row{"Patch Set 3: -Code-Review", true, 0},
             Row{"Uploaded patch set 3: Code-Review+2.", true, 2},
             Row{"Uploaded patch set 3: Code-Review+2", true, std::nullopt},
             Row{"Patch Set 2: Code-Review+2", true, std::nullopt},
             Row{"Patch Set 33: Code-Review+2", true, std::nullopt},
             Row{"Patch Set 3:\n\nPatch Set 3: Code-Review+2", false, std::nullopt},
             Row{"Patch Set 3: Other-Code-Review+2", false, std::nullopt},
             Row{"Patch Set 3: Code-Review-Bot+2", false, std::nullopt},
             Row{"Patch Set 3: Code-Review+2 Code-Review+2", true, 0},
             Row{"Patch Set 3: Code-Review+2x", true, std::nullopt},
             Row{"Patch Set 3: Code-Review+", true, std::nullopt},
             Row{"Patch Set 3: Code-Review++2", true, std::nullopt},
             Row{"Patch Set 3: Code-Review+99999999999", true, std::nullopt},
             Row{"Removed Code-Review+2 by Mira", true, std::nullopt},
             Row{"Patch Set : Code-Review+2", true, std::nullopt},
             Row{"Uploaded patch set 3: Code-Review+22", true, std::nullopt},
             Row{"Patch Set 3: Code-Review +2", true, std::nullopt},
             Row{"Patch Set 3: Code-Review=2", true, std::nullopt},
             Row{"Patch Set 3: xCode-Review", false, std::nullopt},
             Row{"Patch Set 3: +Code-Review", false, std::nullopt},
             Row{"Patch Set 3: -Code-Review2", true, std::nullopt},
             Row{"Patch Set 3: Code-Review", true, std::nullopt},
             Row{"Patch Set 3: Code-Review+-2", true, std::nullopt},
             Row{"Patch Set 3: Code-Review-0", true, 0},
             Row{"Patch Set 3: Code-Review--2", true, std::nullopt},
             Row{"Patch set 3: Code-Review+2", true, std::nullopt},
             Row{"Comment 3: Code-Review+2", true, std::nullopt},
             Row{"Patch Set 3; Code-Review+2", true, std::nullopt},
             Row{"Code-Review+2", true, std::nullopt},
             Row{"-Code-Review", true, std::nullopt},
             Row{"Patch Set 3: Code-Reviewa+2", false, std::nullopt},
             Row{"Patch Set 3: Code-Reviewz+2", false, std::nullopt},
             Row{"Patch Set 3: Code-ReviewA+2", false, std::nullopt},
             Row{"Patch Set 3: Code-ReviewZ+2", false, std::nullopt},
             Row{"Patch Set 3: Code-Review`+2", true, std::nullopt},
             Row{"Patch Set 3: Code-Review{+2", true, std::nullopt},
             Row{"Patch Set 3: Code-Review@+2", true, std::nullopt},
             Row{"Patch Set 3: Code-Review[+2", true, std::nullopt},
             Row{"Patch Set 3: Code-Review-", true, std::nullopt},
             Row{"Patch Set 3: Code-Review-2a", true, std::nullopt},
             Row{"Patch Set 3: Code-Review-a Code-Review+2", true, 2},
             Row{"Patch Set 3: Patch Set 2 was rebased", false, std::nullopt},
             Row{"", false, std::nullopt},
         }) {
        CAPTURE(row.text);
        const auto line = trust::read_vote_line(row.text, PatchSetNumber{3}, "Code-Review");
        CHECK(line.names_label == row.names_label);
        CHECK(line.value == row.value);
    }
}

TEST_CASE("a vote counts as cast by the newest message that tells of it") {
    const auto state = [](const ChangeBuilder& story) {
        const auto& change = story.change();
        return trust::largest_vote_cast(
                   change, change.revisions.back().number, maintainer().id, "Code-Review"
        )
            .state;
    };
    using trust::CastState;
    CHECK(state(a_change().uploaded_by(volunteer()).voted(maintainer(), 2)) == CastState::cast);
    CHECK(state(a_change().uploaded_by(volunteer()).voted(maintainer(), 1)) == CastState::not_cast);
    CHECK(
        state(a_change().uploaded_by(volunteer()).voted(maintainer(), 2).rebased_by(volunteer()))
        == CastState::not_cast
    );
    CHECK(
        state(a_change().uploaded_by(volunteer()).voted(maintainer(), 2).voted(maintainer(), 0))
        == CastState::not_cast
    );
    CHECK(
        state(a_change()
                  .uploaded_by(volunteer())
                  .voted(maintainer(), 0)
                  .voted(maintainer(), 2)
                  .wrote(maintainer(), "thanks"))
        == CastState::cast
    );
    CHECK(
        state(a_change().uploaded_by(volunteer()).voted_on_behalf_of(maintainer(), bot(), 2))
        == CastState::on_behalf
    );
    CHECK(
        state(a_change().uploaded_by(volunteer()).voted(other_maintainer(), 2))
        == CastState::not_cast
    );
}

TEST_CASE("a label without name or without a largest value has no votes") {
    CHECK_FALSE(trust::read_vote_line("Patch Set 3: +2", PatchSetNumber{3}, "").names_label);
    auto change = a_change().uploaded_by(volunteer()).voted(maintainer(), 2).change();
    const auto state = [&](std::string_view label) {
        return trust::largest_vote_cast(
                   change, change.revisions.back().number, maintainer().id, label
        )
            .state;
    };
    using trust::CastState;
    CHECK(state("Code-Review") == CastState::cast);
    CHECK(state("Verified") == CastState::not_cast);
    change.messages.back().real_author = maintainer().id;
    CHECK(state("Code-Review") == CastState::cast);
    change.labels.at("Code-Review").max = 0;
    change.messages.back().text = "Patch Set 1: -Code-Review";
    CHECK(state("Code-Review") == CastState::not_cast);
    change.labels.at("Code-Review").max = 1;
    change.messages.back().text = "Patch Set 1: Code-Review+1";
    CHECK(state("Code-Review") == CastState::cast);
}
