// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seakeeper::local {

/// What tags may name: "inputs.parameters.x", "steps.build.outputs.result", "workflow.name".
using Scope = std::map<std::string, std::string, std::less<>>;

/// Replaces every simple tag `{{name}}` once; what is put in is not read again, unlike Argo's
/// (argo-workflows 4.0: util/template). Errors: Errc::malformed for an unknown name or an open tag,
/// Errc::unsupported for `{{=expression}}`.
SEAKEEPER_API Result<std::string> substitute(std::string_view text, const Scope& scope);

using Variables = std::vector<std::pair<std::string, std::string>>;

/// What the kubelet does to `command`, `args` and the values of `env`: `$(NAME)` becomes that
/// variable's value, or stays where there is none, and `$$` becomes `$` (Kubernetes 1.34,
/// third_party/forked/golang/expansion).
SEAKEEPER_API std::string expanded(std::string_view text, const Variables& variables);

} // namespace seakeeper::local
