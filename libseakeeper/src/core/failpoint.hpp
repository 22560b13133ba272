// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/failpoints_config.hpp"

#include <seakeeper/core/result.hpp>

// Places where a test build can be made to crash, fail or wait. Only with the Meson option
// `failpoints`; elsewhere nothing is left of them, not even their names.
namespace seakeeper {

#ifdef SEAKEEPER_FAILPOINTS

/// What SEAKEEPER_FAIL wants here: "F4.before=crash@3,F13.after=delay" (the third time; the first
/// where nothing is said). crash: the process ends at once. error: Errc::unavailable. lost:
/// Errc::unknown_outcome. delay: 300 ms. Every other answer is a success.
SEAKEEPER_API Status failpoint(const char* name);
/// Whether SEAKEEPER_BREAK names it: a fault of ours that the checker of the harness must find.
SEAKEEPER_API bool is_broken_on_purpose(const char* name);

#define SEAKEEPER_FAILPOINT(name) ::seakeeper::failpoint(name)
#define SEAKEEPER_BROKEN(name) ::seakeeper::is_broken_on_purpose(name)

#else

#define SEAKEEPER_FAILPOINT(name)                                                                  \
    ::seakeeper::Status {                                                                          \
    }
#define SEAKEEPER_BROKEN(name) false

#endif

} // namespace seakeeper
