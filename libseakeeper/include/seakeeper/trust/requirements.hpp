// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts_request.hpp>
#include <seakeeper/trust/class.hpp>
#include <seakeeper/trust/options.hpp>

namespace seakeeper::trust {

/// The facts that classify() looks at for this event and requested class, so that a reader asks
/// Gerrit for those and no others. A pure function of the event's kind and refs.
SEAKEEPER_API gerrit::FactsRequest
requirements(const event::Event& event, Class requested, const SiteOptions& options);

/// The facts about who asks for another attempt (ClassifierInput::retry) with this event.
SEAKEEPER_API gerrit::FactsRequest
retry_requirements(const event::Event& event, const SiteOptions& options);

} // namespace seakeeper::trust
