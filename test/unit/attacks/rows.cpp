// SPDX-License-Identifier: Apache-2.0
#include "rows.hpp"

#include <seakeeper/core/digest.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace attacks {
namespace {

std::filesystem::path folder() {
    return std::filesystem::path{SEAKEEPER_TEST_DATA} / "attacks";
}

json::object read_object(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    if (!in) {
        throw std::runtime_error("cannot read " + path.string());
    }
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    try {
        return json::parse(text).as_object();
    } catch (const std::exception& error) {
        throw std::runtime_error(path.string() + ": " + error.what());
    }
}

std::string unescaped(std::string_view token) {
    std::string text;
    for (std::size_t i = 0; i < token.size(); ++i) {
        const bool is_escape = token[i] == '~' && i + 1 < token.size();
        text += !is_escape ? token[i] : token[++i] == '1' ? '/' : '~';
    }
    return text;
}

json::value& child_of(json::value& parent, const std::string& key) {
    if (parent.is_array()) {
        return parent.get_array().at(std::stoul(key));
    }
    return parent.as_object().at(key);
}

void apply(json::value& document, const json::object& operation) {
    const std::string path{operation.at("path").as_string()};
    const auto last = path.rfind('/');
    auto* parent = &document;
    for (std::size_t begin = 1; begin < last + 1;) {
        const auto end = path.find('/', begin);
        parent = &child_of(*parent, unescaped(path.substr(begin, end - begin)));
        begin = end + 1;
    }
    const auto key = unescaped(path.substr(last + 1));
    const auto& op = operation.at("op").as_string();
    if (op == "replace") {
        child_of(*parent, key) = operation.at("value");
    } else if (op == "add" && parent->is_array()) {
        auto& array = parent->get_array();
        const auto at = key == "-" ? array.size() : std::stoul(key);
        array.insert(array.begin() + static_cast<std::ptrdiff_t>(at), operation.at("value"));
    } else if (op == "add") {
        parent->as_object()[key] = operation.at("value");
    } else if (op == "remove" && parent->is_array()) {
        auto& array = parent->get_array();
        array.erase(array.begin() + static_cast<std::ptrdiff_t>(std::stoul(key)));
    } else if (op == "remove" && parent->as_object().erase(key) == 1) {
        return;
    } else if (op == "remove") {
        throw std::runtime_error("nothing to remove at " + path);
    } else {
        throw std::runtime_error("operation " + std::string{op});
    }
}

std::string repeated(const json::object& part) {
    const auto text = bytes_of(part.at("text"));
    const auto times = part.contains("times") ? part.at("times").to_number<std::size_t>() : 1;
    std::string all;
    all.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

} // namespace

std::vector<Row> read_rows() {
    std::vector<Row> rows;
    for (const auto& entry : std::filesystem::directory_iterator{folder()}) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        Row row;
        row.file = entry.path().stem().string();
        row.json = read_object(entry.path());
        row.id = row.json.at("id").as_string();
        row.title = row.json.at("title").as_string();
        row.stage = row.json.contains("stage") ? row.json.at("stage").as_string() : "decision";
        rows.push_back(std::move(row));
    }
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.file < b.file; });
    return rows;
}

json::object read_base(const std::string& name) {
    return read_object(folder() / "base" / (name + ".json"));
}

std::string bytes_of(const json::value& value) {
    if (const auto* text = value.if_string()) {
        return std::string{*text};
    }
    std::string all;
    if (const auto* lines = value.if_array()) {
        for (const auto& line : *lines) {
            all.append(line.as_string()).append("\n");
        }
        return all;
    }
    const auto& object = value.as_object();
    if (const auto* encoded = object.if_contains("base64")) {
        return seakeeper::from_base64(encoded->as_string()).value();
    }
    for (const auto& part : object.at("parts").as_array()) {
        all += repeated(part.as_object());
    }
    return all;
}

json::value patched(json::value document, const json::array& operations) {
    for (const auto& operation : operations) {
        apply(document, operation.as_object());
    }
    return document;
}

} // namespace attacks
