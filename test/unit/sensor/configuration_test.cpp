// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace seakeeper;
using namespace seakeeper::sensor;
using namespace seakeeper::sensor::test;

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
}

std::vector<fs::path> files(const char* folder) {
    std::vector<fs::path> result;
    for (const auto& entry :
         fs::directory_iterator{fs::path{SEAKEEPER_TEST_DATA} / "sensor" / folder}) {
        if (entry.path().extension() == ".yaml") {
            result.push_back(entry.path());
        }
    }
    std::ranges::sort(result);
    REQUIRE_FALSE(result.empty());
    return result;
}

std::string findings_of(std::string_view yaml, const ConfigurationLimits& limits = {}) {
    PatternPool pool;
    std::string result;
    for (const Finding& finding : read_configuration(yaml, "f", pool, limits).findings) {
        result += to_string(finding) + "\n";
    }
    return result;
}

std::string repeated(std::size_t count, std::string_view line) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) {
        result += fmt::format(fmt::runtime(line), i);
    }
    return result;
}

} // namespace

TEST_SUITE("configuration") {

    TEST_CASE("the example of the manual is read as it is meant") {
        const std::string yaml =
            read_file(fs::path{SEAKEEPER_TEST_DATA} / "sensor/good/manual.yaml");
        const auto read = parse_configuration(yaml, "seakeeper.yaml");
        REQUIRE_MESSAGE(read, read.error().message);
        REQUIRE(read->triggers.size() == 2);
        const Trigger& test = read->triggers[0].rule;
        CHECK(test.name.str() == "test");
        CHECK(test.place == Place{"seakeeper.yaml", 3, 3});
        CHECK(test.definition.path == "workflows/test.yaml");
        CHECK(test.requested == RequestedClass::untrusted);
        CHECK(
            test.parameters
            == std::vector<Parameter>{{"suite", "unit"}, {"jobs", "4"}, {"slow", "false"}}
        );
        CHECK(test.report.label == "Verified");
        CHECK(test.report.success == 1);
        CHECK(test.report.failure == -1);
        CHECK(test.report.at_start);
        CHECK(test.report.message == "How to run this yourself: docs/ci.md");
        CHECK(test.kinds.count() == 2);
        const Trigger& publish = read->triggers[1].rule;
        CHECK(publish.requested == RequestedClass::trusted);
        CHECK(publish.otherwise_untrusted);
        CHECK(publish.wants_deployable);
        CHECK(publish.report.is_silent);
        CHECK(publish.is_overridable);
    }

    TEST_CASE("good files have no finding") {
        for (const fs::path& path : files("good")) {
            CAPTURE(path.filename().string());
            CHECK(findings_of(read_file(path)) == "");
        }
        CHECK(findings_of("") == "");
        CHECK(findings_of("triggers:\n") == "");
        CHECK(findings_of("triggers: {}\n") == "");
    }

    // SEAKEEPER_ACCEPT=1 writes what is found as what is expected.
    TEST_CASE("every mistake of the bad files is told with file, line and column") {
        for (const fs::path& path : files("bad")) {
            CAPTURE(path.filename().string());
            fs::path expected = path;
            expected.replace_extension(".expected");
            const std::string found = findings_of(read_file(path));
            CHECK(found != "");
            if (std::getenv("SEAKEEPER_ACCEPT") != nullptr) {
                std::ofstream{expected, std::ios::binary} << found;
            }
            CHECK(found == read_file(expected));
        }
    }

    TEST_CASE("parse_configuration fails with every finding on a line of its own") {
        const auto read = parse_configuration("triggers:\n  a: 1\n  b: 2\n", "x/seakeeper.yaml");
        REQUIRE_FALSE(read);
        CHECK(read.error().is(Errc::malformed));
        CHECK(read.error().message.starts_with("x/seakeeper.yaml:2:6: found the number"));
        CHECK(read.error().message.find("\nx/seakeeper.yaml:3:6: ") != std::string::npos);
    }

    TEST_CASE("each limit holds at n and is refused at n + 1") {
        ConfigurationLimits limits;
        limits.triggers = 3;
        limits.patterns = 4;
        limits.pattern_bytes = 10;
        limits.parameters = 2;
        limits.parameter_bytes = 5;
        limits.nesting = 2;
        const auto count = [&](const std::string& yaml) {
            const std::string found = findings_of(yaml, limits);
            CAPTURE(found);
            return std::ranges::count(found, '\n');
        };
        const auto triggers = [](std::size_t n) {
            return "triggers:\n"
                   + repeated(n, "  t{}: {{events: [change-merged], workflow: w.yaml}}\n");
        };
        CHECK(count(triggers(3)) == 0);
        CHECK(count(triggers(4)) == 1);
        const auto keys = [](const std::string& more) {
            return "triggers:\n  t:\n    events: [change-merged]\n    workflow: w.yaml\n" + more;
        };
        CHECK(count(keys("    branch:\n" + repeated(4, "    - b{}\n"))) == 0);
        CHECK(count(keys("    branch:\n" + repeated(5, "    - b{}\n"))) == 1);
        CHECK(count(keys("    branch: 1234567890x\n")) == 1);
        CHECK(count(keys("    branch: x234567890\n")) == 0);
        CHECK(count(keys("    parameters:\n" + repeated(2, "      p{}: x\n"))) == 0);
        CHECK(count(keys("    parameters:\n" + repeated(3, "      p{}: x\n"))) == 1);
        CHECK(count(keys("    parameters: {p: abcde}\n")) == 0);
        CHECK(count(keys("    parameters: {p: abcdef}\n")) == 1);
        CHECK(count(keys("    not: {not: {branch: x}}\n")) == 0);
        CHECK(count(keys("    not: {not: {not: {branch: x}}}\n")) == 1);
        limits.bytes = 60;
        CHECK(count("triggers: {}\n#" + std::string(60 - 14, 'x')) == 0);
        CHECK(count("triggers: {}\n#" + std::string(61 - 14, 'x')) == 1);
    }

    TEST_CASE("names of triggers fit labels of Kubernetes") {
        for (const char* good : {"a", "test-php8.3", "A_b", "9"}) {
            CHECK(TriggerName::parse(good));
        }
        CHECK(TriggerName::parse(std::string(63, 'a')));
        for (const char* bad : {"", "-a", "a-", "a b", "a/b", "\u00e4", "a\n"}) {
            CHECK_FALSE(TriggerName::parse(bad));
        }
        CHECK_FALSE(TriggerName::parse(std::string(64, 'a')));
    }
}
