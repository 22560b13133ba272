// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <workflow/expression.hpp>

using namespace seakeeper::workflow;

namespace {

/// What it reads, or where it breaks.
std::string read(std::string_view text) {
    const auto expression = parse_expression(text);
    if (expression.fault) {
        return fmt::format("! {}", expression.fault->offset);
    }
    std::string names;
    for (const auto& name : expression.names) {
        names += names.empty() ? "" : " ";
        names += fmt::format("{}", fmt::join(name, "/"));
    }
    return names;
}

std::string condition(std::string_view text) {
    const auto fault = check_when(text);
    return fault ? fmt::format("! {}", fault->offset) : "";
}

std::string depends(std::string_view text) {
    const auto found = parse_depends(text);
    if (found.fault) {
        return fmt::format("! {}", found.fault->offset);
    }
    return fmt::format("{} | {}", fmt::join(found.tasks, " "), fmt::join(found.required, " "));
}

} // namespace

TEST_CASE("expressions are read as expr-lang reads them, without calls") {
    CHECK(read("1") == "");
    CHECK(read("lastRetry.exitCode != '2'") == "lastRetry/exitCode");
    CHECK(
        read("steps['flip-coin'].outputs.result == \"heads\"") == "steps/flip-coin/outputs/result"
    );
    CHECK(read("a ? b.c : (d ?? 'x')") == "a b/c d");
    CHECK(read("!(a && b || not c) and d in ['x', 'y']") == "a b c d");
    CHECK(read("a not in [1, 2.5] or b contains 'x' and c startsWith 'y'") == "a b c");
    CHECK(read("inputs?.parameters[\"a-b\"] == nil") == "inputs/parameters/a-b");
    CHECK(read("a\n  ==\n  true") == "a");
    CHECK(read("-1 + 2 * 3 ** 4 % 5") == "");
    CHECK(read("[]") == "");
    CHECK(read("steps.my-step.outputs.result") == "steps/my step/outputs/result");
}

TEST_CASE("what is no expression, or more than one may use, is refused where it breaks") {
    CHECK(read("") == "! 0");
    CHECK(read("1+") == "! 2");
    CHECK(read("a b") == "! 2");
    CHECK(read("(a") == "! 2");
    CHECK(read("a)") == "! 1");
    CHECK(read("a ? b") == "! 5");
    CHECK(read("'open") == "! 0");
    CHECK(read("asInt(lastRetry.exitCode) > 1") == "! 5");
    CHECK(read("a.b()") == "! 3");
    CHECK(read("a | upper") == "! 2");
    CHECK(read("filter(a, {# > 1})") == "! 6");
    CHECK(read("a; b") == "! 1");
    CHECK(read("let x = 1") == "! 0");
    CHECK(read("a matches '('") == "! 2");
    CHECK(read("a['x' + b]") == "! 6");
    CHECK(read("1x == 2") == "! 0");
    CHECK(read("{{a}}") == "! 0");
    CHECK(read("`a`") == "! 0");
    CHECK(read("a not b") == "! 6");
    CHECK(read(std::string(33, '(') + "a" + std::string(33, ')')).starts_with("!"));
    CHECK(read(std::string(31, '(') + "a" + std::string(31, ')')) == "a");
    CHECK(read(std::string(100, '!') + "a").starts_with("!"));
    CHECK(
        parse_expression("a b").fault->message
        == "\"b\" at its character 3, where an operator or "
           "the end fits"
    );
}

TEST_CASE("conditions of steps are conditions, whatever a tag may become") {
    for (const char* text :
         {"true",
          "{{item}} == x",
          "'{{a.b}}' != 'y z'",
          "{{a}}",
          "!{{a}}",
          "1 < 2 && x == x",
          "({{a}} == 1 || {{b}} =~ '^x') && !({{c}} == -1)",
          "{{a}} + 1 > 2",
          "\"{{a}}\" !~ \"b\""}) {
        CAPTURE(text);
        CHECK(condition(text) == "");
    }
    CHECK(condition("") == "! 0");
    CHECK(condition("foo") == "! 0");
    CHECK(condition("'{{a}}'") == "! 0");
    CHECK(condition("1") == "! 0");
    CHECK(condition("a b c (((") == "! 2");
    CHECK(condition("v1.2 == v1.2") == "! 2");
    CHECK(condition("{{a == 1") == "! 0");
    CHECK(condition("x && true") == "! 2");
    CHECK(condition("true && 1") == "! 9");
    CHECK(condition("x == 'y") == "! 5");
    CHECK(condition("f(x) == 1") == "! 1");
    CHECK(condition("(true") == "! 5");
    CHECK(condition(std::string(40, '(') + "true" + std::string(40, ')')).starts_with("!"));
}

TEST_CASE("conditions of tasks tell what must have run well before") {
    CHECK(depends("a") == "a | a");
    CHECK(depends("a && b.Succeeded") == "a b | a b");
    CHECK(depends("a || b") == "a b | ");
    CHECK(depends("(a || a && c) && b") == "a a c b | a b");
    CHECK(depends("a.Failed && b") == "a b | b");
    CHECK(depends("!a && my-task.Daemoned") == "a my-task | ");
    CHECK(depends("") == "! 0");
    CHECK(depends("a &&") == "! 4");
    CHECK(depends("a b") == "! 2");
    CHECK(depends("a.Nonsense") == "! 0");
    CHECK(depends("a.Failed.Failed") == "! 0");
    CHECK(depends("(a") == "! 2");
    CHECK(depends("a == b") == "! 2");
    CHECK(depends(std::string(40, '!') + "a").starts_with("!"));
}
