// SPDX-License-Identifier: Apache-2.0
#include "event/strict_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <exception>
#include <limits>

namespace seakeeper::event {
namespace {

namespace json = boost::json;
using json::error_code;

enum class Breach { none, nul, number };

/// What Boost.JSON's own DOM handler does, plus counting members and looking at scalars.
class Handler {
public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    Handler(json::storage_ptr memory, unsigned char* buffer, std::size_t size)
        : stack_{{}, buffer, size} {
        stack_.reset(std::move(memory));
    }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return true; }
    bool on_array_begin(error_code&) { return true; }
    bool on_object_end(std::size_t n, error_code&) {
        members_ += n;
        stack_.push_object(n);
        return true;
    }
    bool on_array_end(std::size_t n, error_code&) {
        stack_.push_array(n);
        return true;
    }
    bool on_key_part(json::string_view s, std::size_t, error_code& ec) {
        stack_.push_chars(s);
        return has_no_nul(s, ec);
    }
    bool on_key(json::string_view s, std::size_t, error_code& ec) {
        stack_.push_key(s);
        return has_no_nul(s, ec);
    }
    bool on_string_part(json::string_view s, std::size_t, error_code& ec) {
        stack_.push_chars(s);
        return has_no_nul(s, ec);
    }
    bool on_string(json::string_view s, std::size_t, error_code& ec) {
        stack_.push_string(s);
        return has_no_nul(s, ec);
    }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t i, json::string_view, error_code&) {
        stack_.push_int64(i);
        return true;
    }
    bool on_uint64(std::uint64_t u, json::string_view, error_code&) {
        stack_.push_uint64(u);
        return true;
    }
    bool on_double(double, json::string_view s, error_code& ec) {
        // Boost.JSON 1.81 may be off in the last digit, so that writing and reading again would
        // give another value.
        double exact = 0;
        const auto [end, fault] = std::from_chars(s.data(), s.data() + s.size(), exact);
        if (fault != std::errc{} || end != s.data() + s.size() || !std::isfinite(exact)) {
            return refuse(Breach::number, ec);
        }
        stack_.push_double(exact);
        return true;
    }
    bool on_bool(bool b, error_code&) {
        stack_.push_bool(b);
        return true;
    }
    bool on_null(error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }

    json::value release() { return stack_.release(); }
    std::size_t members() const { return members_; }
    Breach breach() const { return breach_; }

private:
    bool refuse(Breach breach, error_code& ec) {
        breach_ = breach;
        ec = json::error::syntax;
        return false;
    }
    bool has_no_nul(json::string_view s, error_code& ec) {
        if (s.empty() || std::memchr(s.data(), 0, s.size()) == nullptr) {
            return true;
        }
        return refuse(Breach::nul, ec);
    }

    json::value_stack stack_;
    std::size_t members_ = 0;
    Breach breach_ = Breach::none;
};

std::size_t members_of(const json::value& value) {
    std::size_t count = 0;
    if (const auto* object = value.if_object()) {
        count = object->size();
        for (const auto& member : *object) {
            if (member.value().is_structured()) {
                count += members_of(member.value());
            }
        }
    } else if (const auto* array = value.if_array()) {
        for (const auto& element : *array) {
            if (element.is_structured()) {
                count += members_of(element);
            }
        }
    }
    return count;
}

Error fault_of(const error_code& ec, Breach breach, std::size_t offset) {
    if (breach == Breach::nul) {
        return {Errc::malformed, fmt::format("a text with NUL before byte {}", offset)};
    }
    if (breach == Breach::number) {
        return {Errc::malformed, fmt::format("a number out of range before byte {}", offset)};
    }
    const auto kind = ec == json::error::too_deep ? Errc::limit_exceeded : Errc::malformed;
    return {kind, fmt::format("at byte {}: {}", offset, ec.message())};
}

Result<json::value> parse_into(std::string_view text, std::size_t depth, json::storage_ptr memory) {
    unsigned char scratch[8192]; // NOLINT: deliberately uninitialised
    json::parse_options options;
    options.max_depth = depth;
    json::basic_parser<Handler> parser{options, std::move(memory), scratch, sizeof scratch};
    error_code ec;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
    if (ec) {
        return fault_of(ec, parser.handler().breach(), used);
    }
    if (used < text.size()) {
        return Error{Errc::malformed, fmt::format("at byte {}: more after the value", used)};
    }
    const std::size_t members = parser.handler().members();
    json::value value = parser.handler().release();
    if (members_of(value) != members) {
        return Error{Errc::malformed, "a key occurs twice in one object"};
    }
    return value;
}

} // namespace

Result<json::value>
parse_strict(std::string_view text, std::size_t depth, json::storage_ptr memory) noexcept {
    try {
        return parse_into(text, depth, std::move(memory));
    } catch (const std::exception& e) {
        return Error{Errc::limit_exceeded, e.what()};
    }
}

} // namespace seakeeper::event
