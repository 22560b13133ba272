// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/decide.hpp>

#include <optional>

namespace seakeeper::decision {

/// What a workload that runs `revision` acts on; nothing where a name is not a valid one.
std::optional<workflow::Subject> subject_of(const DecideInput& input, const CommitId& revision);

SubjectRecord record_of(const workflow::Subject& subject);

} // namespace seakeeper::decision
