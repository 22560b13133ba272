// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/record.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>

namespace seakeeper::decision {
namespace {

namespace json = boost::json;

/// Collects pointers until there are enough.
class Comparison {
public:
    explicit Comparison(std::size_t most) : most_{most} {}

    void compare(const json::value& before, const json::value& after, const std::string& at) {
        if (is_full() || before == after) {
            return;
        }
        if (before.is_object() && after.is_object()) {
            compare(before.get_object(), after.get_object(), at);
        } else if (before.is_array() && after.is_array()) {
            compare(before.get_array(), after.get_array(), at);
        } else {
            add(at);
        }
    }

    void compare(const json::object& before, const json::object& after, const std::string& at) {
        for (const auto& member : before) {
            const auto* other = after.if_contains(member.key());
            const auto path = below(at, member.key());
            if (is_of_reading(member.key())) {
                continue;
            }
            other == nullptr ? add(path) : compare(member.value(), *other, path);
        }
        for (const auto& member : after) {
            if (!before.contains(member.key()) && !is_of_reading(member.key())) {
                add(below(at, member.key()));
            }
        }
    }

    std::vector<std::string> take() && { return std::move(found_); }

private:
    /// When and where a fact was read is no fact.
    static bool is_of_reading(json::string_view key) { return key == "read_at" || key == "source"; }

    static std::string below(const std::string& at, json::string_view key) {
        std::string path = at + "/";
        for (const char c : key) {
            path += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
        }
        return path;
    }

    void compare(const json::array& before, const json::array& after, const std::string& at) {
        for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
            const auto path = at + "/" + std::to_string(i);
            if (i < before.size() && i < after.size()) {
                compare(before[i], after[i], path);
            } else {
                add(path);
            }
        }
    }

    bool is_full() const { return found_.size() > most_; }

    void add(std::string path) {
        if (found_.size() < most_) {
            found_.push_back(std::move(path));
        } else if (found_.size() == most_) {
            found_.emplace_back("and more");
        }
    }

    std::size_t most_;
    std::vector<std::string> found_;
};

} // namespace

std::vector<std::string>
differences(const json::object& before, const json::object& after, std::size_t most) {
    Comparison comparison{most};
    comparison.compare(before, after, {});
    return std::move(comparison).take();
}

} // namespace seakeeper::decision
