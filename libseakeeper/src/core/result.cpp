// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/result.hpp>

#include <array>

namespace seakeeper {
namespace {

constexpr std::array names{"success",        "invalid argument",  "malformed",
                           "limit exceeded", "not found",         "already exists",
                           "conflict",       "permission denied", "unauthenticated",
                           "refused",        "unsupported",       "quota exceeded",
                           "throttled",      "unavailable",       "unknown outcome",
                           "timed out",      "cancelled",         "untrusted peer",
                           "gone",           "corrupt",           "input/output error"};

class Category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "seakeeper"; }
    std::string message(int value) const override {
        const auto index = static_cast<std::size_t>(value);
        return index < names.size() ? names[index] : "unknown";
    }
};

} // namespace

inline namespace v0 {

const boost::system::error_category& seakeeper_category() noexcept {
    static const Category category;
    return category;
}

boost::system::error_code make_error_code(Errc code) noexcept {
    return {static_cast<int>(code), seakeeper_category()};
}

Error Error::within(std::string_view doing) && {
    message.insert(0, ": ").insert(0, doing);
    return std::move(*this);
}

Error Error::within(std::string_view doing) const& {
    return Error{*this}.within(doing);
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw Exception{error};
}

} // namespace v0
} // namespace seakeeper
