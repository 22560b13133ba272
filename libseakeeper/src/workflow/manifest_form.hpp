// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "blanks.hpp"
#include "parameters.hpp"

#include <seakeeper/workflow/binding.hpp>

#include <string>
#include <vector>

namespace seakeeper::workflow {

struct ManifestForm::Text {
    std::string file; ///< the definition's, for errors
    CutText manifest;
    std::vector<DeclaredParameter> parameters;
};

} // namespace seakeeper::workflow
