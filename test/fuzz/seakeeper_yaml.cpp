// SPDX-License-Identifier: Apache-2.0
// Whatever bytes come as seakeeper.yaml: findings with a place inside the file, or triggers that
// can be compiled, matched and explained. A child with the same file never crashes either.
#include <seakeeper/event/event.hpp>
#include <seakeeper/sensor/sensor.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace seakeeper;

std::array<event::Event, 3> events() {
    event::Event created;
    created.type = "patchset-created";
    created.project = "demo/app";
    created.ref_name = "refs/heads/master";
    created.actor = event::Account{};
    created.actor->email = "a@example.org";
    created.change = event::Change{};
    created.change->branch = "master";
    created.patch_set = event::PatchSet{};
    event::Event commented = created;
    created.body = event::PatchsetCreated{};
    commented.type = "comment-added";
    commented.body = event::CommentAdded{{}, "Patch Set 1:\n\nrecheck"};
    event::Event updated;
    updated.type = "ref-updated";
    updated.project = "demo/app";
    updated.ref_name = "refs/tags/v1";
    updated.body = event::RefUpdated{};
    return {created, commented, updated};
}

void match_all(const sensor::Sensor& sensor) {
    static const auto all = events();
    gerrit::Facts facts;
    facts.files.value = {"/COMMIT_MSG", "a/b.php", ""};
    facts.change.value = gerrit::ChangeFacts{};
    for (const auto& trigger : sensor.triggers) {
        for (const auto& event : all) {
            for (const gerrit::Facts* known :
                 {static_cast<const gerrit::Facts*>(nullptr), &std::as_const(facts)}) {
                const auto match = sensor::evaluate(*trigger, event, known);
                if (sensor::explain(match, event, known).empty()) {
                    std::abort();
                }
            }
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    sensor::PatternPool pool;
    auto read = sensor::read_configuration(bytes, "f", pool);
    const auto lines = 2 + std::count(bytes.begin(), bytes.end(), '\n');
    for (const auto& finding : read.findings) {
        if (finding.message.empty() || finding.place.line == 0 || finding.place.line > lines) {
            std::abort();
        }
    }
    if (!read.findings.empty()) {
        return 0;
    }
    const auto project = *ProjectName::parse("demo");
    const auto commit = *CommitId::parse(std::string(40, 'a'));
    const auto layer = sensor::make_layer(project, commit, std::move(read.configuration));
    const std::array alone{layer};
    const std::array twice{layer, layer};
    if (const auto sensor = sensor::compile(alone)) {
        match_all(*sensor);
    }
    (void)sensor::compile(twice);
    return 0;
}
