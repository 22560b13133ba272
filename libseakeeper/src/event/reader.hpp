// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace seakeeper::event {

/// Takes typed values out of a JSON value. Every function returns false for a value of another
/// type than Gerrit's and remembers what it wanted and where; the rest is then not to be used.
/// null never gets here: it means absent.
class Reader {
public:
    using Value = boost::json::value;

    bool read(const Value& value, std::string& out);
    bool read(const Value& value, bool& out);
    /// Numbers also as text ("21", "-1", "+2"): Gerrit up to 2.14 and approvals of all versions.
    bool read(const Value& value, std::int64_t& out);
    bool read(const Value& value, int& out);
    bool read(const Value& value, ChangeNumber& out);
    bool read(const Value& value, PatchSetNumber& out);
    bool read(const Value& value, Account& out);
    bool read(const Value& value, Change& out);
    bool read(const Value& value, PatchSet& out);
    bool read(const Value& value, Approval& out);
    bool read(const Value& value, RefUpdate& out);

    template <class T>
    bool read(const Value& value, std::optional<T>& out) {
        return read(value, out.emplace());
    }
    template <class T>
    bool read(const Value& value, std::vector<T>& out) {
        const auto* array = value.if_array();
        if (array == nullptr) {
            return wants("an array");
        }
        out.resize(array->size());
        for (std::size_t i = 0; i < array->size(); ++i) {
            if (!read((*array)[i], out[i])) {
                return inside(i);
            }
        }
        return true;
    }

    /// Calls `take(key, value)` for every member that is not null and keeps in `extra` those for
    /// which it answers Taken::no, and all that are null but unknown.
    enum class Taken { yes, no, failed };
    template <class Take>
    bool each(const Value& value, Extra& extra, Take take) {
        const auto* object = value.if_object();
        if (object == nullptr) {
            return wants("an object");
        }
        for (const auto& member : *object) {
            const std::string_view key{member.key().data(), member.key().size()};
            const Taken taken = take(key, member.value());
            if (taken == Taken::failed) {
                return inside(key);
            }
            if (taken == Taken::no) {
                extra.emplace(member.key(), member.value());
            }
        }
        return true;
    }
    /// Reads a member that is known: null leaves it absent.
    template <class T>
    Taken take(const Value& value, T& out) {
        if (value.is_null()) {
            return Taken::yes;
        }
        return read(value, out) ? Taken::yes : Taken::failed;
    }

    bool wants(std::string_view what);
    bool inside(std::string_view key);
    bool inside(std::size_t index);
    /// "change.number: found another type than a number".
    Error error() const;

private:
    std::string path_;
    std::string wanted_;
};

} // namespace seakeeper::event
