// SPDX-License-Identifier: Apache-2.0
#include "pipeline/retention.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <sstream>

using namespace seakeeper;
using namespace seakeeper::pipeline;

TEST_CASE("what is forgotten is exported in lines of JSON, inputs first") {
    store::OldLine line;
    line.sequence = 7;
    line.line.bytes = R"({"type":"patchset-created"})";
    line.decisions.push_back({"d", "key", "test", "untrusted", "sk-a", R"({"format":1})", {}});
    line.verdicts.push_back({"d", "G1", "untrusted", "{}", {}, {}});
    store::WorkloadRow workload;
    workload.id = "sk-a";
    workload.state = store::WorkloadState::failed;
    line.workloads.push_back(workload);
    const std::vector<store::OldLine> lines{line};
    const std::vector<store::Input> inputs{{"i", "text"}, {"j", "\xff\xfe"}};
    std::istringstream text{exported(lines, inputs)};
    std::vector<boost::json::object> rows;
    for (std::string row; std::getline(text, row);) {
        rows.push_back(boost::json::parse(row).get_object());
    }
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].at("bytes").get_string() == "text");
    CHECK(rows[1].at("bytes_base64").get_string() == "//4=");
    CHECK(rows[2].at("line").get_string() == line.line.bytes);
    const boost::json::value whole(rows[2]);
    CHECK(whole.at_pointer("/decisions/0/record/format") == 1);
    CHECK(whole.at_pointer("/verdicts/0/gate") == "G1");
    CHECK(whole.at_pointer("/workloads/0/state") == "failed");
}
