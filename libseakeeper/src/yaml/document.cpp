// SPDX-License-Identifier: Apache-2.0
#include "document.hpp"

#include "columns.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <new>
#include <streambuf>
#include <unordered_set>

namespace seakeeper::yaml {
namespace {

/// Leaves yaml-cpp's parser; never leaves this file.
struct Refusal {
    Errc code;
    Mark mark;
    std::string message;
    bool comes_from_parser = true; ///< the bytes as such were fit for yaml-cpp
};

Mark mark_of(const YAML::Mark& mark) {
    if (mark.is_null()) {
        return {};
    }
    return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

/// Reads from memory that outlives it; std::istringstream would copy.
class ViewBuffer : public std::streambuf {
public:
    explicit ViewBuffer(std::string_view bytes) {
        auto* begin = const_cast<char*>(bytes.data());
        setg(begin, begin, begin + bytes.size());
    }
};

class Builder : public YAML::EventHandler {
public:
    explicit Builder(const Limits& limits) : limits_{limits} {}

    Node take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            throw Refusal{Errc::malformed, mark_of(mark), "a second document, accepted is one"};
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        add(Node{NodeKind::null, mark_of(mark), {}, true, {}, {}});
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        throw Refusal{Errc::malformed, mark_of(mark), "an alias (*), accepted is its text in full"};
    }

    void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
        throw Refusal{
            Errc::malformed,
            mark_of(mark),
            fmt::format(
                "the anchor {}, accepted is a file without anchors", quoted("&" + name, 60)
            )};
    }

    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        const std::string& value
    ) override {
        refuse_anchor(mark, anchor);
        if (tag != "?" && tag != "!") {
            refuse_tag(mark, tag);
        }
        add(Node{NodeKind::scalar, mark_of(mark), value, tag == "?", {}, {}});
    }

    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value /*style*/
    ) override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        open(NodeKind::sequence, mark_of(mark));
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value /*style*/
    ) override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        open(NodeKind::mapping, mark_of(mark));
    }
    void OnMapEnd() override { close(); }

private:
    /// A sequence or mapping that is being read.
    struct Open {
        Node node;
        std::unordered_set<std::string> keys;
        bool has_key = false; ///< the last member waits for its value
    };

    static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            throw Refusal{
                Errc::malformed,
                mark_of(mark),
                "an anchor (&), accepted is a file without anchors"};
        }
    }

    static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?") {
            throw Refusal{
                Errc::malformed,
                mark_of(mark),
                fmt::format("the tag {}, accepted is a file without tags", quoted(tag, 60))};
        }
    }

    bool wants_key() const {
        return !open_.empty() && open_.back().node.kind == NodeKind::mapping
               && !open_.back().has_key;
    }

    void count(Mark mark) {
        if (++nodes_ > limits_.nodes) {
            throw Refusal{
                Errc::limit_exceeded,
                mark,
                fmt::format("more than {} values, accepted are at most so many", limits_.nodes)};
        }
    }

    void open(NodeKind kind, Mark mark) {
        count(mark);
        if (wants_key()) {
            throw Refusal{
                Errc::malformed, mark, "a key that is a list or a mapping, accepted is text"};
        }
        if (open_.size() >= limits_.depth) {
            throw Refusal{
                Errc::limit_exceeded,
                mark,
                fmt::format("nesting deeper than {} levels", limits_.depth)};
        }
        Open opened;
        opened.node.kind = kind;
        opened.node.mark = mark;
        open_.push_back(std::move(opened));
    }

    void close() {
        auto node = std::move(open_.back().node);
        open_.pop_back();
        place(std::move(node));
    }

    void add(Node node) {
        count(node.mark);
        if (wants_key()) {
            add_key(std::move(node));
        } else {
            place(std::move(node));
        }
    }

    void place(Node node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        auto& parent = open_.back();
        if (parent.node.kind == NodeKind::sequence) {
            parent.node.items.push_back(std::move(node));
        } else {
            parent.node.members.back().value = std::move(node);
            parent.has_key = false;
        }
    }

    void add_key(Node key) {
        refuse_odd_key(key);
        auto& mapping = open_.back();
        if (!mapping.keys.insert(key.text).second) {
            const auto* first = find_key(mapping.node, key.text);
            throw Refusal{
                Errc::malformed,
                key.mark,
                fmt::format(
                    "the key {} a second time (first in line {}), accepted is one",
                    quoted(key.text, 60),
                    first == nullptr ? 0 : first->key_mark.line
                )};
        }
        mapping.node.members.push_back(Member{std::move(key.text), key.mark, {}});
        mapping.has_key = true;
    }

    static const Member* find_key(const Node& mapping, std::string_view key) {
        const auto found = std::ranges::find(mapping.members, key, &Member::key);
        return found == mapping.members.end() ? nullptr : &*found;
    }

    static void refuse_odd_key(const Node& key) {
        if (key.kind == NodeKind::null) {
            throw Refusal{Errc::malformed, key.mark, "an empty or null key, accepted is text"};
        }
        if (key.is_plain && key.text == "<<") {
            throw Refusal{
                Errc::malformed, key.mark, "a merge key (<<), accepted is its members in full"};
        }
        const auto type = plain_type(key);
        if (type != PlainType::string && type != PlainType::timestamp) {
            throw Refusal{
                Errc::malformed,
                key.mark,
                fmt::format(
                    "the key {}, which YAML 1.1 does not read as text; quote it",
                    quoted(key.text, 60)
                )};
        }
    }

    Limits limits_;
    Node root_;
    std::vector<Open> open_;
    std::size_t nodes_ = 0;
    std::size_t documents_ = 0;
};

/// Place of byte `offset`, in the columns (bytes) that yaml-cpp counts.
Mark place_of(std::string_view bytes, std::size_t offset) {
    const auto before = bytes.substr(0, offset);
    const auto newline = before.rfind('\n');
    const auto column = newline == before.npos ? offset : offset - newline - 1;
    return {
        static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1),
        static_cast<std::uint32_t>(column + 1)};
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

/// yaml-cpp would guess UTF-16 and UTF-32, and keep controls: nothing but plain UTF-8 gets there.
void check_bytes(std::string_view bytes, const Limits& limits) {
    if (bytes.size() > limits.bytes) {
        throw Refusal{
            Errc::limit_exceeded,
            {},
            fmt::format("{} bytes, accepted are at most {}", bytes.size(), limits.bytes)};
    }
    const auto control = std::ranges::find_if(bytes, is_control);
    if (control != bytes.end()) {
        const auto offset = static_cast<std::size_t>(control - bytes.begin());
        throw Refusal{
            Errc::malformed,
            place_of(bytes, offset),
            fmt::format("the control character 0x{:02x}", static_cast<unsigned char>(*control))};
    }
    if (is_valid_utf8(bytes)) {
        return;
    }
    std::size_t line_begin = 0;
    while (line_begin < bytes.size()) {
        const auto end = std::min(bytes.find('\n', line_begin), bytes.size());
        if (!is_valid_utf8(bytes.substr(line_begin, end - line_begin))) {
            break;
        }
        line_begin = end + 1;
    }
    const auto mark = place_of(bytes, std::min(line_begin, bytes.size()));
    throw Refusal{Errc::malformed, mark, "a line that is not UTF-8", false};
}

Node read(std::string_view bytes, const Limits& limits) {
    check_bytes(bytes, limits);
    // yaml-cpp takes the end of the file for the closing quote; a document end in it is an error
    const auto closed = std::string{bytes} + (bytes.ends_with('\n') ? "...\n" : "");
    ViewBuffer buffer{closed};
    std::istream in{&buffer};
    YAML::Parser parser{in};
    Builder builder{limits};
    while (parser.HandleNextDocument(builder)) {
    }
    auto root = builder.take();
    Columns{bytes}.count(root);
    return root;
}

/// Hears nothing: for asking yaml-cpp whether the rest is YAML at all. Some broken texts are
/// endless documents to it, so it gives up after as many events as a sound text can have.
class Silence : public YAML::EventHandler {
public:
    explicit Silence(std::size_t bytes) : left_{2 * bytes + 16} {}

    void OnDocumentStart(const YAML::Mark&) override { count(); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override { count(); }
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override { count(); }
    void
    OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {
        count();
    }
    void OnSequenceStart(
        const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {
        count();
    }
    void OnSequenceEnd() override {}
    void OnMapStart(
        const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {
        count();
    }
    void OnMapEnd() override {}

private:
    void count() {
        if (left_-- == 0) {
            throw Refusal{Errc::malformed, {}, {}};
        }
    }

    std::size_t left_;
};

Error error_of(const YAML::Exception& error, std::string_view bytes, std::string_view file) {
    const auto mark = Columns{bytes}.counted(mark_of(error.mark));
    return {Errc::malformed, at(file, mark, "not YAML: " + error.msg)};
}

/// A forgotten bracket makes keys and documents that nobody wrote: the parser's own complaint about
/// it is the better one. Nothing if the bytes are well-formed.
std::optional<Error> complaint_of_parser(std::string_view bytes, std::string_view file) {
    try {
        ViewBuffer buffer{bytes};
        std::istream in{&buffer};
        YAML::Parser parser{in};
        Silence silence{bytes.size()};
        for (int documents = 0; documents < 2 && parser.HandleNextDocument(silence);) {
            ++documents;
        }
    } catch (const Refusal&) {
        return std::nullopt;
    } catch (const YAML::Exception& error) {
        return error_of(error, bytes, file);
    }
    return std::nullopt;
}

Error error_of(const Refusal& refusal, std::string_view bytes, std::string_view file) {
    if (refusal.code == Errc::malformed && refusal.comes_from_parser) {
        if (auto complaint = complaint_of_parser(bytes, file)) {
            return *std::move(complaint);
        }
    }
    const auto mark = Columns{bytes}.counted(refusal.mark);
    return {refusal.code, at(file, mark, "found " + refusal.message)};
}

} // namespace

const Node* Node::find(std::string_view key) const {
    const auto found = std::ranges::find(members, key, &Member::key);
    return found == members.end() ? nullptr : &found->value;
}

Result<Node> parse(std::string_view bytes, std::string_view file, const Limits& limits) {
    if (bytes.starts_with("\xef\xbb\xbf")) {
        bytes.remove_prefix(3);
    }
    try {
        return read(bytes, limits);
    } catch (const Refusal& refusal) {
        return error_of(refusal, bytes, file);
    } catch (const YAML::Exception& error) {
        return error_of(error, bytes, file);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        return Error{Errc::malformed, at(file, {}, std::string{"not YAML: "} + error.what())};
    }
}

std::string at(std::string_view file, Mark mark, std::string_view message) {
    return fmt::format("{}:{}:{}: {}", file, mark.line, mark.column, message);
}

} // namespace seakeeper::yaml
