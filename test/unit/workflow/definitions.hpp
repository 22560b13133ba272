// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace seakeeper::workflow::test {

inline std::string test_file(const std::string& name) {
    std::ifstream in{std::string{SEAKEEPER_TEST_DATA} + "/workflow/" + name, std::ios::binary};
    if (!in) {
        throw std::runtime_error("no test data " + name);
    }
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// A Workflow with one more line of specification; its templates are the caller's.
inline std::string head(std::string_view spec_line) {
    return "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  entrypoint: m\n  "
           + std::string{spec_line} + "\n";
}

/// A Workflow with these templates; the first line of them is line 6, two columns to the right.
inline std::string workflow_of(std::string_view templates) {
    std::string text = head("templates:") + "  ";
    for (const char c : templates) {
        text += c;
        if (c == '\n') {
            text += "  ";
        }
    }
    return text + "\n";
}

/// A Workflow of one container, with one more line of specification.
inline std::string workflow_with(std::string_view spec_line) {
    return head(spec_line) + "  templates:\n  - name: m\n    container: {image: i, command: [a]}\n";
}

} // namespace seakeeper::workflow::test
