// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fake_transport.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace seakeeper::test {

/// One answer of a real Gerrit (test/data/gerrit/rest/VERSION/NAME.json).
struct GerritRecording {
    std::string name;    ///< "change-approved"
    std::string request; ///< "GET /changes/demo%2Fapp~60?..."
    int status = 0;
    std::string type;
    boost::json::value body; ///< a string where the answer was text

    bool is_json() const { return type.starts_with("application/json"); }
    http::Response response() const {
        if (is_json()) {
            return FakeTransport::response(
                status, type, ")]}'\n" + boost::json::serialize(body) + "\n"
            );
        }
        return FakeTransport::response(status, type, std::string{body.as_string()});
    }
};

inline std::filesystem::path gerrit_recordings(const std::string& version) {
    return std::filesystem::path{SEAKEEPER_TEST_DATA} / "gerrit" / "rest" / version;
}

inline GerritRecording gerrit_recording(const std::filesystem::path& file) {
    std::ifstream in{file};
    if (!in) {
        throw std::runtime_error{"no recording " + file.string()};
    }
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    const auto value = boost::json::parse(text);
    const auto& object = value.as_object();
    GerritRecording recording;
    recording.name = file.stem().string();
    recording.request = std::string{object.at("request").as_string()};
    recording.status = static_cast<int>(object.at("status").as_int64());
    recording.type = std::string{object.at("type").as_string()};
    recording.body = object.at("body");
    return recording;
}

inline GerritRecording gerrit_recording(const std::string& version, const std::string& name) {
    return gerrit_recording(gerrit_recordings(version) / (name + ".json"));
}

inline std::vector<GerritRecording> all_gerrit_recordings(const std::string& version) {
    std::vector<GerritRecording> all;
    for (const auto& entry : std::filesystem::directory_iterator{gerrit_recordings(version)}) {
        if (entry.path().extension() == ".json") {
            all.push_back(gerrit_recording(entry.path()));
        }
    }
    return all;
}

inline const std::vector<std::string> gerrit_versions{"3.10.2", "3.13.5"};

} // namespace seakeeper::test
