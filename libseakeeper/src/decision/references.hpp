// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/check.hpp>
#include <seakeeper/workflow/definition.hpp>

#include <string>
#include <vector>

namespace seakeeper::decision {

/// References `{{inputs.parameters.NAME}}` and `{{workflow.parameters.NAME}}` to what is not
/// declared where they stand: Argo would end the run with an error.
std::vector<Finding>
undefined_references(const workflow::Definition& definition, const std::string& path);

} // namespace seakeeper::decision
