// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/trust/reason.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

using namespace seakeeper;

TEST_CASE("reason codes have one identifier each, and what is wrong has a remedy") {
    std::set<std::string_view> ids;
    for (const auto& row : trust::reasons()) {
        CAPTURE(row.id);
        CHECK(ids.insert(row.id).second);
        CHECK(trust::reason_code_of(row.id) == row.code);
        CHECK(&trust::reason(row.code) == &row);
        CHECK_FALSE(row.meaning.empty());
        CHECK(row.remedy.empty() == row.is_good);
        CHECK_FALSE((row.is_good && row.is_unread));
        CHECK(row.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
    }
    CHECK_FALSE(trust::reason_code_of("no-such-code"));
}

TEST_CASE("conditions are named C1 to C12") {
    for (int i = 1; i <= 12; ++i) {
        const auto condition = static_cast<trust::Condition>(i);
        CHECK(trust::to_string(condition) == "C" + std::to_string(i));
        CHECK(trust::condition_of("C" + std::to_string(i)) == condition);
    }
    CHECK_FALSE(trust::condition_of("C13"));
    CHECK_FALSE(trust::condition_of(""));
}

TEST_CASE("docs/trust.md has a row for every reason code, in the same words") {
    std::ifstream file{SEAKEEPER_DOCS "/trust.md"};
    std::stringstream text;
    text << file.rdbuf();
    const auto page = text.str();
    REQUIRE_FALSE(page.empty());
    for (const auto& row : trust::reasons()) {
        std::string line = "| `";
        line.append(row.id).append("` | ").append(trust::to_string(row.condition)).append(" | ");
        line.append(row.meaning).append(" | ").append(row.remedy);
        CAPTURE(line);
        CHECK(page.find(line) != std::string::npos);
    }
}
