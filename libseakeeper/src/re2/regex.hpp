// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace seakeeper::re2_adapter {

enum class Anchor { whole_text, anywhere };

/// A compiled regular expression; time linear in the text, whatever the expression. Any thread.
class SEAKEEPER_API Regex {
public:
    Regex();
    ~Regex();
    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;

    /// Errc::malformed in words of an author; for look-around and back-references with what to
    /// write instead. Errc::limit_exceeded if the automaton would be too large.
    static Result<Regex> compile(std::string_view expression);
    bool matches(std::string_view text, Anchor anchor) const;

private:
    struct Compiled;
    std::unique_ptr<const Compiled> compiled_;
};

} // namespace seakeeper::re2_adapter
