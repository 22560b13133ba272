// SPDX-License-Identifier: Apache-2.0
#include "gerrit/facts_members.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <concepts>
#include <limits>
#include <map>

// Members with their default value are left out, so that stored facts stay small; is_active and
// its like are written when true, `is_voter_active` and `is_visible` (true by default) always.
namespace seakeeper::gerrit {

namespace json = boost::json;
using facts_members::members;

namespace {

template <class T>
concept Number = std::is_enum_v<T> || (std::integral<T> && !std::same_as<T, bool>);
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsName : std::false_type {};
template <class Tag>
struct IsName<Name<Tag>> : std::true_type {};
template <class T>
struct IsFact : std::false_type {};
template <class T>
struct IsFact<Fact<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

// --- writing

struct Writer {
    static constexpr bool is_writing = true;
    json::object object;

    template <class T>
    void operator()(std::string_view key, const T& value);
};

template <class T>
json::value written(const T& value);

template <class T>
json::object written_fact(const Fact<T>& fact) {
    json::object object;
    if (fact.value) {
        object["value"] = written(*fact.value);
    }
    if (!fact.failure.empty()) {
        object["failure"] = fact.failure;
    }
    if (!fact.source.empty()) {
        object["source"] = fact.source;
    }
    if (const auto time = fact.read_at.time_since_epoch().count(); time != 0) {
        object["read_at"] = static_cast<std::int64_t>(time);
    }
    return object;
}

template <class T>
json::value written(const T& value) {
    if constexpr (std::same_as<T, bool>) {
        return json::value(value);
    } else if constexpr (Number<T>) {
        return json::value(static_cast<std::int64_t>(value));
    } else if constexpr (std::same_as<T, std::string>) {
        return json::value(json::string_view{value.data(), value.size()});
    } else if constexpr (IsName<T>::value) {
        return written(value.str());
    } else if constexpr (IsVector<T>::value) {
        json::array array;
        array.reserve(value.size());
        for (const auto& item : value) {
            array.push_back(written(item));
        }
        return array;
    } else if constexpr (IsMap<T>::value) {
        json::object object;
        for (const auto& [key, item] : value) {
            object[key] = written(item);
        }
        return object;
    } else if constexpr (IsFact<T>::value) {
        return written_fact(value);
    } else {
        Writer writer;
        members(writer, value);
        return std::move(writer.object);
    }
}

template <class T>
bool is_worth_writing(const T& value) {
    if constexpr (std::same_as<T, bool>) {
        return true; // defaults differ
    } else if constexpr (std::same_as<T, std::string> || IsName<T>::value || IsVector<T>::value || IsMap<T>::value) {
        return !value.empty();
    } else {
        return value != T{};
    }
}

template <class T>
void Writer::operator()(std::string_view key, const T& value) {
    if constexpr (IsOptional<T>::value) {
        if (value) {
            object[json::string_view{key.data(), key.size()}] = written(*value);
        }
    } else if (is_worth_writing(value)) {
        object[json::string_view{key.data(), key.size()}] = written(value);
    }
}

// --- reading

Error not_facts(std::string_view what) {
    return Error{Errc::malformed, "stored facts: " + std::string{what}};
}

template <class T>
Status take(const json::value& from, T& into);

struct Reader {
    static constexpr bool is_writing = false;
    const json::object& object;
    Status status{};
    std::size_t known = 0;

    template <class T>
    void operator()(std::string_view key, T& into) {
        if (!status) {
            return;
        }
        const auto* found = object.if_contains(json::string_view{key.data(), key.size()});
        if (found == nullptr) {
            return;
        }
        ++known;
        if (auto taken = take(*found, into); !taken) {
            status = Status{std::move(taken).error().within(key)};
        }
    }
};

template <class T>
Status take_number(const json::value& from, T& into) {
    const auto* number = from.if_int64();
    if (number == nullptr) {
        return not_facts("not a number");
    }
    using Plain = typename std::
        conditional_t<std::is_enum_v<T>, std::underlying_type<T>, std::type_identity<T>>::type;
    if (*number < static_cast<std::int64_t>(std::numeric_limits<Plain>::min())
        || *number > static_cast<std::int64_t>(std::numeric_limits<Plain>::max())) {
        return not_facts("a number out of range");
    }
    into = static_cast<T>(*number);
    return {};
}

template <class T>
Status take_fact(const json::object& from, Fact<T>& into) {
    if (const auto* value = from.if_contains("value")) {
        if (auto taken = take(*value, into.value.emplace()); !taken) {
            return taken;
        }
    }
    Reader reader{from};
    std::int64_t time = 0;
    reader("failure", into.failure);
    reader("source", into.source);
    reader("read_at", time);
    into.read_at = WallTime{WallTime::duration{time}};
    return std::move(reader.status);
}

template <class T>
Status take_items(const json::value& from, std::vector<T>& into) {
    if (!from.is_array()) {
        return not_facts("not an array");
    }
    for (const auto& item : from.get_array()) {
        if (auto taken = take(item, into.emplace_back()); !taken) {
            return taken;
        }
    }
    return {};
}

template <class T>
Status take_map(const json::object& from, std::map<std::string, T>& into) {
    for (const auto& [key, item] : from) {
        if (auto taken = take(item, into[std::string{key}]); !taken) {
            return taken;
        }
    }
    return {};
}

template <class T>
Status take_members(const json::object& from, T& into) {
    Reader reader{from};
    members(reader, into);
    if (reader.status && reader.known != from.size()) {
        return not_facts("an unknown member"); // written by a newer version: do not half-read it
    }
    return std::move(reader.status);
}

Status take_text(const json::value& from, std::string& into) {
    if (!from.is_string()) {
        return not_facts("not a string");
    }
    into.assign(from.get_string().data(), from.get_string().size());
    return {};
}

template <class Tag>
Status take_name(const json::value& from, Name<Tag>& into) {
    std::string text;
    if (auto taken = take_text(from, text); !taken) {
        return taken;
    }
    auto name = Name<Tag>::parse(text);
    if (!name) {
        return std::move(name).error();
    }
    into = std::move(*name);
    return {};
}

template <class T>
Status take(const json::value& from, T& into) {
    if constexpr (std::same_as<T, bool>) {
        if (!from.is_bool()) {
            return not_facts("not a boolean");
        }
        into = from.get_bool();
        return {};
    } else if constexpr (Number<T>) {
        return take_number(from, into);
    } else if constexpr (std::same_as<T, std::string>) {
        return take_text(from, into);
    } else if constexpr (IsName<T>::value) {
        return take_name(from, into);
    } else if constexpr (IsVector<T>::value) {
        return take_items(from, into);
    } else if constexpr (IsOptional<T>::value) {
        return take(from, into.emplace());
    } else {
        if (!from.is_object()) {
            return not_facts("not an object");
        }
        if constexpr (IsMap<T>::value) {
            return take_map(from.get_object(), into);
        } else if constexpr (IsFact<T>::value) {
            return take_fact(from.get_object(), into);
        } else {
            return take_members(from.get_object(), into);
        }
    }
}

} // namespace

json::object to_json(const Facts& facts) {
    Writer writer;
    members(writer, facts);
    return std::move(writer.object);
}

Result<Facts> facts_from_json(const json::object& object) {
    Facts facts;
    if (auto taken = take_members(object, facts); !taken) {
        return std::move(taken).error().within("reading stored facts");
    }
    return facts;
}

} // namespace seakeeper::gerrit
