// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace seakeeper;
using namespace seakeeper::sensor;
using namespace seakeeper::sensor::test;

namespace {

std::string entry(std::string_view name, std::string_view keys) {
    return fmt::format("triggers:\n  {}: {{{}}}\n", name, keys);
}

Result<Sensor> compiled(const std::vector<std::pair<const char*, std::string>>& files) {
    std::vector<std::shared_ptr<const Layer>> chain;
    for (const auto& [project, yaml] : files) {
        chain.push_back(layer(project, yaml));
    }
    return compile(chain);
}

std::string refusal(const std::string& parent, const std::string& child) {
    const auto sensor = compiled({{"All-Projects", parent}, {"demo", child}});
    return sensor ? "accepted" : sensor.error().message;
}

constexpr auto whole = "events: [change-merged], workflow: w.yaml";

std::string with(std::string_view more) {
    return fmt::format("{}, {}", whole, more);
}

} // namespace

TEST_SUITE("inheritance") {

    TEST_CASE("a project has its parents' triggers and its own") {
        const auto sensor = compiled(
            {{"All-Projects", entry("a", whole)}, {"middle", ""}, {"demo", entry("b", whole)}}
        );
        REQUIRE_MESSAGE(sensor, sensor.error().message);
        CHECK(sensor->project.str() == "demo");
        REQUIRE(sensor->triggers.size() == 2);
        CHECK(sensor->triggers[0]->name.str() == "a");
        CHECK(sensor->triggers[0]->definition.project.str() == "All-Projects");
        CHECK(sensor->triggers[0]->definition.commit.str() == commit_a);
        CHECK(sensor->triggers[1]->definition.project.str() == "demo");
        CHECK(sensor->triggers[1]->place == Place{"demo:seakeeper.yaml", 2, 3});
    }

    TEST_CASE("inherited triggers are shared, not copied") {
        const auto parent = layer("All-Projects", entry("a", whole));
        const auto one = compile(std::vector{parent, layer("one", "")});
        const auto two = compile(std::vector{parent, layer("two", "")});
        CHECK(one->triggers[0] == two->triggers[0]);
    }

    TEST_CASE("a trigger with override may be replaced as a whole or switched off") {
        const std::string parent = entry("a", with("override: true, branch: x, trust: trusted"));
        const auto replaced = compiled({{"All-Projects", parent}, {"demo", entry("a", whole)}});
        REQUIRE_MESSAGE(replaced, replaced.error().message);
        REQUIRE(replaced->triggers.size() == 1);
        CHECK(replaced->triggers[0]->definition.project.str() == "demo");
        CHECK(replaced->triggers[0]->requested == RequestedClass::untrusted);
        CHECK(replaced->triggers[0]->conditions.size() == 1);

        const auto off =
            compiled({{"All-Projects", parent}, {"demo", entry("a", "enabled: false")}});
        REQUIRE_MESSAGE(off, off.error().message);
        CHECK(off->triggers.empty());
        REQUIRE(off->switched_off.size() == 1);
        CHECK(off->switched_off[0].name.str() == "a");
        CHECK(off->switched_off[0].place.file == "demo:seakeeper.yaml");
    }

    TEST_CASE("a final trigger takes further conditions and a lower class, and stays final") {
        const std::string parent = entry(
            "a", with("final: true, branch: [master, dev], trust: trusted, otherwise: untrusted")
        );
        const auto sensor = compiled(
            {{"All-Projects", parent},
             {"middle", entry("a", "branch: master, events: [change-merged, comment-added]")},
             {"demo", entry("a", "topic: x, trust: untrusted, final: true")}}
        );
        REQUIRE_MESSAGE(sensor, sensor.error().message);
        REQUIRE(sensor->triggers.size() == 1);
        const Trigger& narrowed = *sensor->triggers[0];
        CHECK(narrowed.requested == RequestedClass::untrusted);
        CHECK_FALSE(narrowed.otherwise_untrusted);
        CHECK(narrowed.is_final);
        CHECK(narrowed.definition.project.str() == "All-Projects");
        CHECK(narrowed.conditions.size() == 5);
        CHECK(narrowed.kinds.count() == 1); // both lists of events must hold

        event::Event event = change_event("change-merged", event::ChangeMerged{});
        event.change->topic = "x";
        CHECK(evaluate(narrowed, event).outcome == Outcome::matched);
        event.change->branch = "dev";
        CHECK(evaluate(narrowed, event).outcome == Outcome::not_matched);
    }

    TEST_CASE("what a child may not do is refused with its place") {
        const std::string final_one = entry("a", with("final: true"));
        const std::string open_one = entry("a", with("override: true"));
        const std::string closed_one = entry("a", whole);
        const std::string at = "demo:seakeeper.yaml:2:";
        const std::string closed =
            at
            + "3: found the trigger a, which All-Projects defines (line 2), accepted "
              "is another name: there it has neither override: true nor final: true";
        const auto narrowed = [&](std::string_view key) {
            return fmt::format(
                "{}7: found {} for the trigger a, which is final in All-Projects (line 2), "
                "accepted are "
                "further conditions, and trust: untrusted",
                at,
                key
            );
        };
        struct {
            const char* name;
            std::string parent;
            std::string child;
            std::string message;
        } const rows[] = {
            {"redefine", closed_one, entry("a", whole), closed},
            {"switch off", closed_one, entry("a", "enabled: false"), closed},
            {"narrow what is not final", closed_one, entry("a", "branch: x"), closed},
            {"raise", final_one, entry("a", "trust: trusted"), narrowed("trust")},
            {"another workflow",
             final_one,
             entry("a", "workflow: x.yaml, events: [change-merged]"),
             narrowed("workflow")},
            {"parameters", final_one, entry("a", "parameters: {x: v}"), narrowed("parameters")},
            {"report", final_one, entry("a", "report: none"), narrowed("report")},
            {"no longer final", final_one, entry("a", "final: false"), narrowed("final")},
            {"override", final_one, entry("a", "override: true"), narrowed("override")},
            {"switch a final one off",
             final_one,
             entry("a", "enabled: false"),
             narrowed("enabled")},
            {"replace by half a trigger",
             open_one,
             entry("a", "branch: x"),
             at
                 + "3: found the trigger a without workflow, accepted is a path such as workflow: "
                   "workflows/test.yaml"},
            {"half a trigger",
             "",
             entry("a", "branch: x"),
             at
                 + "3: found the trigger a without workflow, accepted is a path such as workflow: "
                   "workflows/test.yaml"},
            {"switch off what nobody has",
             "",
             entry("a", "enabled: false"),
             at
                 + "3: found enabled: false for a, which no parent project defines, accepted is "
                   "the name of "
                   "an inherited trigger"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.name);
            CHECK(refusal(row.parent, row.child) == row.message);
        }
    }

    TEST_CASE("an override can be taken back from grandchildren, and all mistakes are told at once"
    ) {
        const std::string open_one = entry("a", with("override: true"));
        const auto refused = compiled(
            {{"All-Projects", open_one}, {"middle", entry("a", whole)}, {"demo", entry("a", whole)}}
        );
        REQUIRE_FALSE(refused);
        CHECK(refused.error().is(Errc::refused));
        CHECK(refused.error().message.find("which middle defines") != std::string::npos);

        const std::string two = "triggers:\n  b: {branch: x}\n  c: {branch: x}\n";
        CHECK(refusal("", two).find('\n') != std::string::npos);
        CHECK(check_inheritance(std::vector{layer("demo", two)}).size() == 2);
        CHECK(compile({}).error().is(Errc::invalid_argument));
    }
}
