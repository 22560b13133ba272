// SPDX-License-Identifier: Apache-2.0
#include "typed_reader.hpp"

#include "quantity.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/core.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <yaml/document.hpp>

namespace seakeeper::workflow {
namespace json = boost::json;
using fields::Field;
using fields::Leaf;
using fields::Letter;
using fields::Object;
using fields::Shape;
using yaml::Node;
using yaml::NodeKind;
using yaml::PlainType;

void append_pointer(std::string& pointer, std::string_view key) {
    pointer += '/';
    if (key.find_first_of("~/") == key.npos) {
        pointer += key;
        return;
    }
    for (const char c : key) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
}

void append_pointer(std::string& pointer, std::size_t index) {
    pointer += '/';
    pointer += std::to_string(index);
}

namespace {

/// Leaves the recursion; never leaves this file.
struct Refusal {
    yaml::Mark mark;
    std::string message;
    RuleId rule;
};

std::string shown(const Node& node) {
    switch (node.kind) {
    case NodeKind::null:
        return "nothing (null)";
    case NodeKind::sequence:
        return "a list";
    case NodeKind::mapping:
        return "a mapping";
    case NodeKind::scalar:
        break;
    }
    switch (yaml::plain_type(node)) {
    case PlainType::boolean:
        return fmt::format("the boolean {}", node.text);
    case PlainType::boolean_1_1:
        return fmt::format("{}, which YAML 1.1 reads as a boolean", quoted(node.text, 20));
    case PlainType::integer:
    case PlainType::floating:
        return fmt::format("the number {}", quoted(node.text, 40));
    default:
        return fmt::format("the text {}", quoted(node.text, 60));
    }
}

[[noreturn]] void refuse(const Node& node, std::string_view accepted) {
    throw Refusal{
        node.mark, fmt::format("found {}, accepted is {}", shown(node), accepted), "type"};
}

bool is_text(const Node& node) {
    if (node.kind != NodeKind::scalar) {
        return false;
    }
    const auto type = yaml::plain_type(node);
    return type == PlainType::string || type == PlainType::timestamp;
}

json::value text_of(const Node& node) {
    if (node.kind == NodeKind::scalar && !is_text(node)) {
        refuse(node, "text: quote it");
    }
    if (node.kind != NodeKind::scalar) {
        refuse(node, "text");
    }
    return json::string{node.text};
}

json::value boolean_of(const Node& node) {
    const auto value = yaml::as_boolean(node);
    if (!value) {
        refuse(node, "true or false");
    }
    return *value;
}

/// Modes of files are written 0755, and kubectl reads that as YAML 1.1 does.
std::optional<std::int64_t> octal_of(const Node& node) {
    const std::string_view text = node.text;
    std::int64_t value = 0;
    const bool is_octal = node.kind == NodeKind::scalar && node.is_plain && text.size() > 1
                          && text.size() < 12 && text.front() == '0'
                          && text.find_first_not_of("01234567") == text.npos;
    if (!is_octal) {
        return std::nullopt;
    }
    std::from_chars(text.data(), text.data() + text.size(), value, 8);
    return value;
}

json::value integer_of(const Node& node, std::int64_t least, std::int64_t most) {
    auto value = yaml::as_integer(node);
    if (!value) {
        value = octal_of(node);
    }
    if (!value) {
        refuse(node, "a whole number");
    }
    if (*value < least || *value > most) {
        refuse(node, fmt::format("a whole number from {} to {}", least, most));
    }
    return *value;
}

json::value any_text_of(const Node& node) {
    if (node.kind != NodeKind::scalar) {
        refuse(node, "text, a number, true or false");
    }
    const auto type = yaml::plain_type(node);
    if (type == PlainType::boolean_1_1 || (type == PlainType::boolean && !yaml::as_boolean(node))) {
        refuse(node, "text: quote it");
    }
    return json::string{node.text};
}

json::value int_or_text_of(const Node& node) {
    if (const auto value = yaml::as_integer(node)) {
        if (*value > std::numeric_limits<std::int32_t>::max()
            || *value < std::numeric_limits<std::int32_t>::min()) {
            refuse(node, "a whole number of 32 bits, or text");
        }
        return *value;
    }
    if (!is_text(node)) {
        refuse(node, "a whole number, or text: quote it");
    }
    return json::string{node.text};
}

json::value quantity_of(const Node& node) {
    if (node.kind != NodeKind::scalar || !parse_quantity(node.text)) {
        refuse(node, "a Kubernetes quantity as in 500m, 2, 1.5, 512Mi");
    }
    return json::string{node.text};
}

std::optional<double> floating_of(const std::string& text) {
    double value = 0;
    const char* begin = text.c_str() + (text.starts_with('+') ? 1 : 0);
    const char* end = text.c_str() + text.size();
    const auto [last, error] = std::from_chars(begin, end, value);
    if (error != std::errc{} || last != end || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

json::value loose_scalar(const Node& node) {
    if (const auto value = yaml::as_boolean(node)) {
        return *value;
    }
    if (const auto value = yaml::as_integer(node)) {
        return *value;
    }
    if (is_text(node)) {
        return json::string{node.text};
    }
    const auto value = floating_of(node.text);
    if (!value) {
        refuse(node, "text, a decimal number, true or false: quote it if it is text");
    }
    return *value;
}

class Reader {
public:
    TypedTree run(const Node& root) {
        if (root.kind != NodeKind::mapping) {
            refuse(root, "a Workflow: a mapping of apiVersion, kind, metadata and spec");
        }
        TypedTree result;
        result.tree = object_of(root, Object::workflow);
        result.places = std::move(places_);
        return result;
    }

private:
    /// Calls `read` with the path one step longer. `mark`: where the reader of a finding looks.
    template <class Step, class Read>
    json::value below(Step step, const Node& node, yaml::Mark mark, Read read) {
        const auto length = path_.size();
        append_pointer(path_, step);
        places_.emplace(path_, Place{mark.line, mark.column});
        auto value = read(node);
        path_.resize(length);
        return value;
    }

    /// The value, or its key if the value starts in a later line.
    static yaml::Mark mark_of(const yaml::Member& member) {
        const bool is_beside = member.value.mark.line == member.key_mark.line;
        return is_beside ? member.value.mark : member.key_mark;
    }

    json::object object_of(const Node& node, Object type) {
        if (node.kind != NodeKind::mapping) {
            refuse(node, fmt::format("a mapping: the fields of {}", fields::phrase_of(type)));
        }
        json::object object;
        for (const auto& member : node.members) {
            const auto* field = fields::find(type, member.key);
            if (field == nullptr) {
                refuse_unknown(member, type);
            }
            object[member.key] = below(
                std::string_view{member.key},
                member.value,
                mark_of(member),
                [&](const Node& v) { return shaped(v, field->type); }
            );
        }
        require_name(node, object, type);
        return object;
    }

    [[noreturn]] static void refuse_unknown(const yaml::Member& member, Object type) {
        std::string accepted;
        for (const auto& field : fields::of(type)) {
            if (field.untrusted != Letter::forbid || field.trusted != Letter::forbid) {
                accepted += accepted.empty() ? "" : ", ";
                accepted += field.name;
            }
        }
        refuse_pod_field(member, type, accepted);
        throw Refusal{
            member.key_mark,
            fmt::format(
                "found the key {}, which {} has not; accepted are {}",
                quoted(member.key, 60),
                fields::phrase_of(type),
                accepted.empty() ? "none" : accepted
            ),
            "unknown-field"};
    }

    /// What Kubernetes knows of pods and a Workflow has no place for has a reason of its own.
    static void
    refuse_pod_field(const yaml::Member& member, Object type, const std::string& accepted) {
        const bool is_pod = type == Object::workflow_spec || type == Object::template_;
        const auto* field = is_pod ? fields::find(Object::pod_spec, member.key) : nullptr;
        if (field == nullptr || field->untrusted != Letter::forbid) {
            return;
        }
        const auto& reason = fields::reason_of(field->why);
        throw Refusal{
            member.key_mark,
            fmt::format(
                "found the key {}, a field of pods that {} has not: {}; accepted are {}",
                quoted(member.key, 60),
                fields::phrase_of(type),
                reason.text,
                accepted
            ),
            reason.rule};
    }

    static void require_name(const Node& node, const json::object& object, Object type) {
        switch (type) {
        case Object::argument_parameter:
        case Object::input_parameter:
        case Object::output_parameter:
        case Object::input_artifact:
        case Object::output_artifact:
        case Object::env:
        case Object::volume:
        case Object::volume_mount:
        case Object::named_container:
        case Object::set_container:
        case Object::step:
        case Object::task: {
            const auto* name = object.if_contains("name");
            if (name == nullptr || name->as_string().empty()) {
                throw Refusal{
                    node.mark,
                    fmt::format(
                        "found {} without a name, accepted is one with `name:`",
                        fields::phrase_of(type)
                    ),
                    "structure"};
            }
            return;
        }
        default:
            return;
        }
    }

    json::value shaped(const Node& node, const fields::Type& type) {
        switch (type.shape) {
        case Shape::one:
            return leaf_of(node, type);
        case Shape::list:
            return list_of(node, {type.leaf, type.object}, "a list");
        case Shape::list_of_lists:
            return list_of(
                node,
                {type.leaf, type.object, Shape::list},
                "a list of lists: groups of parallel steps"
            );
        case Shape::map:
            return map_of(node, {type.leaf, type.object});
        }
        return nullptr;
    }

    json::value list_of(const Node& node, const fields::Type& type, std::string_view accepted) {
        if (node.kind != NodeKind::sequence) {
            refuse(node, accepted);
        }
        json::array list;
        list.reserve(node.items.size());
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            const auto& item = node.items[i];
            list.push_back(below(i, item, item.mark, [&](const Node& v) { return shaped(v, type); })
            );
        }
        return list;
    }

    json::value map_of(const Node& node, const fields::Type& type) {
        if (node.kind != NodeKind::mapping) {
            refuse(node, "a mapping");
        }
        json::object object;
        for (const auto& member : node.members) {
            object[member.key] = below(
                std::string_view{member.key},
                member.value,
                mark_of(member),
                [&](const Node& v) { return shaped(v, type); }
            );
        }
        return object;
    }

    json::value leaf_of(const Node& node, const fields::Type& type) {
        switch (type.leaf) {
        case Leaf::text:
            return text_of(node);
        case Leaf::boolean:
            return boolean_of(node);
        case Leaf::int32:
            return integer_of(
                node,
                std::numeric_limits<std::int32_t>::min(),
                std::numeric_limits<std::int32_t>::max()
            );
        case Leaf::int64:
            return integer_of(
                node,
                std::numeric_limits<std::int64_t>::min(),
                std::numeric_limits<std::int64_t>::max()
            );
        case Leaf::int_or_text:
            return int_or_text_of(node);
        case Leaf::quantity:
            return quantity_of(node);
        case Leaf::any_text:
            return any_text_of(node);
        case Leaf::item:
            return loose(node, Leaf::item);
        case Leaf::anything:
            return loose(node, Leaf::anything);
        case Leaf::object:
            return object_of(node, type.object);
        }
        return nullptr;
    }

    /// Values without a type of their own: items of loops, and fields that are forbidden anyway.
    json::value loose(const Node& node, Leaf leaf) {
        switch (node.kind) {
        case NodeKind::sequence:
            return list_of(node, {leaf}, "a list");
        case NodeKind::mapping:
            return map_of(node, {leaf});
        case NodeKind::scalar:
            return loose_scalar(node);
        case NodeKind::null:
            break;
        }
        if (leaf == Leaf::item) {
            refuse(node, "text, a number, true, false, a list or a mapping");
        }
        return nullptr;
    }

    std::string path_;
    Places places_;
};

} // namespace

Result<TypedTree> read_typed(const yaml::Node& root, std::string_view file) {
    try {
        return Reader{}.run(root);
    } catch (const Refusal& refusal) {
        const auto message = fmt::format("{} [{}]", refusal.message, refusal.rule.str());
        return Error{Errc::malformed, yaml::at(file, refusal.mark, message)};
    }
}

} // namespace seakeeper::workflow
