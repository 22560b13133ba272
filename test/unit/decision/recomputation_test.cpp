// SPDX-License-Identifier: Apache-2.0
// Decisions made again from kept bytes, and what is said where a store does not hold them, or holds
// something else.
#include "site.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/consider.hpp>
#include <seakeeper/decision/recomputation.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/testing/builders.hpp>

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

using namespace seakeeper;
using namespace seakeeper::decision;
using namespace seakeeper::test;
using namespace seakeeper::testing;

namespace {

constexpr const char* triggers = R"(triggers:
  check:
    events: [patchset-created]
    workflow: workflows/test.yaml
  lost:
    events: [patchset-created]
    workflow: workflows/none.yaml
)";

/// Decisions about an upload, with the bytes of all that they name.
struct Stored {
    SiteConfiguration site{
        {tip("demo/app", {{"seakeeper.yaml", triggers}, {"workflows/test.yaml", plain_workflow}}),
         tip("All-Projects", {})},
        options(),
        "test"};
    Consideration made;
    std::map<std::string, std::string> kept;
    int reads = 0;
    Recomputation recomputation{[this](const std::string& digest) -> Result<std::string> {
        ++reads;
        const auto found = kept.find(digest);
        return found == kept.end()
                   ? Result<std::string>{Error{Errc::not_found, "not kept: " + digest}}
                   : Result<std::string>{found->second};
    }};

    Stored() {
        Setting setting{site, circumstances_of_a_file(site.options())};
        auto scene = a_change().uploaded_by(volunteer()).upload();
        const auto bytes = event::serialize(scene.event);
        made =
            consider(setting, std::move(scene.event), bytes, std::move(scene.facts), scene_time());
        keep(bytes);
        keep(boost::json::serialize(gerrit::to_json(made.facts)));
        keep(to_json(site.options()));
        keep(to_json(setting.circumstances));
        keep(plain_workflow);
        for (const auto& file : made.view->files) {
            keep(file->bytes);
        }
    }

    std::string keep(const std::string& bytes) {
        auto digest = sha256_hex(bytes);
        kept[digest] = bytes;
        return digest;
    }

    const Record& record(std::string_view trigger) const {
        return std::ranges::find(
                   made.decisions,
                   trigger,
                   [](const Decision& each) { return std::string_view{each.record.trigger}; }
        )->record;
    }
};

/// Of the configuration the project's own.
InputRef& input(Record& record, std::string_view what) {
    return *std::ranges::find_if(record.inputs, [&](const InputRef& each) {
        return each.what == what && !each.from.starts_with("All-Projects@");
    });
}

std::string told(const Status& status) {
    return status ? "" : status.error().message;
}

} // namespace

TEST_CASE("a decision is made again from kept bytes, and what is shared is read once") {
    Stored stored;
    for (const auto* trigger : {"check", "lost"}) {
        CAPTURE(trigger);
        CHECK(told(stored.recomputation.check(stored.record(trigger))) == "");
    }
    const auto first = stored.reads;
    CHECK(told(stored.recomputation.check(stored.record("check"))) == "");
    CHECK(stored.reads == first + 3); // event, facts, circumstances
    const auto definition = stored.recomputation.definition_of(stored.record("check"));
    REQUIRE(definition);
    const auto again = stored.recomputation.consider(stored.record("check").inputs);
    REQUIRE(again);
    CHECK(again->matches.size() == 2);
    CHECK(again->bytes == stored.made.bytes);
    CHECK(again->decisions.empty());
}

TEST_CASE("an input that is not kept any more is named, one that was damaged is told") {
    for (const std::string what :
         {"event", "facts", "options", "configuration", "circumstances", "definition"}) {
        CAPTURE(what);
        {
            Stored stored;
            auto record = stored.record("check");
            const auto digest = input(record, what).digest;
            stored.kept.erase(digest);
            const auto made = stored.recomputation.check(record);
            REQUIRE_FALSE(made);
            CHECK(made.error().is(Errc::not_found));
            CHECK(made.error().message == "not kept: " + digest);
        }
        for (const std::string damaged : {"nonsense", "[]", "{}"}) {
            CAPTURE(damaged);
            Stored stored;
            auto record = stored.record("check");
            input(record, what).digest = stored.keep(damaged);
            CHECK_FALSE(stored.recomputation.check(record));
        }
    }
}

TEST_CASE("records whose parts do not fit together are corrupt, and say where") {
    struct Row {
        const char* what;
        void (*damage)(Record&);
        const char* told;
    };
    for (const auto& row : {
             Row{"no options",
                 [](Record& r) {
                     std::erase_if(r.inputs, [](auto& i) { return i.what == "options"; });
                 },
                 "recomputing: the inputs name no options"},
             Row{"no circumstances",
                 [](Record& r) {
                     std::erase_if(r.inputs, [](auto& i) { return i.what == "circumstances"; });
                 },
                 "recomputing: the inputs name no circumstances"},
             Row{"a project that is none",
                 [](Record& r) { r.definition.project = "../x"; },
                 "recomputing: the inputs name no definition"},
             Row{"a commit that is none",
                 [](Record& r) { r.definition.commit = "x"; },
                 "recomputing: the inputs name no definition"},
             Row{"a trigger that the configuration has not",
                 [](Record& r) { r.trigger = "gone"; },
                 "recomputing: the configuration has no trigger \"gone\""},
         }) {
        CAPTURE(std::string{row.what});
        Stored stored;
        auto record = stored.record("check");
        row.damage(record);
        const auto made = stored.recomputation.check(record);
        REQUIRE_FALSE(made);
        CHECK(made.error().is(Errc::corrupt));
        CHECK(made.error().message == row.told);
    }
    Stored stored;
    auto record = stored.record("check");
    std::erase_if(record.inputs, [](auto& i) { return i.what == "options"; });
    CHECK(
        stored.recomputation.definition_of(record).error().message
        == "recomputing: the inputs name no options"
    );
    record = stored.record("check");
    input(record, "configuration").from = "nowhere";
    CHECK_FALSE(stored.recomputation.check(record));
    record = stored.record("check");
    auto event = stored.made.event;
    event.project = "../x";
    input(record, "event").digest = stored.keep(event::serialize(event));
    CHECK_FALSE(stored.recomputation.check(record));
    // without an event among the inputs it is the caller's
    std::erase_if(record.inputs, [](auto& i) { return i.what == "event" || i.what == "facts"; });
    CHECK_FALSE(stored.recomputation.consider(record.inputs));
    CHECK_FALSE(stored.recomputation.consider(record.inputs, "no event"));
    const auto given = stored.recomputation.consider(record.inputs, stored.made.bytes);
    REQUIRE(given);
    CHECK(given->event.project == "demo/app");
}

TEST_CASE("another record is told by the first member that differs") {
    const Stored stored;
    const auto& record = stored.record("check");
    struct Row {
        const char* what;
        void (*change)(Record&);
        const char* told;
    };
    for (const auto& row : {
             Row{"another value",
                 [](Record& r) { r.attempt = 7; },
                 "member attempt was \"1\", is \"7\""},
             Row{"another text", [](Record& r) { r.event_type = "x"; }, "is \"\\\"x\\\"\""},
             Row{"a member more", [](Record& r) { r.fallback = r.verdict; }, ": a member is new"},
         }) {
        CAPTURE(std::string{row.what});
        auto made = record;
        row.change(made);
        const auto same = same_record(record, made);
        REQUIRE_FALSE(same);
        CHECK(same.error().is(Errc::conflict));
        CHECK(same.error().message.starts_with("recomputing decision " + digest_of(record) + ": "));
        CAPTURE(same.error().message);
        CHECK(same.error().message.find(row.told) != std::string::npos);
    }
    auto before = record;
    before.fallback = before.verdict;
    CHECK(
        same_record(before, record).error().message.find("member fallback was") != std::string::npos
    );
    CHECK(same_record(before, record).error().message.ends_with(", is absent"));
    CHECK(same_record(record, record));
}

TEST_CASE("another attempt is made again with what its asker said") {
    Stored stored;
    auto asked = a_change().uploaded_by(volunteer()).comment(maintainer(), "recheck");
    const InputRef event{"retry-event", "", stored.keep(event::serialize(asked.event))};
    const InputRef facts{
        "retry-facts", "", stored.keep(boost::json::serialize(gerrit::to_json(asked.facts)))};
    auto record = stored.record("check");
    record.attempt = 2;
    record.inputs.push_back(event);
    const auto without_facts = stored.recomputation.again(record);
    REQUIRE_MESSAGE(without_facts, without_facts);
    record.inputs.push_back(facts);
    const auto made = stored.recomputation.again(record);
    REQUIRE_MESSAGE(made, made);
    CHECK(made->record.attempt == 2);
    CHECK(made->record.inputs.size() == record.inputs.size());
    for (const std::string what : {"retry-event", "retry-facts"}) {
        CAPTURE(what);
        auto damaged = record;
        input(damaged, what).digest = stored.keep("[]");
        CHECK_FALSE(stored.recomputation.again(damaged));
        input(damaged, what).digest = sha256_hex("lost");
        CHECK(stored.recomputation.again(damaged).error().is(Errc::not_found));
    }
}
