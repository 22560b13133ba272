// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace seakeeper::local {

/// What tags may name: "inputs.parameters.x", "steps.build.outputs.result", "workflow.name".
using Scope = std::map<std::string, std::string, std::less<>>;

/// Replaces every simple tag `{{name}}` once; what is put in is not read again, unlike Argo's
/// (argo-workflows 4.0: util/template). Errors: Errc::malformed for an unknown name or an open tag,
/// Errc::unsupported for `{{=expression}}`.
SEAKEEPER_API Result<std::string> substitute(std::string_view text, const Scope& scope);

} // namespace seakeeper::local
