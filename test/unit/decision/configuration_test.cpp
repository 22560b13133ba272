// SPDX-License-Identifier: Apache-2.0
#include "site.hpp"

#include <seakeeper/testing/builders.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::test;

namespace {

constexpr const char* root = "triggers:\n  lint:\n    events: [patchset-created]\n"
                             "    workflow: workflows/test.yaml\n    override: true\n";
constexpr const char* child = "triggers:\n  unit:\n    events: [patchset-created]\n"
                              "    workflow: workflows/test.yaml\n";

std::vector<std::string> names(const decision::ProjectView& view) {
    std::vector<std::string> names;
    for (const auto& trigger : view.sensor.triggers) {
        names.push_back(trigger->name.str());
    }
    return names;
}

} // namespace

TEST_CASE("the parent is what project.config says") {
    CHECK(decision::parent_in("") == "");
    CHECK(decision::parent_in("[access]\n\tinheritFrom = demo/parent\n") == "demo/parent");
    CHECK(decision::parent_in("[Access]\r\n INHERITFROM = \"a b\" ; why\r\n") == "a b");
    CHECK(decision::parent_in("[access \"refs/*\"]\ninheritFrom = x\n") == "");
    CHECK(decision::parent_in("[access]\n[submit]\ninheritFrom = x\n") == "");
    CHECK(decision::parent_in("[access]\n# inheritFrom = x\ninheritFrom=y # z\n") == "y");
}

TEST_CASE("a project has its parents' triggers, from their own commits") {
    decision::SiteConfiguration site{
        {tip("All-Projects", {{"seakeeper.yaml", root}, {"workflows/test.yaml", plain_workflow}}),
         tip("demo/parent", {{"project.config", "[access]\n"}}),
         tip("demo/app",
             {{"project.config", "[access]\ninheritFrom = demo/parent\n"},
              {"seakeeper.yaml", child},
              {"workflows/test.yaml", plain_workflow}})},
        options(),
        "test"};
    const auto view = site.view(project("demo/app"));
    REQUIRE_FALSE(view->fault);
    CHECK(names(*view) == std::vector<std::string>{"lint", "unit"});
    CHECK(view->files.size() == 3);
    CHECK(site.view(project("demo/app")) == view);
    CHECK(names(*site.view(project("no/such"))) == std::vector<std::string>{"lint"});
    const auto& inherited = view->sensor.triggers[0]->definition;
    CHECK(inherited.project.str() == "All-Projects");
    const auto prepared = site.definition(inherited);
    CHECK(prepared->fault.empty());
    CHECK(site.definition(inherited) == prepared);

    gerrit::Facts facts;
    site.put_into(facts, project("demo/app"), testing::scene_time());
    REQUIRE(facts.parents);
    CHECK(facts.parents->size() == 2);
    REQUIRE(facts.configs.size() == 3);
    CHECK(facts.configs[0]->tip == view->files[2]->layer->commit);
}

TEST_CASE("a mistake anywhere above stops the project, and says where") {
    decision::SiteConfiguration site{
        {tip("All-Projects", {{"seakeeper.yaml", "triggers: [\n"}})}, options(), "test"};
    const auto view = site.view(project("demo/app"));
    REQUIRE(view->fault);
    CHECK(view->fault->message.find("All-Projects:seakeeper.yaml:") != std::string::npos);
    CHECK(view->sensor.triggers.empty());
}

TEST_CASE("parents in a ring are refused") {
    decision::SiteConfiguration site{
        {tip("a", {{"project.config", "[access]\ninheritFrom = b\n"}}),
         tip("b", {{"project.config", "[access]\ninheritFrom = a\n"}})},
        options(),
        "test"};
    CHECK(site.view(project("a"))->fault);
}

TEST_CASE("files without a commit get one that changes with them") {
    const auto one = tip("a", {{"x", "1"}});
    CHECK(one.at.commit == tip("b", {{"x", "1"}}).at.commit);
    CHECK(one.at.commit != tip("a", {{"x", "2"}}).at.commit);
    CHECK(one.at.commit != tip("a", {{"y", "1"}}).at.commit);
}

TEST_CASE("inputs name the files they are, and nothing else passes for one") {
    const decision::ConfigLink at{project("demo/app"), testing::commit("c")};
    const std::vector<decision::InputRef> inputs{
        {"event", "", "x"}, {"configuration", decision::place_name(at, "seakeeper.yaml"), "y"}};
    const auto links = decision::links_of(inputs);
    REQUIRE(links);
    CHECK(*links == std::vector{at});
    for (const auto* from : {"", "demo/app", "demo/app@x:seakeeper.yaml", ":@"}) {
        const std::vector<decision::InputRef> wrong{{"configuration", from, "y"}};
        CHECK(decision::links_of(wrong).error().is(Errc::corrupt));
    }
}
