// SPDX-License-Identifier: Apache-2.0
// Raw line -> parsed -> matched set, with the triggers of 1, 50 and 2,200 projects, beside a floor:
// a bare loop of Boost.JSON parse and RE2 matches over the same lines with as many patterns.
// Compare within one run only. The lines are recorded ones with projects of the site put in.
#include "../unit/event/recorded.hpp"

#include <seakeeper/event/parse.hpp>
#include <seakeeper/sensor/site.hpp>

#include <benchmark/benchmark.h>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <re2/re2.h>

#include <map>
#include <memory>

namespace {

namespace event = seakeeper::event;
namespace json = boost::json;
namespace sensor = seakeeper::sensor;
using seakeeper::CommitId;
using seakeeper::ProjectName;

std::string project_name(std::size_t i) {
    return fmt::format("group{}/extensions/project-{}", i % 40, i);
}

/// The shape of a large site: what all inherit, and three triggers of a project's own.
constexpr std::string_view inherited = R"(
triggers:
  test:
    events: [patchset-created, {comment: recheck}, {vote: {label: Code-Review, value: 1}}]
    branch: ["^(master|main|wmf/.*)$", "REL1_*"]
    not: {author: {email: ["*@bots.example", "l10n-bot@example.org"]}}
    workflow: workflows/test.yaml
  gate:
    events: [{vote: {label: Code-Review, value: 2}}]
    branch: "^(?:(?:master|main)|REL1_(?:39|43|44))$"
    not: {author: {email: "^l10n-bot@.*$"}}
    workflow: workflows/gate.yaml
    trust: trusted
  experimental:
    events: [{comment: [check experimental, check php, check coverage]}]
    workflow: workflows/experimental.yaml
)";

std::string own(std::size_t i) {
    return fmt::format(
        R"(
triggers:
  unit:
    events: [patchset-created]
    branch: [master, "REL1_{}"]
    topic: "^(?:bump|fix)-{}-.*$"
    workflow: workflows/unit.yaml
  postmerge:
    events: [change-merged]
    branch: master
    workflow: workflows/post.yaml
    trust: trusted
  publish:
    events: [{{ref-updated: created}}]
    ref: "^refs/tags/v[0-9.]+$"
    workflow: workflows/publish.yaml
    trust: trusted
)",
        39 + i % 8,
        i % 50
    );
}

struct Site {
    sensor::PatternPool pool;
    sensor::SiteIndex index;

    explicit Site(std::size_t projects) {
        const auto commit = CommitId::parse(std::string(40, 'a')).value();
        const auto layer = [&](const std::string& name, std::string_view yaml) {
            auto read = sensor::parse_configuration(yaml, name, pool).value();
            return sensor::make_layer(ProjectName::parse(name).value(), commit, std::move(read));
        };
        const auto root = layer("All-Projects", inherited);
        for (std::size_t i = 0; i < projects; ++i) {
            const std::array chain{root, layer(project_name(i), own(i))};
            index.put(sensor::compile(chain).value());
        }
    }
};

void set_project(json::value& value, const json::string& name) {
    if (auto* object = value.if_object()) {
        for (auto& [key, member] : *object) {
            if (key == "project" && member.is_string()) {
                member = name;
            } else {
                set_project(member, name);
            }
        }
    } else if (auto* array = value.if_array()) {
        for (auto& item : *array) {
            set_project(item, name);
        }
    }
}

/// Recorded lines of change and ref events, spread over the site's projects.
std::vector<std::string> lines_for(std::size_t projects) {
    std::vector<std::string> lines;
    for (const auto& recorded : seakeeper::test::recorded_lines()) {
        json::value value = json::parse(recorded.bytes);
        set_project(value, json::string{project_name(lines.size() * 7919 % projects)});
        lines.push_back(json::serialize(value));
    }
    return lines;
}

void count(benchmark::State& state, const std::vector<std::string>& lines, std::size_t matched) {
    std::size_t bytes = 0;
    for (const auto& line : lines) {
        bytes += line.size();
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines.size()));
    state.counters["matched"] = static_cast<double>(matched) / static_cast<double>(lines.size());
}

void ours(benchmark::State& state) {
    const auto projects = static_cast<std::size_t>(state.range(0));
    const Site site{projects};
    const auto lines = lines_for(projects);
    std::vector<const sensor::Trigger*> set;
    std::size_t matched = 0;
    for (auto _ : state) {
        matched = 0;
        for (const auto& line : lines) {
            const auto read = event::parse(line);
            set.clear();
            for (const sensor::Trigger* trigger : site.index.candidates(*read)) {
                const auto match = sensor::evaluate(*trigger, *read);
                if (match.outcome != sensor::Outcome::not_matched) {
                    set.push_back(trigger);
                }
            }
            matched += set.size();
            benchmark::DoNotOptimize(set.data());
        }
    }
    count(state, lines, matched);
    state.counters["goal"] = projects > 50 ? 50'000 : 100'000;
}
BENCHMARK(ours)->Name("sensor/line_to_matched_set/ours")->Arg(1)->Arg(50)->Arg(2200);

void match_only(benchmark::State& state) {
    const auto projects = static_cast<std::size_t>(state.range(0));
    const Site site{projects};
    const auto lines = lines_for(projects);
    std::vector<event::Event> events;
    for (const auto& line : lines) {
        events.push_back(event::parse(line).value());
    }
    std::size_t matched = 0;
    for (auto _ : state) {
        matched = 0;
        for (const auto& read : events) {
            for (const sensor::Trigger* trigger : site.index.candidates(read)) {
                const auto match = sensor::evaluate(*trigger, read);
                matched += match.outcome != sensor::Outcome::not_matched ? 1 : 0;
                benchmark::DoNotOptimize(match);
            }
        }
    }
    count(state, lines, matched);
}
BENCHMARK(match_only)->Name("sensor/matched_set_alone/ours")->Arg(1)->Arg(50)->Arg(2200);

/// One project's triggers as a bare loop would hold them: type, project, branch; each an RE2.
struct BareTrigger {
    std::string type;
    std::unique_ptr<re2::RE2> branch;
    std::unique_ptr<re2::RE2> other;
};

std::map<std::string, std::vector<BareTrigger>, std::less<>> bare_site(std::size_t projects) {
    std::map<std::string, std::vector<BareTrigger>, std::less<>> site;
    for (std::size_t i = 0; i < projects; ++i) {
        auto& triggers = site[project_name(i)];
        const auto add = [&](std::string type, const std::string& branch, const std::string& other
                         ) {
            triggers.push_back(
                {std::move(type),
                 std::make_unique<re2::RE2>(branch),
                 std::make_unique<re2::RE2>(other)}
            );
        };
        add("patchset-created", "^(master|main|wmf/.*|REL1_.*)$", "");
        add("comment-added", "^(master|main|wmf/.*|REL1_.*)$", "recheck");
        add("comment-added", "^(master|main|REL1_(39|43|44))$", "check (experimental|php|coverage)"
        );
        add("patchset-created",
            fmt::format("^(master|REL1_{})$", 39 + i % 8),
            fmt::format("^(bump|fix)-{}-", i % 50));
        add("change-merged", "^master$", "");
        add("ref-updated", "^refs/tags/v[0-9.]+$", "");
    }
    return site;
}

re2::StringPiece piece(const json::value* value) {
    const json::string* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? re2::StringPiece{text->data(), text->size()} : re2::StringPiece{};
}

std::size_t bare_matches(
    const std::map<std::string, std::vector<BareTrigger>, std::less<>>& site,
    const json::object& object
) {
    const json::value* change = object.if_contains("change");
    const json::value* update = object.if_contains("refUpdate");
    const json::object* about = change != nullptr   ? change->if_object()
                                : update != nullptr ? update->if_object()
                                                    : nullptr;
    if (about == nullptr) {
        return 0;
    }
    const auto name = piece(about->if_contains("project"));
    const auto found = site.find(std::string_view{name.data(), name.size()});
    if (found == site.end()) {
        return 0;
    }
    const auto type = piece(object.if_contains("type"));
    const auto branch = piece(about->if_contains(change != nullptr ? "branch" : "refName"));
    const auto comment = piece(object.if_contains("comment"));
    std::size_t matched = 0;
    for (const BareTrigger& trigger : found->second) {
        matched += type == trigger.type && re2::RE2::PartialMatch(branch, *trigger.branch)
                           && re2::RE2::PartialMatch(comment, *trigger.other)
                       ? 1
                       : 0;
    }
    return matched;
}

void bare(benchmark::State& state) {
    const auto projects = static_cast<std::size_t>(state.range(0));
    const auto site = bare_site(projects);
    const auto lines = lines_for(projects);
    std::size_t matched = 0;
    for (auto _ : state) {
        matched = 0;
        for (const auto& line : lines) {
            unsigned char buffer[16384];
            json::monotonic_resource memory{buffer, sizeof buffer};
            const auto value = json::parse(line, &memory);
            matched += bare_matches(site, value.as_object());
        }
        benchmark::DoNotOptimize(matched);
    }
    count(state, lines, matched);
}
BENCHMARK(bare)
    ->Name("sensor/line_to_matched_set/bare_boost_json_and_re2")
    ->Arg(1)
    ->Arg(50)
    ->Arg(2200);

void load(benchmark::State& state) {
    for (auto _ : state) {
        Site site{static_cast<std::size_t>(state.range(0))};
        benchmark::DoNotOptimize(site.index.size());
    }
}
BENCHMARK(load)->Name("sensor/load_site")->Arg(2200)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
