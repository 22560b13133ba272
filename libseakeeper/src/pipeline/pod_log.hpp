// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// A pod's log, cut into lines, without what is not the user's and without doubles. Pure.
namespace seakeeper::pipeline {

/// Takes a followed log (with timestamps) as it comes, in pieces and again after a break, and gives
/// the lines that are new. Lines of Argo's emissary are left out (argo-workflows 4.0: argo=true).
class SEAKEEPER_API LogLines {
public:
    explicit LogLines(std::size_t limit) : left_{limit} {}

    /// Bytes to append to the log.
    std::string take(std::string_view piece);
    /// The connection ended: an unfinished line waits for the next one and is sent again by it.
    void resume() { rest_.clear(); }
    /// The end: what was left without a newline.
    std::string finish();
    /// RFC 3339 in whole seconds: where to go on; empty: from the start.
    std::string since() const;

private:
    std::string line(std::string_view text);

    std::string rest_;
    std::string last_; ///< time of the last line, its fraction at full width
    std::size_t left_;
    bool is_cut_ = false;
};

} // namespace seakeeper::pipeline
