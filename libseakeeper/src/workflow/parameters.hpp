// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/workflow/binding.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace seakeeper::workflow {

/// Longer values stand once in the arguments; containers name the parameter.
inline constexpr std::size_t literal_variable_limit = 512;

/// A parameter that a definition's arguments declare, written but for its value.
class DeclaredParameter {
public:
    explicit DeclaredParameter(boost::json::object declared);

    const std::string& name() const noexcept { return name_; }
    /// Writes it with the value it has in this workload. Errc::malformed: it has none.
    Status append_to(std::string& out, const WorkloadBinding& binding) const;

private:
    Result<std::string_view> value_in(const WorkloadBinding& binding) const;
    Status check_enum(std::string_view value) const;

    std::string name_;
    std::optional<std::string> value_;
    std::optional<std::string> default_;
    std::optional<std::vector<std::string>> accepted_; ///< enum
    std::string before_;                               ///< its JSON up to the value
    std::string after_;
};

/// Writes the items of the list of parameters: the declared ones, then event values too long for
/// an environment. Errc::malformed: one has no value, or a given one is not declared.
Status append_parameters(
    std::string& out, const std::vector<DeclaredParameter>& declared, const WorkloadBinding& binding
);

} // namespace seakeeper::workflow
