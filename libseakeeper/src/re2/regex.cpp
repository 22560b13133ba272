// SPDX-License-Identifier: Apache-2.0
#include "re2/regex.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>
#include <re2/re2.h>

namespace seakeeper::re2_adapter {

namespace {

// For program and automaton of one expression; past it RE2 gets slower, not wrong.
constexpr std::int64_t memory_bytes = 4 << 20;

RE2::Options options() {
    RE2::Options result;
    result.set_log_errors(false);
    result.set_never_capture(true);
    result.set_max_mem(memory_bytes);
    return result;
}

std::string refusal(const RE2& expression) {
    const std::string& fragment = expression.error_arg();
    if (fragment.starts_with("(?=") || fragment.starts_with("(?!") || fragment.starts_with("(?<")) {
        return fmt::format(
            "{} is look-around, which RE2 has not (it would not take linear time): "
            "write what must not match under `not:`",
            quoted(fragment, 60)
        );
    }
    if (fragment.size() == 2 && fragment[0] == '\\' && fragment[1] >= '1' && fragment[1] <= '9') {
        return fmt::format(
            "{} is a back-reference, which RE2 has not (it would not take linear time)",
            quoted(fragment, 60)
        );
    }
    return fmt::format("{}: {}", quoted(fragment, 60), expression.error());
}

} // namespace

struct Regex::Compiled {
    explicit Compiled(std::string_view text)
        : expression{re2::StringPiece{text.data(), text.size()}, options()} {}
    RE2 expression;
};

Regex::Regex() = default;
Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

Result<Regex> Regex::compile(std::string_view expression) {
    auto compiled = std::make_unique<const Compiled>(expression);
    if (!compiled->expression.ok()) {
        const bool too_large = compiled->expression.error_code() == RE2::ErrorPatternTooLarge;
        return Error{
            too_large ? Errc::limit_exceeded : Errc::malformed, refusal(compiled->expression)};
    }
    Regex result;
    result.compiled_ = std::move(compiled);
    return result;
}

bool Regex::matches(std::string_view text, Anchor anchor) const {
    const re2::StringPiece piece{text.data(), text.size()};
    const auto how = anchor == Anchor::whole_text ? RE2::ANCHOR_BOTH : RE2::UNANCHORED;
    return compiled_ != nullptr
           && compiled_->expression.Match(piece, 0, piece.size(), how, nullptr, 0);
}

} // namespace seakeeper::re2_adapter
