// SPDX-License-Identifier: Apache-2.0
// Event line and facts, both hostile: the classifier is total, says the same twice, never passes
// what was asked for, and adding an unapproved companion never leaves a vote trusted. Input: the
// event's line, a newline, the facts as JSON; where the facts are no facts, those of a good vote.
#include <seakeeper/event/parse.hpp>
#include <seakeeper/testing/builders.hpp>

#include <boost/json/parse.hpp>

#include <cstdlib>
#include <string_view>

using namespace seakeeper;
using namespace seakeeper::testing;
using trust::Class;

namespace {

gerrit::Facts facts_from(std::string_view text, const gerrit::Facts& otherwise) {
    boost::system::error_code error;
    const auto json = boost::json::parse({text.data(), text.size()}, error);
    if (error || !json.is_object()) {
        return otherwise;
    }
    auto facts = gerrit::facts_from_json(json.get_object());
    return facts ? std::move(facts).value() : otherwise;
}

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check(const Scene& scene) {
    const trust::SiteOptions options;
    for (const auto requested : {Class::untrusted, Class::trusted}) {
        const auto input = input_of(scene, options, requested);
        const auto verdict = trust::classify(input);
        require(verdict.value <= requested);
        require(verdict == trust::classify(input));
        require(verdict.value == Class::denied || verdict.code.has_value());
        for (const auto& condition : verdict.conditions) {
            require(verdict.value <= condition.value);
        }
        require(!trust::to_string(verdict).empty());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto good = a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
    static const auto hostile = a_change().numbered(9).uploaded_by(stranger()).change();
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto newline = text.find('\n');
    auto event = event::parse(text.substr(0, newline));
    Scene scene{event ? std::move(event).value() : good.event, good.facts};
    if (newline != std::string_view::npos) {
        scene.facts = facts_from(text.substr(newline + 1), good.facts);
    }
    check(scene);
    if (scene.event.kind() == event::Kind::comment_added && scene.facts.submitted_together) {
        scene.facts.submitted_together.value->changes.push_back(hostile);
        require(classify(scene).value != Class::trusted);
    }
    return 0;
}
