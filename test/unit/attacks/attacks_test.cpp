// SPDX-License-Identifier: Apache-2.0
// The attack catalogue: every row of test/data/attacks through the library, and that each row would
// notice if what guards it were gone. SEAKEEPER_ATTACKS_SHOW=1 prints what came of each row.
#include "judge.hpp"
#include "switchable_classifier.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>

using namespace attacks;
using namespace seakeeper;

namespace {

/// SEAKEEPER_ATTACKS_STAGE leaves only the rows of one stage.
const std::vector<Row>& rows() {
    static const auto chosen = [] {
        auto all = read_rows();
        if (const char* stage = std::getenv("SEAKEEPER_ATTACKS_STAGE")) {
            std::erase_if(all, [&](const Row& row) { return row.stage != stage; });
        }
        return all;
    }();
    return chosen;
}

struct Answer {
    json::object outcome;
    std::vector<std::string> codes;
    std::string error;
};

Answer ask(const Row& row, const Switches& switches = {}) {
    Answer answer;
    try {
        answer.outcome = outcome_of(row, switches, answer.codes);
    } catch (const std::exception& error) {
        answer.error = error.what();
    }
    return answer;
}

bool is_as_expected(const Row& row, const Answer& answer) {
    const auto* expected = row.json.if_contains("expect");
    return answer.error.empty() && expected != nullptr && *expected == answer.outcome;
}

/// Turns guards off while it lives.
class Without {
public:
    explicit Without(const std::vector<std::string>& guards) {
        for (const auto& guard : guards) {
            if (const auto condition = trust::condition_of(guard)) {
                switched_off().push_back(*condition);
                switches.has_policy = switches.has_policy && condition != trust::Condition::policy;
            } else if (guard == "self") {
                switches.knows_self = false;
            } else if (guard == "by-person") {
                switches.asks_for_person = false;
            } else {
                FAIL("no guard " << guard);
            }
        }
    }
    ~Without() { switched_off().clear(); }
    Without(const Without&) = delete;
    Without& operator=(const Without&) = delete;

    Switches switches;
};

std::vector<std::string> guards_of(const Row& row) {
    std::vector<std::string> guards;
    if (const auto* told = row.json.if_contains("guards")) {
        for (const auto& guard : told->as_array()) {
            guards.emplace_back(guard.as_string());
        }
    }
    return guards;
}

/// Best class of all that runs; what waits for a gate counts as the gate left it.
trust::Class highest(const json::object& outcome) {
    auto best = trust::Class::denied;
    for (const auto* part : {"triggers", "gates"}) {
        const auto* told = outcome.if_contains(part);
        if (told == nullptr) {
            continue;
        }
        if (std::string_view{part} == "gates") {
            best = trust::Class::denied;
        }
        for (const auto& [name, one] : told->as_object()) {
            const auto& word = one.at(std::string_view{part} == "gates" ? "class" : "runs_as");
            best = std::max(best, trust::class_of(word.as_string()).value());
        }
    }
    return best;
}

} // namespace

TEST_CASE("every row of the catalogue is decided as written") {
    std::size_t good = 0;
    const bool shows = std::getenv("SEAKEEPER_ATTACKS_SHOW") != nullptr;
    for (const auto& row : rows()) {
        const auto answer = ask(row);
        const bool is_good = is_as_expected(row, answer);
        good += is_good ? 1 : 0;
        std::cout << "attack " << row.id << (is_good ? " ok      " : " FAILED  ") << row.title
                  << "\n";
        if (shows) {
            std::cout << "outcome " << row.file << "\t" << json::serialize(answer.outcome) << "\n";
        }
        CAPTURE(row.file);
        INFO(answer.error << json::serialize(answer.outcome));
        CHECK(is_good);
    }
    std::cout << "attacks: " << rows().size() << " rows, " << good << " as expected\n";
    CHECK(rows().size() >= 100);
}

TEST_CASE("every reason code is what some row expects") {
    std::set<std::string> seen;
    for (const auto& row : rows()) {
        const auto answer = ask(row);
        seen.insert(answer.codes.begin(), answer.codes.end());
    }
    for (const auto& reason : trust::reasons()) {
        const std::string id{reason.id};
        CAPTURE(id);
        CHECK(seen.contains(id));
    }
}

TEST_CASE("every row fails when what guards it is switched off") {
    for (const auto& row : rows()) {
        CAPTURE(row.file);
        const auto guards = guards_of(row);
        for (const auto& guard : guards) {
            CAPTURE(guard);
            const Without one{{guard}};
            CHECK_FALSE(is_as_expected(row, ask(row, one.switches)));
        }
        if (guards.empty() || row.json.contains("second_guard")) {
            continue;
        }
        const Without all{guards};
        const auto open = ask(row, all.switches);
        INFO(open.error << json::serialize(open.outcome));
        CHECK(highest(open.outcome) > highest(row.json.at("expect").as_object()));
    }
}

TEST_CASE("a row without guards is of a stage that has no switch, or earns what it gets") {
    for (const auto& row : rows()) {
        CAPTURE(row.file);
        const bool is_excused = row.json.contains("positive") || row.json.contains("no_switch");
        CHECK((row.stage != "decision" || is_excused || !guards_of(row).empty()));
    }
}
