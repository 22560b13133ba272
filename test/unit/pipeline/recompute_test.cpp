// SPDX-License-Identifier: Apache-2.0
// Stored decisions are made again from their stored inputs. SEAKEEPER_DECISIONS=100000 for the long
// run.
#include "../decision/site.hpp"
#include "engine_fixture.hpp"

#include <seakeeper/decision/recomputation.hpp>
#include <seakeeper/store/history.hpp>

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>

using namespace seakeeper;
using namespace seakeeper::test;
using namespace seakeeper::testing;

namespace {

constexpr const char* triggers = R"(triggers:
  check:
    events: [patchset-created]
    workflow: workflows/test.yaml
  release:
    events: [{vote: {label: Code-Review, value: [2]}}]
    workflow: workflows/test.yaml
    trust: trusted
  either:
    events: [{vote: {label: Code-Review, value: [2]}}]
    workflow: workflows/test.yaml
    trust: trusted
    otherwise: untrusted
  missing:
    events: [patchset-created]
    workflow: workflows/none.yaml
)";

/// The i-th happening, no two alike: uploads and votes by people with and without rights.
Scene scene(std::uint32_t i) {
    auto change = a_change();
    change.in_project(i % 3 == 0 ? "demo/app" : "demo/other").numbered(1 + i);
    change.uploaded_by(i % 5 == 0 ? maintainer() : volunteer());
    switch (i % 4) {
    case 0:
        return change.upload();
    case 1:
        return change.voted(maintainer(), 2).vote();
    case 2:
        return change.voted(maintainer(), 2).withdrew_vote(maintainer()).vote();
    default:
        return change.on_top_of(a_change().numbered(900'000 + i).uploaded_by(stranger()))
            .voted(maintainer(), 2)
            .vote();
    }
}

/// Decides one event, and stores it as the pipeline does.
std::size_t store_decisions(store::Store& store, decision::Setting& setting, std::uint32_t i) {
    auto happening = scene(i);
    auto bytes = event::serialize(happening.event);
    const auto made = decision::consider(
        setting, std::move(happening.event), bytes, std::move(happening.facts), scene_time()
    );
    const auto put = [&](store::Rows& rows) -> Status {
        std::vector<std::string> blobs{
            made.bytes,
            boost::json::serialize(gerrit::to_json(made.facts)),
            to_json(setting.site.options()),
            to_json(setting.circumstances)};
        for (const auto& file : made.view->files) {
            blobs.push_back(file->bytes);
        }
        blobs.emplace_back(plain_workflow);
        for (const auto& blob : blobs) {
            if (auto kept = rows.put_input({sha256_hex(blob), blob}); !kept) {
                return kept;
            }
        }
        for (const auto& each : made.decisions) {
            std::vector<std::string> inputs;
            for (const auto& input : each.record.inputs) {
                inputs.push_back(input.digest);
            }
            const store::DecisionRow row{
                each.digest,
                made.key,
                each.record.trigger,
                "",
                "",
                to_json(each.record),
                scene_time()};
            if (auto kept = rows.put_decision(row, inputs); !kept) {
                return kept;
            }
        }
        return {};
    };
    static asio::io_context only;
    REQUIRE(run(only, store.write(put)));
    return made.decisions.size();
}

std::size_t wanted() {
    const char* text = std::getenv("SEAKEEPER_DECISIONS");
    return text == nullptr ? 200 : std::strtoul(text, nullptr, 10);
}

} // namespace

TEST_SUITE_BEGIN("pipeline");

TEST_CASE("every stored decision is made again, byte for byte") {
    const Folder folder;
    auto store = store::open({folder.file("store.db"), {}}).value();
    const Files files{{"seakeeper.yaml", triggers}, {"workflows/test.yaml", plain_workflow}};
    decision::SiteConfiguration site{
        {tip("demo/app", files), tip("All-Projects", files)}, test::options(), "test"};
    decision::Setting setting{site, decision::circumstances_of_a_file(site.options())};
    std::size_t stored = 0;
    for (std::uint32_t i = 0; stored < wanted(); ++i) {
        stored += store_decisions(*store, setting, i);
    }

    auto history = store::open_history(folder.file("store.db")).value();
    decision::Recomputation recomputation{
        [&](const std::string& digest) { return history->input(digest); }};
    const auto start = std::chrono::steady_clock::now();
    std::size_t checked = 0;
    std::map<trust::Class, std::size_t> classes;
    std::int64_t after = 0;
    for (auto rows = history->decisions(after, 1000); !rows->empty();
         rows = history->decisions(after, 1000)) {
        for (const auto& row : *rows) {
            const auto record = decision::record_from_json(row.record).value();
            const auto same = recomputation.check(record);
            REQUIRE_MESSAGE(same, same);
            ++classes[record.runs_as];
            ++checked;
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    CHECK(checked == stored);
    CHECK(classes.size() == 3);
    MESSAGE(
        checked, " decisions recomputed, ", static_cast<double>(checked) / took.count(), " a second"
    );
}

TEST_CASE("a record that was tampered with, or whose inputs are gone, is noticed") {
    const Folder folder;
    auto store = store::open({folder.file("store.db"), {}}).value();
    const Files files{{"seakeeper.yaml", triggers}, {"workflows/test.yaml", plain_workflow}};
    decision::SiteConfiguration site{{tip("demo/app", files)}, test::options(), "test"};
    decision::Setting setting{site, decision::circumstances_of_a_file(site.options())};
    REQUIRE(store_decisions(*store, setting, 9) == 2);
    auto history = store::open_history(folder.file("store.db")).value();
    decision::Recomputation recomputation{
        [&](const std::string& digest) { return history->input(digest); }};
    std::int64_t after = 0;
    const auto rows = history->decisions(after, 10).value();
    auto record = decision::record_from_json(rows[0].record).value();
    REQUIRE(recomputation.check(record));
    const auto good = record;
    record.runs_as = trust::Class::untrusted;
    CHECK(recomputation.check(record).error().is(Errc::conflict));
    record = good;
    record.workload = "sk-aaaaaaaaaaaaaaaaaaaaaaaaaa";
    CHECK(recomputation.check(record).error().message.find("member workload") != std::string::npos);
    record = good;
    record.inputs[1].digest = std::string(64, '0');
    CHECK(recomputation.check(record).error().is(Errc::not_found));
    record = good;
    std::erase_if(record.inputs, [](const auto& input) { return input.what == "circumstances"; });
    CHECK(recomputation.check(record).error().is(Errc::corrupt));
}

TEST_SUITE_END();
