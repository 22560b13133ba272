// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seakeeper::local {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// What the kubelet does to `command`, `args` and the values of `env`: `$(NAME)` becomes that
/// variable's value, or stays where there is none, and `$$` becomes `$` (Kubernetes 1.34,
/// third_party/forked/golang/expansion).
SEAKEEPER_API std::string expanded(std::string_view text, const Variables& variables);

} // namespace seakeeper::local
