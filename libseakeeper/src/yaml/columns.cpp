// SPDX-License-Identifier: Apache-2.0
#include "columns.hpp"

#include <algorithm>

namespace seakeeper::yaml {

Columns::Columns(std::string_view bytes) : bytes_{bytes} {
    if (std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
        return;
    }
    lines_.push_back(0);
    for (auto at = bytes.find('\n'); at != bytes.npos; at = bytes.find('\n', at + 1)) {
        lines_.push_back(at + 1);
    }
}

Mark Columns::counted(Mark in_bytes) const {
    if (in_bytes.line == 0 || in_bytes.line > lines_.size()) {
        return in_bytes;
    }
    const auto before = bytes_.substr(lines_[in_bytes.line - 1], in_bytes.column - 1);
    const auto inner = std::ranges::count_if(before, [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) == 0x80; // not the first byte of a character
    });
    return {in_bytes.line, in_bytes.column - static_cast<std::uint32_t>(inner)};
}

void Columns::count(Node& node) const {
    if (lines_.empty()) {
        return;
    }
    node.mark = counted(node.mark);
    for (auto& item : node.items) {
        count(item);
    }
    for (auto& member : node.members) {
        member.key_mark = counted(member.key_mark);
        count(member.value);
    }
}

} // namespace seakeeper::yaml
