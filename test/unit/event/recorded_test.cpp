// SPDX-License-Identifier: Apache-2.0
#include "recorded.hpp"

#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <random>
#include <set>

namespace json = boost::json;
using namespace seakeeper;
using namespace seakeeper::event;

namespace {

/// Numbers that Gerrit writes as text or as numbers are one value to us.
std::string canonical(const json::value& value) {
    return value.is_string() ? std::string{value.get_string()} : json::serialize(value);
}

/// Every member of `original` is in `written` with an equal value.
void check_covered(const json::value& original, const json::value& written) {
    if (const auto* object = original.if_object()) {
        REQUIRE(written.is_object());
        for (const auto& member : *object) {
            CAPTURE(std::string{member.key()});
            const auto* other = written.get_object().if_contains(member.key());
            REQUIRE(other != nullptr);
            check_covered(member.value(), *other);
        }
    } else if (const auto* array = original.if_array()) {
        REQUIRE(written.is_array());
        REQUIRE(array->size() == written.get_array().size());
        for (std::size_t i = 0; i < array->size(); ++i) {
            check_covered((*array)[i], written.get_array()[i]);
        }
    } else {
        CHECK(canonical(original) == canonical(written));
    }
}

/// The same value with the members of every object in another order.
json::value shuffled(const json::value& value, std::mt19937& random) {
    if (const auto* array = value.if_array()) {
        json::array out;
        for (const auto& element : *array) {
            out.push_back(shuffled(element, random));
        }
        return out;
    }
    const auto* object = value.if_object();
    if (object == nullptr) {
        return value;
    }
    std::vector<const json::key_value_pair*> members;
    for (const auto& member : *object) {
        members.push_back(&member);
    }
    std::ranges::shuffle(members, random);
    json::object out;
    for (const auto* member : members) {
        out.emplace(member->key(), shuffled(member->value(), random));
    }
    return out;
}

/// Puts a member nobody knows into every object; counts them.
int salt(json::value& value) {
    int count = 0;
    if (auto* array = value.if_array()) {
        for (auto& element : *array) {
            count += salt(element);
        }
    } else if (auto* object = value.if_object()) {
        for (auto& member : *object) {
            count += salt(member.value());
        }
        object->emplace("x-salt", json::object{{"deep", json::array{1, nullptr, 2.5, "\x07"}}});
        ++count;
    }
    return count;
}

int occurrences(std::string_view text, std::string_view word) {
    int count = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        ++count;
    }
    return count;
}

} // namespace

TEST_SUITE("event") {
    TEST_CASE("every recorded line is of a known kind and is written back without loss") {
        std::set<Kind> kinds;
        const auto lines = test::recorded_lines();
        REQUIRE(lines.size() > 1'500);
        for (const auto& line : lines) {
            CAPTURE(line.from);
            const auto event = parse(line.bytes);
            REQUIRE_MESSAGE(event, event);
            CHECK(event->kind() != Kind::unknown);
            CHECK(to_string(event->kind()) == event->type);
            CHECK(event->created_on.has_value());
            kinds.insert(event->kind());
            const std::string written = serialize(*event);
            check_covered(json::parse(line.bytes), json::parse(written));
            const auto again = parse(written);
            REQUIRE_MESSAGE(again, again);
            CHECK(*again == *event);
            CHECK(serialize(*again) == written);
        }
        CHECK(kinds.size() == static_cast<std::size_t>(Kind::unknown));
    }

    TEST_CASE("recorded lines leave nothing unknown but what has no typed place") {
        const std::set<std::string_view> expected{
            "changeKey", "added", "removed", "customKeyedValues"};
        for (const auto& line : test::recorded_lines()) {
            CAPTURE(line.from);
            const auto event = parse(line.bytes);
            REQUIRE(event);
            for (const auto& member : event->extra) {
                CAPTURE(std::string{member.key()});
                CHECK(expected.contains(member.key()));
            }
        }
    }

    TEST_CASE("the order of members makes no difference") {
        std::mt19937 random{4711};
        for (const auto& line : test::recorded_lines()) {
            CAPTURE(line.from);
            const auto value = shuffled(json::parse(line.bytes), random);
            const auto event = parse(json::serialize(value));
            REQUIRE_MESSAGE(event, event);
            CHECK(*event == *parse(line.bytes));
        }
    }

    TEST_CASE("members nobody knows survive at every place") {
        for (const auto& line : test::recorded_lines()) {
            CAPTURE(line.from);
            auto value = json::parse(line.bytes);
            const int count = salt(value);
            const auto event = parse(json::serialize(value));
            REQUIRE_MESSAGE(event, event);
            const auto written = serialize(*event);
            CHECK(
                occurrences(written, "\"x-salt\":{\"deep\":[1,null,2.5E0,\"\\u0007\"]}") == count
            );
            CHECK(*parse(written) == *event);
        }
    }

    TEST_CASE("a batch says the same as the single lines that follow it") {
        std::set<std::string> batch;
        std::set<std::string> single;
        for (const auto& line : test::recorded_lines()) {
            CAPTURE(line.from);
            const auto event = parse(line.bytes);
            REQUIRE(event);
            if (event->kind() == Kind::ref_updated) {
                const auto key = semantic_key(*event);
                REQUIRE(key);
                single.insert(*key);
            }
            if (event->kind() == Kind::batch_ref_updated) {
                CHECK_FALSE(semantic_key(*event));
                for (const auto& one : split_batch(*event)) {
                    const auto key = semantic_key(one);
                    REQUIRE(key);
                    CHECK(*parse(serialize(one)) == one);
                    batch.insert(*key);
                }
            }
        }
        // Gerrit shows fewer single ones than it batches; the recordings hold no lone single.
        CHECK(std::ranges::includes(batch, single));
    }
}
