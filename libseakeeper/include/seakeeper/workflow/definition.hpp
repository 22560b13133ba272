// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace seakeeper::workflow {

/// Where something stands in a definition's file, from 1; columns count Unicode code points.
struct Place {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    friend auto operator<=>(const Place&, const Place&) = default;
};

/// Bounds of a definition: the contract's, and those of Argo's full CRD where they are lower.
struct DefinitionLimits {
    std::size_t bytes = 1 << 20;
    std::size_t templates = 200;
    std::size_t tasks = 1000;        ///< DAG tasks of the whole definition
    std::size_t tasks_per_dag = 200; ///< full CRD
    std::size_t parameters = 500;    ///< of one template's inputs; full CRD
};

/// An ordinary Argo Workflow, read once from YAML into a tree in which every value has exactly the
/// JSON type of Argo's Go structures (v4.0 - v4.1): an object of another type, or with an unknown
/// key in a step, kills Argo's controller. What is in it is not judged here (see police), and
/// nothing of it is sent anywhere before bind. A value: copy and share freely; any thread.
class SEAKEEPER_API Definition {
public:
    /// Reads `bytes`; `file` is named in errors only. Errc::malformed or Errc::limit_exceeded with
    /// "file:line:column: found ..., accepted is ...".
    static Result<Definition>
    parse(std::string_view bytes, std::string_view file, const DefinitionLimits& limits = {});

    /// apiVersion, kind, metadata, spec, in the author's order.
    const boost::json::object& tree() const noexcept { return tree_; }
    const boost::json::object& spec() const;
    const std::string& file() const noexcept { return file_; }
    /// Place of the value at a JSON pointer (RFC 6901), or of its nearest parent that has one.
    Place place_of(std::string_view pointer) const;

private:
    Definition() = default;

    boost::json::object tree_;
    std::string file_;
    std::unordered_map<std::string, Place> places_;
};

} // namespace seakeeper::workflow
