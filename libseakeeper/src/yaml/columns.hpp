// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "document.hpp"

#include <string_view>
#include <vector>

namespace seakeeper::yaml {

/// Makes columns of bytes, as yaml-cpp counts them, columns of Unicode code points.
class Columns {
public:
    /// `bytes` is UTF-8 and outlives it.
    explicit Columns(std::string_view bytes);

    Mark counted(Mark in_bytes) const;
    /// Every mark of the tree.
    void count(Node& node) const;

private:
    std::string_view bytes_;
    std::vector<std::size_t> lines_; ///< where each begins; empty: bytes and code points are one
};

} // namespace seakeeper::yaml
