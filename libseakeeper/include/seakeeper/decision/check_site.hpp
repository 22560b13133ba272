// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/check.hpp>
#include <seakeeper/decision/configuration.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::decision {

enum class Company : std::uint8_t {
    alone, ///< one project: its parents are not known; paths of findings are its files'
    site,  ///< all projects with their parents; paths are "PROJECT:FILE"
};
/// Everything that is wrong in the configuration of projects: check() of each, and, of a site, what
/// inheritance refuses and parents in a ring; and what a reviewer would ask, as warnings: triggers
/// that no event can reach ("unreachable"), trusted ones that nothing can earn ("never-trusted") or
/// that every branch may start ("any-branch"), votes on the label that gives trust
/// ("votes-on-approval"), and files that no trigger names ("unused"). By path and line. Pure.
SEAKEEPER_API std::vector<Finding>
check_site(std::span<const ConfigTip> tips, const Options& options, Company company);

/// One JSON object: {"files": N, "findings": [{path, line, column, severity, rule, text,
/// accepted}]}.
SEAKEEPER_API std::string findings_json(std::span<const Finding> findings, std::size_t files);

/// SARIF 2.1.0 (sarif-schema-2.1.0), for editors and code hosts. `version` is the program's.
SEAKEEPER_API std::string
findings_sarif(std::span<const Finding> findings, std::string_view version);

} // namespace seakeeper::decision
