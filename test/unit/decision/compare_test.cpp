// SPDX-License-Identifier: Apache-2.0
#include "site.hpp"

#include <seakeeper/decision/compare.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/testing/builders.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::test;
using namespace seakeeper::testing;
using decision::Difference;

namespace {

const std::string parent_yaml = "triggers:\n  lint:\n    events: [patchset-created]\n"
                                "    branch: [master]\n    workflow: workflows/test.yaml\n";
const std::string own_yaml = "triggers:\n  unit:\n    events: [patchset-created]\n"
                             "    workflow: workflows/test.yaml\n";

Files with(std::string yaml, std::string parent = {}) {
    Files files{{"workflows/test.yaml", plain_workflow}};
    if (!yaml.empty()) {
        files.emplace_back("seakeeper.yaml", std::move(yaml));
    }
    if (!parent.empty()) {
        files.emplace_back("project.config", "[access]\ninheritFrom = " + parent + "\n");
    }
    return files;
}

/// Two families of projects; `lint` is what the first family's parent says.
std::unique_ptr<decision::SiteConfiguration> site(const std::string& lint) {
    std::vector<decision::ConfigTip> tips{
        tip("family/parent", with(lint)), tip("other/parent", with(own_yaml))};
    for (int i = 0; i < 5; ++i) {
        tips.push_back(tip(fmt::format("family/{}", i), with(own_yaml, "family/parent")));
        tips.push_back(tip(fmt::format("other/{}", i), with("", "other/parent")));
    }
    return std::make_unique<decision::SiteConfiguration>(std::move(tips), options(), "test");
}

gerrit::RecordedStream uploads() {
    std::string rows;
    std::uint32_t number = 1;
    for (const char* family : {"family", "other"}) {
        for (int i = 0; i < 5; ++i) {
            for (const char* branch : {"master", "REL1"}) {
                const auto scene = a_change()
                                       .in_project(fmt::format("{}/{}", family, i))
                                       .to_branch(branch)
                                       .numbered(number++)
                                       .uploaded_by(volunteer())
                                       .upload();
                rows += boost::json::serialize(boost::json::object{
                            {"received", to_rfc3339(scene_time())},
                            {"line", event::serialize(scene.event)},
                            {"facts", to_json(scene.facts)}})
                        + "\n";
            }
        }
    }
    return gerrit::RecordedStream::read(rows, "uploads").value();
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("one line of a parent's triggers concerns exactly its children") {
    const auto from = site(parent_yaml);
    const auto to = site(replaced(parent_yaml, "[master]", "[master, \"REL*\"]"));
    const auto made = decision::compare(*from, *to, uploads());
    REQUIRE_MESSAGE(made, made);
    CHECK(made->events == 20);
    CHECK(made->unaffected == 10);
    CHECK(made->untold == 0);
    REQUIRE(made->differences.size() == 1);
    const auto& only = made->differences[0];
    CHECK(only.project == "family/parent");
    CHECK(only.trigger == "lint");
    CHECK(only.difference == Difference::starts);
    CHECK(only.events == 5);
    CHECK(
        only.projects
        == std::set<std::string>{"family/0", "family/1", "family/2", "family/3", "family/4"}
    );
    REQUIRE(only.examples.size() == 3);
    CHECK(only.examples[0].from == "branch: \"REL1\" is none of master");
    CHECK(only.examples[0].to == "runs untrusted");
    CHECK(only.examples[0].row == 2);
    CHECK(to_text(*made).find("lint (family/parent): starts, 5 events of 5 projects") == 0);
    CHECK(boost::json::parse(to_json(*made)).as_object().at("events") == 20);
}

TEST_CASE("a moved line alone is no difference") {
    const auto from = site(parent_yaml);
    const auto to = site("# a comment\n\n" + parent_yaml);
    const auto made = decision::compare(*from, *to, uploads()).value();
    CHECK(made.is_same());
    CHECK(to_text(made).starts_with("no difference\n"));
}

TEST_CASE("the site's policy is part of the comparison") {
    const auto from = site(parent_yaml);
    auto narrowed = options();
    narrowed.untrusted_policy.images = {"elsewhere.example/"};
    decision::SiteConfiguration to{{tip("family/0", with(own_yaml))}, narrowed, "test"};
    decision::SiteConfiguration same{{tip("family/0", with(own_yaml))}, options(), "test"};
    const auto made = decision::compare(same, to, uploads()).value();
    REQUIRE(made.differences.size() == 1);
    CHECK(made.differences[0].difference == Difference::no_longer);
    CHECK(made.differences[0].examples[0].to.find("does not run") == 0);
}

TEST_CASE("facts that are not in the recording are said to be missing") {
    const auto scene = a_change().in_project("family/0").uploaded_by(volunteer()).upload();
    const auto stream =
        gerrit::RecordedStream::read(event::serialize(scene.event) + "\n", "bare").value();
    const auto from = site(parent_yaml);
    const auto to = site(replaced(parent_yaml, "branch: [master]", "paths: {any: [\"docs/**\"]}"));
    const auto made = decision::compare(*from, *to, stream).value();
    CHECK(made.untold == 1);
}
