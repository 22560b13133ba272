// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gerrit/rest_answer.hpp"

#include <string>

namespace seakeeper::gerrit {

enum class Expects { json, content, text };

/// One request of the REST client.
struct RestCall {
    std::string method = "GET";
    std::string path; ///< without base path and /a
    std::string body; ///< JSON text, or empty
    Repeatable repeatable = Repeatable::yes;
    Expects expects = Expects::json; ///< else the answer becomes a JSON string of the bytes
};

} // namespace seakeeper::gerrit
