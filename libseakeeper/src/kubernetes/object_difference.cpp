// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/cluster_parts.hpp"
#include "workflow/quantity.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace seakeeper::kubernetes {
namespace json = boost::json;
namespace {

constexpr std::size_t most = 5;
constexpr std::size_t shown = 160;

std::string shown_text(const json::value& value) {
    return quoted(
        value.is_string() ? std::string_view{value.get_string()} : json::serialize(value), shown
    );
}

/// Where less than wanted is narrower, not wider.
bool is_upper_bound(std::string_view pointer) {
    return pointer.starts_with("/spec/hard/") || pointer.find("/max/") != pointer.npos;
}

bool is_same_text(const std::string& pointer, std::string_view wanted, std::string_view live) {
    if (wanted == live) {
        return true;
    }
    const auto most_wanted = workflow::parse_quantity(wanted);
    const auto found = workflow::parse_quantity(live);
    if (!most_wanted || !found) {
        return false;
    }
    return is_upper_bound(pointer) ? *found <= *most_wanted : *found == *most_wanted;
}

/// What the API server fills in where nothing was said (1.34: matchPolicy, scope, empty selectors).
bool is_default(std::string_view key, const json::value& value) {
    if (value.is_object()) {
        return value.get_object().empty();
    }
    if (value.is_array()) {
        return value.get_array().empty();
    }
    return (key == "matchPolicy" && value == "Equivalent") || (key == "scope" && value == "*");
}

class Comparison {
public:
    std::vector<Difference> found;

    void compare(const std::string& pointer, const json::value& wanted, const json::value& live) {
        if (wanted.is_object() && live.is_object()) {
            members(pointer, wanted.get_object(), live.get_object());
        } else if (wanted.is_array() && live.is_array()) {
            items(pointer, wanted.get_array(), live.get_array());
        } else if (!is_same(pointer, wanted, live)) {
            add({pointer, shown_text(live), shown_text(wanted)});
        }
    }

    void members(const std::string& pointer, const json::object& wanted, const json::object& live) {
        for (const auto& [key, value] : wanted) {
            const auto at = pointer + "/" + std::string{key};
            if (const auto* other = live.if_contains(key)) {
                compare(at, value, *other);
            } else if (!is_default(key, value)) {
                add({at, "nothing", shown_text(value)});
            }
        }
        if (pointer == "/spec/hard") {
            return; // a bound on something else narrows
        }
        for (const auto& [key, value] : live) {
            if (!wanted.contains(key) && !is_default(key, value)) {
                add({pointer + "/" + std::string{key}, shown_text(value), "nothing"});
            }
        }
    }

private:
    static bool
    is_same(const std::string& pointer, const json::value& wanted, const json::value& live) {
        if (wanted.is_string() && live.is_string()) {
            return is_same_text(pointer, wanted.get_string(), live.get_string());
        }
        return wanted == live;
    }

    void items(const std::string& pointer, const json::array& wanted, const json::array& live) {
        if (wanted.size() != live.size()) {
            add({pointer, shown_text(live), shown_text(wanted)});
            return;
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            compare(pointer + "/" + std::to_string(i), wanted[i], live[i]);
        }
    }

    void add(Difference difference) {
        if (found.size() < most) {
            found.push_back(std::move(difference));
        }
    }
};

/// Labels and annotations: ours have to be there, others may be.
void compare_labels(const json::object& wanted, const json::object& live, Comparison& all) {
    for (const char* key : {"labels", "annotations"}) {
        const auto* ours = wanted.if_contains(key);
        const auto* theirs = live.if_contains(key);
        for (const auto& [name, value] : ours == nullptr ? json::object{} : ours->as_object()) {
            const auto at = std::string{"/metadata/"} + key + "/" + std::string{name};
            const auto* other = theirs == nullptr ? nullptr : theirs->as_object().if_contains(name);
            all.compare(at, value, other == nullptr ? json::value{} : *other);
        }
    }
}

} // namespace

std::vector<Difference> differences(const json::object& wanted, const json::object& live) {
    Comparison all;
    for (const auto& [key, value] : wanted) {
        if (key == "apiVersion" || key == "kind") {
            continue; // it was asked for under them
        }
        const auto* other = live.if_contains(key);
        if (key == "metadata") {
            compare_labels(value.as_object(), other->as_object(), all);
        } else if (other == nullptr) {
            all.compare("/" + std::string{key}, value, json::value{});
        } else {
            all.compare("/" + std::string{key}, value, *other);
        }
    }
    return std::move(all.found);
}

} // namespace seakeeper::kubernetes
