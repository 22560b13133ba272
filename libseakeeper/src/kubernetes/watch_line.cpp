// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/watch_line.hpp"

#include "kubernetes/json.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/kubernetes/errors.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace seakeeper::kubernetes {
namespace {

/// The failure of an ERROR event; its Status carries the code that HTTP would have had.
Error error_of(const json::object& status) {
    const json::value* code = status.if_contains("code");
    const bool is_code =
        code != nullptr && code->is_int64() && code->get_int64() >= 400 && code->get_int64() < 600;
    const std::string body = json::serialize(status);
    Answer answer;
    answer.status = is_code ? static_cast<int>(code->get_int64()) : 500;
    answer.body = body;
    return status_to_error(Verb::read, answer);
}

std::optional<WatchEventKind> kind_of(std::string_view type) {
    if (type == "ADDED") {
        return WatchEventKind::added;
    }
    if (type == "MODIFIED") {
        return WatchEventKind::modified;
    }
    if (type == "DELETED") {
        return WatchEventKind::deleted;
    }
    if (type == "BOOKMARK") {
        return WatchEventKind::bookmark;
    }
    return std::nullopt;
}

} // namespace

void LineSplitter::feed(std::string_view bytes) {
    if (begin_ > 0) {
        bytes_.erase(0, begin_);
        scanned_ -= begin_;
        begin_ = 0;
    }
    bytes_.append(bytes);
}

Result<std::optional<std::string>> LineSplitter::next() {
    for (;;) {
        const auto end = bytes_.find('\n', scanned_);
        const std::size_t size = (end == std::string::npos ? bytes_.size() : end) - begin_;
        if (size > line_bytes_) {
            return Error{
                Errc::limit_exceeded,
                "reading a watch: a line of more than " + std::to_string(line_bytes_) + " bytes"};
        }
        if (end == std::string::npos) {
            scanned_ = bytes_.size();
            return std::optional<std::string>{};
        }
        std::string line = bytes_.substr(begin_, size);
        begin_ = end + 1;
        scanned_ = begin_;
        if (!line.empty() && line != "\r") {
            return std::optional<std::string>{std::move(line)};
        }
    }
}

Result<WatchEvent> decode_watch_line(std::string_view line) {
    auto parsed = parse_object(line);
    if (!parsed) {
        return std::move(parsed).error().within("reading a watch event");
    }
    json::value* object = parsed->if_contains("object");
    if (object == nullptr || !object->is_object()) {
        return Error{Errc::malformed, "reading a watch event: no object in " + quoted(line, 80)};
    }
    const std::string_view type = text_at(*parsed, "type");
    if (type == "ERROR") {
        return error_of(object->get_object()).within("watching");
    }
    const auto kind = kind_of(type);
    if (!kind) {
        return Error{Errc::malformed, "reading a watch event: of unknown type " + quoted(type, 40)};
    }
    WatchEvent event;
    event.kind = *kind;
    event.object = std::move(object->get_object());
    if (const json::object* metadata = object_at(event.object, "metadata")) {
        event.resource_version = text_at(*metadata, "resourceVersion");
    }
    if (event.resource_version.empty()) {
        return Error{Errc::malformed, "reading a watch event: it has no resource version"};
    }
    return event;
}

} // namespace seakeeper::kubernetes
