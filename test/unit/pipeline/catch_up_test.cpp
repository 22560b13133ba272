// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.hpp"
#include "gerrit/times.hpp"
#include "pipeline/retention.hpp"

#include <seakeeper/gerrit/catch_up.hpp>
#include <seakeeper/testing/fakes.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::test;
using seakeeper::testing::a_change;
using seakeeper::testing::volunteer;

namespace {

constexpr const char* before_the_scenes = "2026-05-04 11:50:00.000000000";
constexpr const char* time_of_the_scenes = "2026-05-04 11:59:00.000000000";

asio::io_context& context() {
    static asio::io_context only;
    return only;
}

gerrit::AccountFacts account_of(const testing::Person& person) {
    gerrit::AccountFacts facts;
    facts.id = person.id;
    facts.username = person.username;
    facts.name = person.name;
    facts.email = person.email;
    return facts;
}

/// What a Gerrit would answer; counts how often it was asked for changes.
class FakeHistory final : public gerrit::History {
public:
    asio::awaitable<Result<gerrit::ChangePage>>
    changes(gerrit::UpdateWindow window, Deadline) override {
        ++reads;
        if (failures > 0) {
            --failures;
            co_return Error{Errc::unavailable, "gerrit is away"};
        }
        gerrit::ChangePage page;
        page.accounts = {account_of(volunteer())};
        for (const auto& change : all) {
            const WallTime at{std::chrono::seconds{gerrit::seconds_of(change.updated).value()}};
            if (at >= window.after && at <= window.before) {
                page.changes.push_back(change);
            }
        }
        co_return page;
    }
    asio::awaitable<Result<std::vector<gerrit::PatchSetComment>>>
    comments(ProjectName, ChangeNumber, Deadline) override {
        co_return std::vector<gerrit::PatchSetComment>{};
    }
    asio::awaitable<Result<gerrit::ProjectPage>> projects(std::uint32_t, Deadline) override {
        gerrit::ProjectPage page;
        for (const auto& [name, tips] : refs_of) {
            page.projects.push_back({ProjectName::parse(name).value(), std::nullopt});
        }
        co_return page;
    }
    asio::awaitable<Result<std::vector<gerrit::RefTip>>>
    refs(ProjectName project, Deadline) override {
        co_return refs_of.at(project.str());
    }
    asio::awaitable<Result<std::vector<std::string>>> logged(WallTime, Deadline) override {
        if (log.empty()) {
            co_return Error{Errc::not_found, "no plugin"};
        }
        std::vector<std::string> lines;
        lines.swap(log);
        co_return lines;
    }

    void has(const testing::Scene& scene, const char* updated = time_of_the_scenes) {
        all = {*scene.facts.change};
        all.front().updated = updated;
    }

    std::vector<gerrit::ChangeFacts> all; ///< newest first
    std::map<std::string, std::vector<gerrit::RefTip>> refs_of;
    std::vector<std::string> log;
    int failures = 0;
    int reads = 0;
};

struct SiteWithGerrit : Site {
    SiteWithGerrit() {
        options.catch_up.settle = std::chrono::milliseconds{0};
        options.catch_up.after_drop = std::chrono::milliseconds{0};
        options.catch_up.requests_per_minute = 0;
        with_history = &gerrit;
    }
    /// A store that has a past already, of before the scenes.
    void begins_before_the_scenes() {
        gerrit.has(a_change().uploaded_by(volunteer()).upload(), before_the_scenes);
        REQUIRE(live(context()));
        REQUIRE(executor.created.empty());
        gerrit.all.clear();
    }
    FakeHistory gerrit;
};

} // namespace

TEST_SUITE_BEGIN("catch-up");

TEST_CASE("a new store decides nothing about what is there already") {
    SiteWithGerrit site;
    site.gerrit.has(a_change().uploaded_by(volunteer()).upload());
    site.gerrit.refs_of["demo/app"] = {{RefName::parse("refs/heads/master").value(), "m"}};
    REQUIRE(site.live(context()));
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.empty());
    CHECK(site.figures.catch_up.recovered == 0);
    CHECK(site.figures.catch_up.last_complete);
    CHECK_FALSE(site.figures.catch_up.gap_since);
}

TEST_CASE("a new store acts on what happened since a time, where asked to") {
    SiteWithGerrit site;
    site.options.catch_up.since = testing::scene_time() - std::chrono::minutes{5};
    const auto scene = a_change().uploaded_by(volunteer()).upload();
    site.gerrit.has(scene);
    site.facts.now = scene.facts;
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 1);
    CHECK(site.figures.catch_up.recovered == 1);
}

TEST_CASE("what happened while nobody listened is run once, however often it is looked for") {
    SiteWithGerrit site;
    site.begins_before_the_scenes();
    const auto scene = a_change().uploaded_by(volunteer()).wrote(volunteer(), "recheck").upload();
    site.gerrit.has(scene);
    site.facts.now = scene.facts;
    REQUIRE(site.live(context()));
    CHECK(site.figures.catch_up.recovered == 2); // the patch set and the comment
    CHECK(site.executor.created.size() == 2);
    REQUIRE(site.live(context()));
    CHECK(site.figures.catch_up.recovered == 0);
    CHECK(site.executor.created.size() == 2);
}

TEST_CASE("what the stream has told is not told again, and what catch-up told neither") {
    SiteWithGerrit site;
    site.begins_before_the_scenes();
    const auto scene = a_change()
                           .uploaded_by(volunteer())
                           .wrote(volunteer(), "recheck")
                           .comment(volunteer(), "recheck");
    site.happens(scene);
    REQUIRE(site.live(context())); // the history has nothing yet
    CHECK(site.executor.created.size() == 1);
    site.gerrit.has(scene);
    REQUIRE(site.live(context()));
    site.happens(scene);
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 2); // the patch set was missed; the comment was not
    CHECK(site.figures.events["duplicate"] == 1);
}

TEST_CASE("a new trigger does not act on what no trigger wanted when it happened") {
    SiteWithGerrit site;
    site.begins_before_the_scenes();
    auto change = a_change().uploaded_by(volunteer()).wrote(volunteer(), "nice");
    site.happens(change.comment(volunteer(), "nice"));
    site.happens(change.upload());
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 1); // of the upload
    site.definitions.files["seakeeper.yaml"] =
        "triggers:\n  nice:\n    events: [{comment: nice}]\n    workflow: test.yaml\n";
    site.gerrit.has(change.upload());
    REQUIRE(site.live(context()));
    CHECK(site.figures.catch_up.recovered == 0);
    CHECK(site.executor.created.size() == 1);
}

TEST_CASE("a ref that moved unheard is told once, and one that the stream told is not") {
    SiteWithGerrit site;
    const auto master = RefName::parse("refs/heads/master").value();
    const std::string first(40, '1');
    const std::string second(40, '2');
    site.gerrit.refs_of["demo/app"] = {{master, first}};
    REQUIRE(site.live(context()));
    site.gerrit.refs_of["demo/app"] = {{master, second}};
    REQUIRE(site.live(context()));
    CHECK(site.figures.catch_up.recovered == 1);
    CHECK(site.figures.events["decided"] == 1);
    REQUIRE(site.live(context()));
    CHECK(site.figures.catch_up.recovered == 0);
}

TEST_CASE("a project that was made unheard is told, with its refs") {
    SiteWithGerrit site;
    site.gerrit.refs_of["demo/app"] = {};
    REQUIRE(site.live(context()));
    site.gerrit.refs_of["demo/new"] = {
        {RefName::parse("refs/heads/master").value(), std::string(40, '1')}};
    REQUIRE(site.live(context()));
    CHECK(site.figures.catch_up.recovered == 2);
    REQUIRE(site.live(context()));
    CHECK(site.figures.catch_up.recovered == 0);
}

TEST_CASE("a Gerrit that does not answer is asked again, and the gap stays open meanwhile") {
    SiteWithGerrit site;
    site.gerrit.failures = 1;
    REQUIRE(site.live(context()));
    CHECK(site.gerrit.reads >= 3);
    CHECK(site.figures.catch_up.last_error.empty());
}

TEST_CASE("dropped output is a gap") {
    SiteWithGerrit site;
    site.source.lines.push_back(R"({"type":"dropped-output","eventCreatedOn":1})");
    REQUIRE(site.live(context()));
    CHECK(site.figures.catch_up.gap_reason == "dropped-output");
    CHECK(site.figures.catch_up.rounds == 2);
}

TEST_CASE("the lines of plugin events-log are taken where a site has them") {
    SiteWithGerrit site;
    site.begins_before_the_scenes();
    const auto scene = a_change().uploaded_by(volunteer()).upload();
    site.gerrit.log = {event::serialize(scene.event), "no event"};
    site.gerrit.has(scene);
    site.facts.now = scene.facts;
    REQUIRE(site.live(context()));
    CHECK(site.figures.catch_up.recovered == 1);
    CHECK(site.executor.created.size() == 1);
}

TEST_CASE("what was forgotten is exported, and not found again when its change is updated") {
    SiteWithGerrit site;
    site.begins_before_the_scenes();
    const auto scene = a_change().uploaded_by(volunteer()).upload();
    site.gerrit.has(scene);
    site.facts.now = scene.facts;
    REQUIRE(site.live(context()));
    REQUIRE(site.executor.created.size() == 1);
    const auto log = site.folder.file("logs") + "/" + site.executor.created.begin()->first;
    std::filesystem::create_directories(log);
    {
        auto store = store::open({site.folder.file("store.db"), {}}).value();
        const pipeline::LogFolder logs{site.folder.file("logs")};
        testing::FakeClock clock{testing::scene_time() + std::chrono::hours{24 * 80}};
        pipeline::RetentionOptions options;
        options.export_folder = site.folder.file("");
        pipeline::Retention retention{
            context().get_executor(), *store, logs, clock, site.log, options};
        REQUIRE(run(context(), retention.round()));
        CHECK(retention.figures().forgotten == 0); // 90 days are kept
        clock.advance(std::chrono::hours{24 * 20});
        REQUIRE(run(context(), retention.round()));
        CHECK(retention.figures().forgotten == 1);
        auto count = [](store::Rows& rows) { return rows.counts(); };
        CHECK(run(context(), store->read(count))->decisions == 0);
        const auto day = to_rfc3339(clock.wall()).substr(0, 10);
        CHECK(std::filesystem::file_size(site.folder.file("seakeeper-" + day + ".jsonl")) > 1'000);
        CHECK_FALSE(std::filesystem::exists(log));
    }
    site.gerrit.has(scene, "2027-06-01 00:00:00.000000000");
    REQUIRE(site.live(context()));
    CHECK(site.figures.catch_up.recovered == 0);
    CHECK(site.executor.starts == 1);
}

TEST_SUITE_END();
