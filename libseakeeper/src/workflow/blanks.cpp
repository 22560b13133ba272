// SPDX-License-Identifier: Apache-2.0
#include "blanks.hpp"

#include <boost/json/serialize.hpp>

#include <string_view>

namespace seakeeper::workflow {
namespace {

constexpr char mark = '\xFF'; // in no UTF-8 text

} // namespace

boost::json::string placeholder(Blank blank) {
    const char text[] = {mark, static_cast<char>(blank)};
    return boost::json::string{std::string_view{text, sizeof text}};
}

CutText cut(const boost::json::object& tree) {
    const std::string serialized = boost::json::serialize(tree);
    std::string_view text = serialized;
    CutText made;
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark)) {
        CutText::Piece piece{std::string{text.substr(0, at - 1)}, Blank{text[at + 1]}};
        text.remove_prefix(at + 3); // mark, kind and closing quote
        if (piece.blank == Blank::environment && text.starts_with(',')) {
            piece.blank = Blank::environment_before_more;
            text.remove_prefix(1);
        }
        made.pieces.push_back(std::move(piece));
    }
    made.rest = text;
    return made;
}

bool is_free_of_placeholders(const boost::json::object& tree) {
    return boost::json::serialize(tree).find(mark) == std::string::npos;
}

} // namespace seakeeper::workflow
