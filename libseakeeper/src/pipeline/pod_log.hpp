// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

// A pod's log, cut into lines, without what is not the user's and without doubles. Pure.
namespace seakeeper::pipeline {

/// Takes a followed log (with timestamps) as it comes, in pieces and again after a break, and gives
/// the lines that are new. They come as they were written, which is not always in the order of
/// their times: a container's two outputs are stamped each by itself. Lines of Argo's emissary are
/// left out (argo-workflows 4.0: argo=true).
class SEAKEEPER_API LogLines {
public:
    explicit LogLines(std::size_t limit) : left_{limit} {}

    /// Bytes to append to the log.
    std::string take(std::string_view piece);
    /// The connection ended: an unfinished line waits for the next one and is sent again by it.
    void resume() { rest_.clear(); }
    /// The end: what was left without a newline.
    std::string finish();
    /// RFC 3339 in whole seconds: where to go on; empty: from the start. A little before the end,
    /// since a line may still come that is older than the newest.
    std::string since() const;

private:
    std::string line(std::string_view text);

    std::string rest_;
    std::string newest_; ///< second of the newest line
    std::string before_; ///< second of the newest line before those of that second
    std::set<std::pair<std::string, std::size_t>> recent_; ///< times and hashes from since() on
    std::size_t left_;
    bool is_cut_ = false;
};

} // namespace seakeeper::pipeline
