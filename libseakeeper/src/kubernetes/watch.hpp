// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kubernetes/request.hpp"

namespace seakeeper::kubernetes {

std::unique_ptr<Watch> make_watch(
    std::shared_ptr<Client::State> state,
    Resource resource,
    std::string label_selector,
    std::string resource_version
);

} // namespace seakeeper::kubernetes
