// SPDX-License-Identifier: Apache-2.0
#include "gerrit/json_read.hpp"
#include "gerrit/rest_json.hpp"

namespace seakeeper::gerrit {

using namespace json_read;

namespace {

std::string_view word_of(Notify notify) {
    switch (notify) {
    case Notify::none:
        return "NONE";
    case Notify::owner:
        return "OWNER";
    case Notify::owner_reviewers:
        return "OWNER_REVIEWERS";
    case Notify::all:
        return "ALL";
    }
    return "OWNER";
}

json::object to_json(const ReviewComment& comment) {
    json::object object;
    if (comment.line > 0) {
        object["line"] = comment.line;
    }
    if (comment.range) {
        json::object range;
        range["start_line"] = comment.range->start_line;
        range["start_character"] = comment.range->start_character;
        range["end_line"] = comment.range->end_line;
        range["end_character"] = comment.range->end_character;
        object["range"] = std::move(range);
    }
    object["message"] = comment.message;
    object["unresolved"] = comment.is_unresolved;
    return object;
}

} // namespace

json::object to_json(const ReviewInput& input) {
    json::object object;
    if (!input.tag.empty()) {
        object["tag"] = input.tag;
    }
    if (!input.message.empty()) {
        object["message"] = input.message;
    }
    if (!input.labels.empty()) {
        json::object labels;
        for (const auto& [label, value] : input.labels) {
            labels[label] = value;
        }
        object["labels"] = std::move(labels);
    }
    if (!input.comments.empty()) {
        json::object by_path;
        for (const auto& comment : input.comments) {
            auto& place = by_path[comment.path];
            if (!place.is_array()) {
                place.emplace_array();
            }
            place.get_array().push_back(to_json(comment));
        }
        object["comments"] = std::move(by_path);
        object["omit_duplicate_comments"] = true;
    }
    const auto notify = word_of(input.notify);
    object["notify"] = json::string_view{notify.data(), notify.size()};
    return object;
}

Result<std::map<std::string, int>> applied_labels_from(const json::value& answer) {
    const auto object = as_object(answer, "review result");
    if (!object) {
        return object.error();
    }
    const auto labels = object_at(**object, "labels");
    if (!labels) {
        return labels.error();
    }
    std::map<std::string, int> applied;
    if (*labels == nullptr) {
        return applied;
    }
    for (const auto& [label, unused] : **labels) {
        const auto value = number_at(**labels, label);
        if (!value) {
            return value.error();
        }
        applied[std::string{label}] = static_cast<int>(value->value_or(0));
    }
    return applied;
}

} // namespace seakeeper::gerrit
