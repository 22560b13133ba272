// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The YAML that our files are written in: one document, no anchors, aliases, merge keys or tags, no
// duplicate keys, every node with its place. Read by the event interface of yaml-cpp, so that what
// the author wrote (quoted or plain, where) is kept. This header is the only way to YAML.
namespace seakeeper::yaml {

/// Where something stands in a file, from 1; columns count Unicode code points.
struct Mark {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    friend auto operator<=>(const Mark&, const Mark&) = default;
};

enum class NodeKind : std::uint8_t { null, scalar, sequence, mapping };

struct Member;

struct Node {
    NodeKind kind = NodeKind::null;
    Mark mark;
    std::string text;            ///< scalar: its characters
    bool is_plain = false;       ///< scalar: written without quotes, and not a block scalar
    std::vector<Node> items;     ///< sequence
    std::vector<Member> members; ///< mapping, in the author's order

    /// The member's value, or null.
    SEAKEEPER_API const Node* find(std::string_view key) const;
};

struct Member {
    std::string key;
    Mark key_mark;
    Node value;
};

struct Limits {
    std::size_t bytes = 1 << 20;
    std::size_t nodes = 50'000;
    std::size_t depth = 64;
};

/// Reads one document. Every error names `file`, line, column, what was found and what is accepted:
/// Errc::malformed or Errc::limit_exceeded. An empty file is a null node.
SEAKEEPER_API Result<Node>
parse(std::string_view bytes, std::string_view file, const Limits& limits = {});

/// What a plain scalar means to readers of YAML 1.1 (Go's, Argo's, kubectl's) and JSON alike.
enum class PlainType : std::uint8_t {
    string,
    null,        ///< null, ~, empty
    boolean,     ///< true, false (and True, TRUE ...)
    boolean_1_1, ///< y, n, yes, no, on, off: a boolean to some readers and a string to others
    integer,
    floating,
    timestamp,
};

/// Quoted and block scalars are always strings.
SEAKEEPER_API PlainType plain_type(const Node& scalar);
SEAKEEPER_API std::optional<std::int64_t> as_integer(const Node& scalar);
/// `true` and `false` only.
SEAKEEPER_API std::optional<bool> as_boolean(const Node& scalar);

/// "FILE:LINE:COLUMN: MESSAGE".
SEAKEEPER_API std::string at(std::string_view file, Mark mark, std::string_view message);

} // namespace seakeeper::yaml
