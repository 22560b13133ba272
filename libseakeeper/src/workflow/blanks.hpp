// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <string>
#include <vector>

namespace seakeeper::workflow {

/// What differs from workload to workload in a manifest.
enum class Blank : char {
    workload = 'w',
    definition = 'd',
    parameters = 'p',              ///< all items of a list of parameters
    value = 'v',                   ///< of one parameter
    environment = 'e',             ///< all items of a container's environment
    environment_before_more = 'm', ///< and the author's own follow
};

/// Stands in a tree for a blank: a text that nothing else in it can be, for it is not UTF-8.
boost::json::string placeholder(Blank blank);

/// A tree's text, cut at its placeholders.
struct CutText {
    struct Piece {
        std::string text;
        Blank blank; ///< after the text
    };
    std::vector<Piece> pieces;
    std::string rest;
};
CutText cut(const boost::json::object& tree);

/// Whether a tree can be cut: it has no text that looks like a placeholder.
bool is_free_of_placeholders(const boost::json::object& tree);

} // namespace seakeeper::workflow
