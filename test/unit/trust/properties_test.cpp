// SPDX-License-Identifier: Apache-2.0
// Properties P1 to P5 of the classifier over generated stories. SEAKEEPER_PROPERTY_CASES raises the
// number of cases (of all properties together), SEAKEEPER_PROPERTY_SEED repeats a run.
#include <seakeeper/event/parse.hpp>
#include <seakeeper/testing/builders.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <string>

using namespace seakeeper;
using namespace seakeeper::testing;
using trust::Class;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Run {
    std::uint64_t seed = number_from("SEAKEEPER_PROPERTY_SEED", std::random_device{}());
    std::uint64_t cases = number_from("SEAKEEPER_PROPERTY_CASES", 100'000);
    std::mt19937_64 random{seed};

    /// `percent` of all cases go to this property.
    Run(const char* name, std::uint64_t percent) {
        cases = cases * percent / 100;
        std::cout << name << ": " << cases << " cases, seed " << seed << std::endl;
    }
    std::size_t below(std::size_t limit) { return random() % limit; }
    bool one_in(std::size_t n) { return below(n) == 0; }
    template <class T>
    const T& any_of(const std::vector<T>& items) {
        return items[below(items.size())];
    }
};

/// Something that takes trust away from a good story of a vote.
struct Move {
    const char* name;
    std::function<void(ChangeBuilder&)> apply;
};

ChangeBuilder parent(bool is_approved) {
    auto change = a_change().numbered(6).uploaded_by(volunteer());
    return is_approved ? change.voted(other_maintainer(), 2) : change;
}

// Each is told of a change that carries maintainer's vote on its current patch set.
const std::vector<Move> flaws{
    {"rebased", [](auto& it) { it.rebased_by(volunteer()); }},
    {"new content", [](auto& it) { it.uploaded_by(stranger()); }},
    {"withdrawn", [](auto& it) { it.withdrew_vote(maintainer()); }},
    {"right lost", [](auto& it) { it.lost_right(maintainer()); }},
    {"private", [](auto& it) { it.made_private(); }},
    {"wip", [](auto& it) { it.made_work_in_progress(); }},
    {"abandoned", [](auto& it) { it.abandoned(); }},
    {"hostile parent", [](auto& it) { it.on_top_of(parent(false)); }},
    {"hidden parent", [](auto& it) { it.on_top_of_invisible(); }},
    {"unknown parent", [](auto& it) { it.merging_unknown_commit(); }},
    {"ancestry cut", [](auto& it) { it.with_unread_ancestry(); }},
    {"hostile companion", [](auto& it) { it.together_with(parent(false)); }},
    {"hidden companion", [](auto& it) { it.together_with_invisible(); }},
    {"hostile dependency", [](auto& it) { it.depending_on(parent(false)); }},
    {"dependency on a hostile parent",
     [](auto& it) {
         it.depending_on(a_change()
                             .numbered(8)
                             .uploaded_by(volunteer())
                             .on_top_of(parent(false))
                             .voted(maintainer(), 2));
     }},
    {"companion of a project that hands out votes",
     [](auto& it) {
         auto sam = stranger();
         sam.may_vote = 2;
         it.together_with(a_change()
                              .numbered(9)
                              .in_project("evil/app")
                              .label_from("evil/app", {"evil/app"})
                              .uploaded_by(volunteer())
                              .voted(sam, 2));
     }},
    {"submodule", [](auto& it) { it.moving_submodule("lib"); }},
    {"circle", [](auto& it) { it.depending_on_itself(); }},
    {"missing dependency", [](auto& it) { it.depending_on_missing("demo/x~1"); }},
    {"label of child", [](auto& it) { it.label_from("demo/app", {"demo/app"}); }},
    {"unprotected", [](auto& it) { it.to_branch("wip"); }},
};
// Told of the same change, and harmless.
const std::vector<Move> ornaments{
    {"chat", [](auto& it) { it.wrote(stranger(), "Patch Set 1: Code-Review+2"); }},
    {"stranger's vote", [](auto& it) { it.voted(stranger(), -1).voted(maintainer(), 2); }},
    {"second approval", [](auto& it) { it.voted(other_maintainer(), 2).voted(maintainer(), 2); }},
    {"good parent", [](auto& it) { it.on_top_of(parent(true)).voted(maintainer(), 2); }},
    {"good companion", [](auto& it) { it.together_with(parent(true)); }},
    {"good companion of another project",
     [](auto& it) { it.together_with(parent(true).in_project("demo/lib")); }},
    {"good dependency", [](auto& it) { it.depending_on(parent(true)); }},
    {"topic", [](auto& it) { it.with_topic("x"); }},
};

/// What happens in a story of a vote; shrinking leaves moves out.
struct Plot {
    bool is_by_volunteer = false;
    bool is_uploaded_again = false;
    std::vector<const Move*> ornaments;
    std::vector<const Move*> flaws;
};

/// A scene, and whether a reader of the rules would trust it.
struct Story {
    Scene scene;
    bool is_good = true;
};

Plot any_plot(Run& run) {
    Plot plot;
    plot.is_by_volunteer = run.one_in(2);
    plot.is_uploaded_again = run.one_in(3);
    for (auto n = run.below(3); n > 0; --n) {
        plot.ornaments.push_back(&run.any_of(ornaments));
    }
    for (auto n = run.one_in(3) ? 0 : 1 + run.below(2); n > 0; --n) {
        plot.flaws.push_back(&run.any_of(flaws));
    }
    return plot;
}

Story told(const Plot& plot) {
    auto change = a_change().uploaded_by(plot.is_by_volunteer ? volunteer() : stranger());
    if (plot.is_uploaded_again) {
        change.uploaded_by(volunteer());
    }
    change.voted(maintainer(), 2);
    for (const auto* move : plot.ornaments) {
        move->apply(change);
    }
    for (const auto* move : plot.flaws) {
        move->apply(change);
    }
    return {change.vote(), plot.flaws.empty()};
}

std::string words(const Plot& plot) {
    std::string text = plot.is_uploaded_again ? "uploaded again" : "uploaded";
    for (const auto* move : plot.ornaments) {
        text.append(", ").append(move->name);
    }
    for (const auto* move : plot.flaws) {
        text.append(", FLAW ").append(move->name);
    }
    return text;
}

/// What is wrong with a story; empty: nothing. May draw more from the run.
using Property = std::function<std::string(const Story&, Run&)>;

/// The smallest plot that still fails with the same draws.
Plot shrunk(Plot plot, const std::function<bool(const Plot&)>& fails) {
    for (bool has_shrunk = true; has_shrunk;) {
        has_shrunk = false;
        for (auto list : {&Plot::ornaments, &Plot::flaws}) {
            for (std::size_t i = 0; i < (plot.*list).size(); ++i) {
                auto smaller = plot;
                (smaller.*list).erase((smaller.*list).begin() + static_cast<std::ptrdiff_t>(i));
                if (fails(smaller)) {
                    plot = std::move(smaller);
                    has_shrunk = true;
                    break;
                }
            }
        }
        auto smaller = plot;
        smaller.is_uploaded_again = false;
        if (plot.is_uploaded_again && fails(smaller)) {
            plot = std::move(smaller);
            has_shrunk = true;
        }
    }
    return plot;
}

void hold_for_all(Run& run, const Property& property) {
    for (std::uint64_t i = 0; i < run.cases; ++i) {
        run.random.seed(run.seed + i); // a case is named by its number alone
        const auto plot = any_plot(run);
        const auto after_plot = run.random;
        const auto fault_of = [&](const Plot& one) {
            run.random = after_plot;
            return property(told(one), run);
        };
        if (fault_of(plot).empty()) {
            continue;
        }
        const auto least = shrunk(plot, [&](const Plot& one) { return !fault_of(one).empty(); });
        FAIL(
            "seed " << run.seed << ", case " << i << ", shrunk to \"" << words(least)
                    << "\": " << fault_of(least) << " (from \"" << words(plot) << "\")"
        );
    }
}

using Removal = std::pair<const char*, std::function<void(Scene&)>>;

void drop_cast_message(Scene& scene) {
    auto& messages = scene.facts.change.value->messages;
    std::erase_if(messages, [](const gerrit::MessageFacts& message) {
        return message.text.starts_with("Patch Set")
               && message.text.find(": Code-Review+2") != std::string::npos;
    });
}

// What a trusted vote stands on; each alone must bring it down.
const std::vector<Removal> removals_of_vote{
    {"actor of event", [](Scene& it) { it.event.actor.reset(); }},
    {"user name of event", [](Scene& it) { it.event.actor->username.reset(); }},
    {"actor", [](Scene& it) { it.facts.actor = {}; }},
    {"actor active", [](Scene& it) { it.facts.actor.value->is_active = false; }},
    {"change of event", [](Scene& it) { it.event.change.reset(); }},
    {"patch set of event", [](Scene& it) { it.event.patch_set.reset(); }},
    {"approvals",
     [](Scene& it) { std::get<event::CommentAdded>(it.event.body).approvals.reset(); }},
    {"old value",
     [](Scene& it) {
         std::get<event::CommentAdded>(it.event.body).approvals->front().old_value.reset();
     }},
    {"change", [](Scene& it) { it.facts.change = {}; }},
    {"label", [](Scene& it) { it.facts.change.value->labels.clear(); }},
    {"votes", [](Scene& it) { it.facts.change.value->labels.begin()->second.votes.clear(); }},
    {"messages", [](Scene& it) { it.facts.change.value->messages.clear(); }},
    {"cast message", drop_cast_message},
    {"revisions", [](Scene& it) { it.facts.change.value->revisions.clear(); }},
    {"current revision", [](Scene& it) { it.facts.change.value->current_revision = {}; }},
    {"parents", [](Scene& it) { it.facts.change.value->revisions.back().parents.clear(); }},
    {"ancestry", [](Scene& it) { it.facts.ancestry = {}; }},
    {"ancestors", [](Scene& it) { it.facts.ancestry.value->commits.clear(); }},
    {"end of ancestry", [](Scene& it) { it.facts.ancestry.value->commits.pop_back(); }},
    {"complete", [](Scene& it) { it.facts.ancestry.value->is_complete = false; }},
    {"together", [](Scene& it) { it.facts.submitted_together = {}; }},
    {"dependencies", [](Scene& it) { it.facts.dependencies = {}; }},
    {"label origin", [](Scene& it) { it.facts.label_origins.clear(); }},
    {"granting projects",
     [](Scene& it) { it.facts.label_origins.front().value->granted_in.clear(); }},
    {"configs", [](Scene& it) { it.facts.configs.clear(); }},
    {"tip", [](Scene& it) { it.facts.configs.front().value->tip.reset(); }},
};

} // namespace

TEST_CASE("a story is trusted if and only if nothing is wrong with it") {
    Run run{"stories", 40};
    hold_for_all(run, [](const Story& story, Run&) {
        const auto verdict = classify(story.scene);
        const bool is_right = (verdict.value == Class::trusted) == story.is_good;
        return is_right ? std::string{} : "is " + trust::to_string(verdict);
    });
}

TEST_CASE("P1: a trusted input without any one of its true conditions is not trusted") {
    Run run{"P1", 10};
    const trust::SiteOptions options;
    hold_for_all(run, [&](const Story& story, Run& draws) -> std::string {
        const auto& removal = draws.any_of(removals_of_vote);
        if (!story.is_good) {
            return {};
        }
        auto scene = story.scene;
        const auto tip = input_of(scene, options).definition;
        removal.second(scene);
        auto input = input_of(scene, options);
        input.definition = tip;
        return trust::classify(input).value == Class::trusted
                   ? std::string{"trusted without "} + removal.first
                   : std::string{};
    });
}

TEST_CASE("P1: every removal alone brings the plainest vote down") {
    const trust::SiteOptions options;
    for (const auto& removal : removals_of_vote) {
        CAPTURE(removal.first);
        auto scene = a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
        const auto sound = input_of(scene, options);
        CHECK(trust::classify(sound).value == Class::trusted);
        const auto definition = sound.definition;
        removal.second(scene);
        auto input = input_of(scene, options);
        input.definition = definition;
        CHECK(trust::classify(input).value != Class::trusted);
    }
}

TEST_CASE("P1: merges, ref updates, tags and uploads stand on each of their facts") {
    auto privileged = maintainer();
    privileged.may_push_marker = true;
    trust::SiteOptions options;
    options.trusted_upload = true;
    const auto merged =
        a_change().uploaded_by(volunteer()).voted(maintainer(), 2).merged_by(maintainer());
    const auto drop_actor = Removal{"actor", [](Scene& it) { it.facts.actor = {}; }};
    const auto drop_change = Removal{"change", [](Scene& it) { it.facts.change = {}; }};
    const auto drop_merged_into =
        Removal{"merged into", [](Scene& it) { it.facts.merged_into = {}; }};
    const auto drop_history =
        Removal{"history", [](Scene& it) { it.facts.previous_merged_into = {}; }};
    const auto drop_time = Removal{"time", [](Scene& it) { it.event.created_on.reset(); }};
    const auto drop_access = Removal{"access", [](Scene& it) { it.facts.access.clear(); }};
    const auto drop_submitted =
        Removal{"submitted", [](Scene& it) { it.facts.change.value->submitted.clear(); }};
    const auto drop_submitter =
        Removal{"submitter", [](Scene& it) { it.facts.change.value->submitter.reset(); }};
    const auto drop_messages =
        Removal{"messages", [](Scene& it) { it.facts.change.value->messages.clear(); }};
    const auto drop_requirements = Removal{
        "requirements", [](Scene& it) { it.facts.change.value->submit_requirements.clear(); }};
    const auto drop_ref = Removal{"ref", [](Scene& it) { it.facts.ref = {}; }};
    struct Row {
        const char* what;
        Scene scene;
        std::vector<Removal> removals;
    };
    const std::vector<Row> rows{
        {"merge",
         merged.merge(),
         {drop_actor,
          drop_change,
          drop_merged_into,
          drop_submitted,
          drop_submitter,
          drop_messages,
          drop_requirements}},
        {"ref update",
         a_ref("demo/app", "refs/heads/master").by_merge_of(merged).scene(),
         {drop_actor,
          drop_change,
          drop_merged_into,
          drop_history,
          drop_time,
          drop_submitter,
          drop_messages,
          drop_requirements}},
        {"tag",
         a_ref("demo/app", "refs/tags/v1").moved_by(privileged).scene(),
         {drop_actor, drop_merged_into, drop_access, drop_time, drop_ref}},
        {"upload",
         a_change().uploaded_by(privileged).upload(),
         {drop_actor,
          drop_change,
          drop_access,
          Removal{
              "created",
              [](Scene& it) { it.facts.change.value->revisions.back().created.clear(); }},
          Removal{"uploader", [](Scene& it) { it.event.patch_set->uploader.reset(); }}}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(classify(row.scene, options).value == Class::trusted);
        for (const auto& removal : row.removals) {
            CAPTURE(removal.first);
            auto scene = row.scene;
            removal.second(scene);
            CHECK(classify(scene, options).value != Class::trusted);
        }
    }
}

TEST_CASE("P2: adding what is not approved never raises the class") {
    Run run{"P2", 10};
    hold_for_all(run, [](const Story& story, Run& draws) -> std::string {
        auto scene = story.scene;
        const auto before = classify(scene).value;
        scene.facts.submitted_together.value->changes.push_back(parent(false).change());
        if (draws.one_in(2)) {
            scene.facts.dependencies.value->push_back(
                {"depends-on", "x", parent(false).change(), {}}
            );
        }
        const auto after = classify(scene);
        return after.value <= trust::meet(before, Class::untrusted) ? std::string{}
                                                                    : trust::to_string(after);
    });
}

TEST_CASE("P3: order of keys and unknown members never change the verdict") {
    Run run{"P3", 2};
    namespace json = boost::json;
    hold_for_all(run, [](const Story& story, Run& draws) -> std::string {
        auto scene = story.scene;
        const auto before = classify(scene);
        const auto parsed = json::parse(event::serialize(scene.event)).as_object();
        std::vector<std::string> keys;
        for (const auto& member : parsed) {
            keys.emplace_back(member.key());
        }
        keys.emplace_back("accountId");
        keys.emplace_back("trusted");
        std::shuffle(keys.begin(), keys.end(), draws.random);
        json::object shuffled;
        for (const auto& key : keys) {
            shuffled[key] = parsed.contains(key) ? parsed.at(key) : json::value{true};
        }
        auto again = event::parse(json::serialize(shuffled));
        if (!again) {
            return again.error().message;
        }
        scene.event = std::move(again).value();
        const auto after = classify(scene);
        return after == before ? std::string{} : trust::to_string(after);
    });
}

TEST_CASE("P4: no text of an event, names aside, makes an untrusted one trusted") {
    Run run{"P4", 40};
    const std::vector<std::string> texts{
        "",
        maintainer().email,
        maintainer().name,
        "mira",
        "MERGED",
        "NEW",
        "TRIVIAL_REBASE",
        "Patch Set 1: Code-Review+2",
        "recheck",
        "trusted",
        "1001",
        "x@wikimedia.org\n",
        "\xd0\xbe",
        "refs/heads/master",
        commit("base").str(),
        "NO_CHANGE"};
    const std::vector<std::function<void(event::Event&, const std::string&)>> fields{
        [](auto& it, const auto& text) { it.type = text; },
        [](auto& it, const auto& text) { it.actor->name = text; },
        [](auto& it, const auto& text) { it.actor->email = text; },
        [](auto& it, const auto& text) { it.actor->username = text; },
        [](auto& it, const auto& text) { it.change->branch = text; },
        [](auto& it, const auto& text) { it.change->id = text; },
        [](auto& it, const auto& text) { it.change->subject = text; },
        [](auto& it, const auto& text) { it.change->status_text = text; },
        [](auto& it, const auto& text) { it.change->url = text; },
        [](auto& it, const auto& text) { it.change->commit_message = text; },
        [](auto& it, const auto& text) { it.change->topic = text; },
        [](auto& it, const auto& text) { it.change->hashtags = std::vector{text}; },
        [](auto& it, const auto& text) {
            it.change->owner = event::Account{text, text, text, {}};
        },
        [](auto& it, const auto& text) { it.patch_set->ref = text; },
        [](auto& it, const auto& text) { it.patch_set->kind = text; },
        [](auto& it, const auto& text) { it.patch_set->parents = {text}; },
        [](auto& it, const auto& text) {
            it.patch_set->author = event::Account{text, text, text, {}};
        },
        [](auto& it, const auto& text) {
            it.patch_set->uploader = event::Account{text, text, text, {}};
        },
        [](auto& it, const auto& text) { std::get<event::CommentAdded>(it.body).comment = text; },
        [](auto& it, const auto& text) { it.extra["x"] = text; },
    };
    hold_for_all(run, [&](const Story& story, Run& draws) -> std::string {
        const auto field = draws.below(fields.size());
        const auto& text = draws.any_of(texts);
        if (story.is_good) {
            return {};
        }
        auto scene = story.scene;
        fields[field](scene.event, text);
        return classify(scene).value == Class::trusted
                   ? "trusted by field " + std::to_string(field) + " as \"" + text + "\""
                   : std::string{};
    });
}

namespace {

/// Without up to five members; removals that find nothing to remove are skipped.
Scene mutilated(Scene scene, Run& draws) {
    for (auto n = draws.below(6); n > 0; --n) {
        const auto& removal = draws.any_of(removals_of_vote);
        const auto& facts = scene.facts;
        const bool is_whole = facts.change && facts.ancestry && scene.event.actor && facts.actor
                              && !facts.label_origins.empty() && !facts.configs.empty()
                              && !facts.ancestry->commits.empty() && !facts.change->labels.empty()
                              && !facts.change->revisions.empty()
                              && std::get<event::CommentAdded>(scene.event.body).approvals;
        if (!is_whole) {
            break;
        }
        removal.second(scene);
    }
    return scene;
}

} // namespace

TEST_CASE("P5: the classifier is total, and says the same twice") {
    Run run{"P5", 10};
    const trust::SiteOptions options;
    hold_for_all(run, [&](const Story& story, Run& draws) -> std::string {
        const auto scene = mutilated(story.scene, draws);
        for (const auto requested : {Class::denied, Class::untrusted, Class::trusted}) {
            const auto input = input_of(scene, options, requested);
            const auto verdict = trust::classify(input);
            if (verdict.value > requested || verdict != trust::classify(input)) {
                return trust::to_string(verdict);
            }
        }
        return {};
    });
}
