// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seakeeper::workflow {

/// A set of numbers below a bound, which the sets that it is put together with share.
class NumberSet final {
public:
    NumberSet() = default;
    explicit NumberSet(std::size_t bound) : words_((bound + bits - 1) / bits) {}

    void insert(std::size_t number) { words_[number / bits] |= bit_of(number); }
    bool contains(std::size_t number) const {
        return (words_[number / bits] & bit_of(number)) != 0;
    }
    void add_all(const NumberSet& others);
    void keep_only(const NumberSet& others);
    std::size_t size() const;

private:
    static constexpr std::size_t bits = 64;
    static constexpr std::uint64_t bit_of(std::size_t number) {
        return std::uint64_t{1} << (number % bits);
    }
    std::vector<std::uint64_t> words_;
};

/// Some of the names that occur among the steps of one template.
class StepNames final {
public:
    using All = std::shared_ptr<const std::vector<std::string>>; ///< sorted, each once

    StepNames() = default;
    StepNames(All all, NumberSet in) : all_{std::move(all)}, in_{std::move(in)} {}

    bool contains(std::string_view name) const;
    std::size_t size() const { return in_.size(); }

private:
    All all_;
    NumberSet in_;
};

/// One step or task among those of its template.
struct StepFacts {
    const boost::json::object* step = nullptr;
    bool is_loop = false;
    /// It may be skipped, loop over nothing, or go on after a failure: its outputs may not be
    /// there.
    bool is_unsure = false;
    StepNames before; ///< steps that come before it, whatever became of them
    StepNames sure;   ///< of those, the ones whose outputs are there once it runs
};

/// The steps or tasks of one template by name.
using StepOrder = std::map<std::string, StepFacts, std::less<>>;
StepOrder order_of(const boost::json::object& template_object);

} // namespace seakeeper::workflow
