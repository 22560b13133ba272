// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace seakeeper::daemon {

/// Tells systemd how we are, by its plain socket protocol (sd_notify(3)): "READY=1",
/// "STOPPING=1", "STATUS=...". Does nothing where NOTIFY_SOCKET is not set.
void notify_service_manager(std::string_view state) noexcept;

} // namespace seakeeper::daemon
