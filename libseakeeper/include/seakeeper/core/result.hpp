// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <iosfwd>
#include <stdexcept>
#include <string>
#include <string_view>

namespace seakeeper {
inline namespace v0 {

/// What kind of failure it was: what a caller may decide on. The words are for people.
enum class Errc {
    invalid_argument = 1, ///< the caller asked for something that makes no sense
    malformed,            ///< bytes from outside do not follow their format
    limit_exceeded,       ///< a size, depth or count limit of the contract was passed
    not_found,            ///< the object does not exist, or we may not see it
    already_exists,       ///< a name is taken by another object
    conflict,             ///< the object's state does not allow it now; read again and decide
    permission_denied,    ///< we are known, and may not
    unauthenticated,      ///< credentials missing, wrong or expired
    refused,              ///< policy says no
    unsupported,          ///< known, and not offered here
    quota_exceeded,       ///< a quota of the peer; try again later
    throttled,            ///< the peer asks us to slow down
    unavailable,          ///< the peer is down or answers 5xx; trying again may help
    unknown_outcome,      ///< a request was sent and its answer lost: it may have taken effect
    timed_out,            ///< the deadline passed
    cancelled,            ///< we stopped it
    untrusted_peer,       ///< host key or certificate is not the pinned or verified one
    gone,                 ///< a resource version or page token is too old; start over
    corrupt,              ///< our own durable state cannot be read
    io,                   ///< the operating system refused
};

SEAKEEPER_API const boost::system::error_category& seakeeper_category() noexcept;
SEAKEEPER_API boost::system::error_code make_error_code(Errc code) noexcept;

/// A failure as a value: a code to decide on and a sentence to read.
/// Grammar of the sentence: "doing what, to which object: cause".
struct [[nodiscard]] Error {
    boost::system::error_code code;
    std::string message;

    Error() = default; ///< no error; Boost.System wants one to hand out
    Error(Errc errc, std::string text) : code{make_error_code(errc)}, message{std::move(text)} {}

    bool is(Errc errc) const noexcept { return code == make_error_code(errc); }
    /// Puts what we were doing in front: "reading definition of demo/app: <message>".
    SEAKEEPER_API Error within(std::string_view doing) &&;
    SEAKEEPER_API Error within(std::string_view doing) const&;

    friend bool operator==(const Error&, const Error&) = default;
};

/// The only exception we define; thrown by Result::value() on a failure and by constructors that
/// are given a broken set-up.
class SEAKEEPER_API Exception : public std::runtime_error {
public:
    explicit Exception(const Error& error) : std::runtime_error(error.message), error_{error} {}
    const Error& error() const noexcept { return error_; }

private:
    Error error_;
};

/// Found by Boost.System when .value() is called on a failure.
[[noreturn]] SEAKEEPER_API void
throw_exception_from_error(const Error& error, const boost::source_location& where);

/// Success or Error. Not to be dropped: check it, or hand it up.
template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
public:
    using boost::system::result<T, Error>::result;
    using boost::system::result<T, Error>::operator=;
};

/// For test frameworks and logs: the error's message, or "ok".
template <class Char, class Traits, class T>
std::basic_ostream<Char, Traits>&
operator<<(std::basic_ostream<Char, Traits>& out, const Result<T>& result) {
    return out << (result ? "ok" : result.error().message.c_str());
}

/// Result<void>, for what either works or not.
using Status = Result<void>;

} // namespace v0
} // namespace seakeeper

template <>
struct boost::system::is_error_code_enum<seakeeper::Errc> : std::true_type {};
