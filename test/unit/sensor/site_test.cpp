// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <seakeeper/sensor/site.hpp>

using namespace seakeeper;
using namespace seakeeper::sensor;
using namespace seakeeper::sensor::test;

namespace {

SiteIndex index() {
    const auto root = layer(
        "All-Projects",
        "triggers:\n"
        "  every: {events: [patchset-created, comment-added], workflow: w.yaml}\n"
        "  some: {events: [patchset-created], project: demo/*, workflow: w.yaml}\n"
    );
    const auto app =
        layer("demo/app", "triggers:\n  merged: {events: [change-merged], workflow: w.yaml}\n");
    SiteIndex result;
    result.put(*compile(std::vector{root, app}));
    result.put(*compile(std::vector{root, layer("other", "")}));
    return result;
}

std::string names(const SiteIndex& site, const event::Event& event) {
    std::string result;
    for (const Trigger* trigger : site.candidates(event)) {
        result += trigger->name.str() + " ";
    }
    return result;
}

} // namespace

TEST_SUITE("site") {

    TEST_CASE("candidates are the triggers of the event's project and kind") {
        const SiteIndex site = index();
        event::Event event = patchset_created();
        CHECK(names(site, event) == "every some ");
        CHECK(names(site, comment_added("x")) == "every ");
        CHECK(names(site, change_event("change-merged", event::ChangeMerged{})) == "merged ");
        event.project = "other";
        CHECK(names(site, event) == "every ");
        event.project = "unknown";
        CHECK(names(site, event) == "");
        event::Event dropped;
        dropped.body = event::DroppedOutput{};
        CHECK(names(site, dropped) == "");
    }

    TEST_CASE("a project's sensor is replaced and erased by itself") {
        SiteIndex site = index();
        CHECK(site.size() == 2);
        site.put(Sensor{*ProjectName::parse("demo/app"), {}, {}});
        CHECK(names(site, patchset_created()) == "");
        REQUIRE(site.find("demo/app") != nullptr);
        site.erase(*ProjectName::parse("demo/app"));
        CHECK(site.find("demo/app") == nullptr);
        CHECK(site.find("other")->triggers.size() == 2);
        CHECK(site.size() == 1);
    }
}
