// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include <chrono>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

// What a real API server and a real Argo answered (Kubernetes 1.34.10, Argo Workflows 4.0.2).
namespace seakeeper::test {

namespace json = boost::json;

inline std::string recorded_text(const std::string& path) {
    std::ifstream in{std::string{SEAKEEPER_TEST_DATA} + "/kubernetes/" + path};
    if (!in) {
        throw std::runtime_error("no recording " + path);
    }
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

inline json::object recorded(const std::string& path) {
    return json::parse(recorded_text(path)).as_object();
}

struct RecordedAnswer {
    int status = 0;
    std::string body;
    std::optional<std::chrono::seconds> retry_after;
};

inline RecordedAnswer recorded_answer(const std::string& name) {
    const json::object all = recorded("api/" + name + ".json");
    RecordedAnswer answer;
    answer.status = static_cast<int>(all.at("status").as_int64());
    const json::value& body = all.at("body");
    answer.body = body.is_string() ? std::string{body.as_string()} : json::serialize(body);
    if (const json::value* wait = all.at("headers").as_object().if_contains("Retry-After")) {
        answer.retry_after = std::chrono::seconds{std::stoi(std::string{wait->as_string()})};
    }
    return answer;
}

/// The lines of a recorded watch.
inline std::vector<std::string> recorded_lines(const std::string& name) {
    const json::object all = recorded("api/" + name + ".json");
    std::vector<std::string> lines;
    for (const json::value& event : all.at("events").as_array()) {
        lines.push_back(json::serialize(event.as_object().at("line")));
    }
    return lines;
}

} // namespace seakeeper::test
