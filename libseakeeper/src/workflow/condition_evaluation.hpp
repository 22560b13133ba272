// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <functional>
#include <string_view>

// The two other languages of conditions, evaluated; their syntax under policy is expression.hpp's.
namespace seakeeper::workflow {

/// A step's `when`, its tags replaced, as govaluate 3 computes it after Argo has made words texts.
/// Empty: true. Errors are worded as Argo words them (Errc::malformed).
SEAKEEPER_API Result<bool> evaluate_when(std::string_view text);

/// How a task ended, asked by the operand's name: "Succeeded", "AnySucceeded" ...
using TaskOutcome = std::function<bool(std::string_view task, std::string_view result)>;

/// A task's `depends`; a bare name is Succeeded, Skipped or Daemoned, which `outcome` is asked for
/// with an empty result. Errors: Errc::malformed.
SEAKEEPER_API Result<bool> evaluate_depends(std::string_view text, const TaskOutcome& outcome);

} // namespace seakeeper::workflow
