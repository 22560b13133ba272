// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks what the shared libraries export; everything else is hidden.
#define SEAKEEPER_API __attribute__((visibility("default")))

/// Every part lives in the inline version namespace, so that two versions can be linked into one
/// program. Opened here once; `namespace seakeeper::event {` elsewhere extends these.
namespace seakeeper {
inline namespace v0 {
namespace event {}
namespace gerrit {}
namespace git {}
namespace sensor {}
namespace trust {}
namespace workflow {}
namespace decision {}
namespace kubernetes {}
namespace local {}
namespace artifact {}
namespace report {}
namespace store {}
namespace pipeline {}
namespace testing {}
// adapters, not installed
namespace compression {}
namespace http {}
namespace libgit2 {}
namespace re2_adapter {}
namespace sqlite {}
namespace ssh {}
namespace yaml {}
} // namespace v0
} // namespace seakeeper
