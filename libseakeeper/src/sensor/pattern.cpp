// SPDX-License-Identifier: Apache-2.0
#include "re2/regex.hpp"
#include "sensor/glob.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/sensor/pattern.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace seakeeper::sensor {

using re2_adapter::Anchor;
using re2_adapter::Regex;

struct PatternList::Compiled {
    std::vector<std::string> texts;
    PatternStyle style = PatternStyle::name;
    std::vector<std::string> exact; // sorted
    std::vector<std::string> prefixes;
    std::vector<std::string> suffixes;
    std::vector<Regex> regexes; // each an alternation of many
};

namespace {

// Alternatives of one automaton; halved where RE2 finds that too large.
constexpr std::size_t alternatives = 256;

bool is_expression(std::string_view text, PatternStyle style) {
    return style == PatternStyle::text || text.starts_with('^');
}

Status check_expression(std::string_view text, PatternStyle style) {
    if (style != PatternStyle::text && (text.size() < 2 || !text.ends_with('$'))) {
        return Error{
            Errc::malformed,
            fmt::format(
                "an RE2 pattern describes the whole text: end it with `$` (`{}.*$` for what only "
                "begins so)",
                text.substr(0, 60)
            )};
    }
    auto compiled = Regex::compile(text);
    if (!compiled) {
        return std::move(compiled).error();
    }
    return {};
}

std::string alternation(std::span<const std::string> expressions) {
    std::string result;
    for (const std::string& expression : expressions) {
        result += fmt::format("{}(?:{})", result.empty() ? "" : "|", expression);
    }
    return result;
}

Status add_regexes(std::vector<Regex>& regexes, std::span<const std::string> expressions) {
    if (expressions.empty()) {
        return {};
    }
    if (expressions.size() <= alternatives) {
        auto compiled = Regex::compile(alternation(expressions));
        if (compiled) {
            regexes.push_back(std::move(*compiled));
            return {};
        }
        if (expressions.size() == 1 || !compiled.error().is(Errc::limit_exceeded)) {
            return std::move(compiled).error();
        }
    }
    const std::size_t half = expressions.size() / 2;
    if (auto first = add_regexes(regexes, expressions.first(half)); !first) {
        return first;
    }
    return add_regexes(regexes, expressions.subspan(half));
}

std::string key_of(const std::vector<std::string>& texts, PatternStyle style) {
    std::string key{static_cast<char>('0' + static_cast<int>(style))};
    for (const std::string& text : texts) {
        key += fmt::format("{}:{}", text.size(), text);
    }
    return key;
}

} // namespace

bool PatternList::matches(std::string_view text) const {
    if (!compiled_) {
        return false;
    }
    const Compiled& list = *compiled_;
    const auto by_text = [text](const std::string& exact) {
        return std::string_view{exact} < text;
    };
    const auto at = std::partition_point(list.exact.begin(), list.exact.end(), by_text);
    if (at != list.exact.end() && *at == text) {
        return true;
    }
    const auto begins = [text](const std::string& prefix) { return text.starts_with(prefix); };
    const auto ends = [text](const std::string& suffix) { return text.ends_with(suffix); };
    if (std::ranges::any_of(list.prefixes, begins) || std::ranges::any_of(list.suffixes, ends)) {
        return true;
    }
    const Anchor anchor = list.style == PatternStyle::text ? Anchor::anywhere : Anchor::whole_text;
    return std::ranges::any_of(list.regexes, [text, anchor](const Regex& regex) {
        return regex.matches(text, anchor);
    });
}

const std::vector<std::string>& PatternList::texts() const noexcept {
    static const std::vector<std::string> none;
    return compiled_ ? compiled_->texts : none;
}

PatternStyle PatternList::style() const noexcept {
    return compiled_ ? compiled_->style : PatternStyle::name;
}

Status PatternPool::check(std::string_view text, PatternStyle style) {
    if (text.empty()) {
        return Error{Errc::malformed, "an empty pattern describes nothing: `*` is anything"};
    }
    if (is_expression(text, style)) {
        return check_expression(text, style);
    }
    auto glob = read_glob(text, style);
    if (!glob) {
        return std::move(glob).error();
    }
    if (glob->shape == GlobShape::regex) {
        if (auto compiled = Regex::compile(glob->text); !compiled) {
            return std::move(compiled).error();
        }
    }
    return {};
}

Result<PatternList> PatternPool::compile(std::vector<std::string> texts, PatternStyle style) {
    PatternList list;
    auto& known = lists_[key_of(texts, style)];
    if (auto compiled = known.lock()) {
        list.compiled_ = std::move(compiled);
        return list;
    }
    auto made = std::make_shared<PatternList::Compiled>();
    std::vector<std::string> expressions;
    for (const std::string& text : texts) {
        if (auto good = check(text, style); !good) {
            return std::move(good).error().within(fmt::format("pattern {}", quoted(text, 80)));
        }
        if (is_expression(text, style)) {
            expressions.push_back(text);
            continue;
        }
        Glob glob = *read_glob(text, style);
        auto& place = glob.shape == GlobShape::exact    ? made->exact
                      : glob.shape == GlobShape::prefix ? made->prefixes
                      : glob.shape == GlobShape::suffix ? made->suffixes
                                                        : expressions;
        place.push_back(std::move(glob.text));
    }
    if (auto added = add_regexes(made->regexes, expressions); !added) {
        return std::move(added).error().within("compiling a list of patterns");
    }
    std::ranges::sort(made->exact);
    made->texts = std::move(texts);
    made->style = style;
    known = made;
    list.compiled_ = std::move(made);
    return list;
}

std::size_t PatternPool::size() const {
    const auto in_use = [](const auto& entry) { return !entry.second.expired(); };
    return static_cast<std::size_t>(std::ranges::count_if(lists_, in_use));
}

} // namespace seakeeper::sensor
