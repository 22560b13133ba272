// SPDX-License-Identifier: Apache-2.0
#include "workflow/condition_evaluation.hpp"
#include "workflow/expr_evaluation.hpp"
#include "workflow/go_json.hpp"
#include "workflow/substitution.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::workflow;

namespace {

const boost::json::object environment = boost::json::parse(R"({
  "steps": {"a": {"status": "Succeeded", "outputs": {"result": "7", "parameters": {"p": "x"}}}, "b-c": {"status": "Failed"}},
  "inputs": {"parameters": {"list": "[{\"a\":\"x\",\"n\":1},{\"a\":\"y\",\"n\":43}]", "n": "3"}},
  "item": "one", "retries": "2", "list": ["aa", "ab", "b"], "map": {"k": 1}})")
                                            .as_object();

std::string value_of(std::string_view text) {
    auto parsed = parse_expr(text);
    if (!parsed) {
        return "not read: " + parsed.error().message;
    }
    auto value = evaluate(*parsed, environment);
    return value ? go_json(*value) : "fails: " + value.error().message;
}

} // namespace

TEST_CASE("expressions are computed as expr-lang does") {
    const std::pair<const char*, const char*> rows[] = {
        {"1 + 2 * 3", "7"},
        {"7 / 2", "3.5"},
        {"7 % 4", "3"},
        {"2 ** 3", "8"},
        {"-3 + 1.5", "-1.5"},
        {"1e", "not read"},
        {"'a' + \"b\"", "\"ab\""},
        {"steps.a.status == 'Succeeded'", "true"},
        {"steps['b-c'].status", "\"Failed\""},
        {"steps.x", "null"},
        {"steps.x.y", "fails: cannot fetch y from <nil>"},
        {"steps.x?.y ?? 'z'", "\"z\""},
        {"nosuch", "fails: unknown name"},
        {"asInt(steps.a.outputs.result) > 5 ? 'many' : 'few'", "\"many\""},
        {"true || nosuch", "true"},
        {"not (1 == 1) or 2 in [1, 2]", "true"},
        {"'ab' not in ['ab']", "false"},
        {"'abc' startsWith 'ab' && 'abc' endsWith 'bc' && 'abc' contains 'b'", "true"},
        {"'abc' matches '^a.c$'", "true"},
        {"filter(list, {# endsWith \"b\"})", "[\"ab\",\"b\"]"},
        {"map(list, len(#))", "[2,2,1]"},
        {"map([[1, 2]], {toJson({a: #[0], 'b': {c: #[1]}})})[0]", R"("{\"a\":1,\"b\":{\"c\":2}}")"},
        {"all(list, {len(#) > 0}) and any(list, # == 'b')", "true"},
        {"count(list, {# startsWith 'a'})", "2"},
        {"list[0]", "\"aa\""},
        {"list[-1]", "\"b\""},
        {"list[1:]", "[\"ab\",\"b\"]"},
        {"'hello'[1:3]", "\"el\""},
        {"toJson(map)", "\"{\\\"k\\\":1}\""},
        {"jsonpath(inputs.parameters.list, '$[0].a')", "\"x\""},
        {"jsonpath(inputs.parameters.list, '$[*].n')", "[1,43]"},
        {"jsonpath(inputs.parameters.list, '$[?(@.n>42 && @.n<44)].a')", "[\"y\"]"},
        {"sprig.trim('  x ')", "\"x\""},
        {"{a: 1, 'b': [2]}", "{\"a\":1,\"b\":[2]}"},
        {"1 < 'a'", "fails: < does not fit"},
        {"sprig.getHostByName('x')",
         "fails: the function \"sprig.getHostByName\" is not known here"},
        {"repeat('abcdefgh', 1000000)", "fails: repeat() makes too much"},
        {"1 +", "not read"},
        {"let x = 1; x", "not read"},
    };
    for (const auto& [text, wanted] : rows) {
        CAPTURE(text);
        const auto got = value_of(text);
        CHECK_MESSAGE(got.starts_with(wanted), got);
    }
    CHECK(value_of(std::string(100, '(') + "1").starts_with("not read"));
    CHECK(value_of(std::string(70'000, '1')).starts_with("not read"));
    std::string deep = "list";
    for (int i = 0; i < 12; ++i) {
        deep = "map(list, {" + deep + "})";
    }
    CHECK(value_of(deep).starts_with("fails: "));
}

TEST_CASE("functions that are not known are found without computing") {
    const auto known = [](std::string_view text) {
        auto parsed = parse_expr(text);
        REQUIRE(parsed);
        return check_functions(*parsed);
    };
    CHECK(known("true ? sprig.trim('a') : toJson(filter(list, {len(#) > 1}))"));
    for (const char* unknown :
         {"sprig.date('2006', item)",
          "true || now()",
          "[map(list, {sprig.env(#)})]",
          "item.Unix()"}) {
        CAPTURE(unknown);
        const auto found = known(unknown);
        REQUIRE(!found);
        CHECK(found.error().is(Errc::unsupported));
    }
    CHECK(known("sprig.date(1)").error().message.starts_with("the function \"sprig.date\" is not"));
}

TEST_CASE("conditions of steps are computed as govaluate does") {
    const std::pair<const char*, const char*> rows[] = {
        {"", "yes"},
        {"true", "yes"},
        {"a == a", "yes"},
        {"1 == '1'", "no"},
        {"1.0 == 1", "yes"},
        {"'' == ''", "yes"},
        {"a in (a, b)", "yes"},
        {"true == 'true'", "no"},
        {"2026-11-22 == 2026-11-22", "yes"},
        {"'abc' =~ '^a' && !(1 > 2)", "yes"},
        {"x != y || 1 == 2", "yes"},
        {"3 >= 2 && 2 < 3", "yes"},
        {"yes", "Expected boolean evaluation for 'yes'. Got yes"},
        {"foo-bar == foo-bar", "Failed to evaluate 'when'"},
        {"a.b == a.b", "Invalid 'when' expression 'a.b == a.b'"},
        {"v1.2 == v1.2",
         "Failed to evaluate 'when' expresion 'v1.2 == v1.2': No parameter 'v1' found."},
        {"a b c", "Invalid 'when'"},
        {"'x' =~ '['", "Invalid 'when'"},
        {"(a == a", "Invalid 'when'"},
    };
    for (const auto& [text, wanted] : rows) {
        CAPTURE(text);
        const auto got = evaluate_when(text);
        const std::string said = got ? (*got ? "yes" : "no") : got.error().message;
        CHECK_MESSAGE(said.starts_with(wanted), said);
    }
}

TEST_CASE("conditions of tasks ask how each task ended") {
    const TaskOutcome outcome = [](std::string_view task, std::string_view result) {
        return task == "good-one" ? result.empty() || result == "Succeeded" : result == "Failed";
    };
    CHECK(evaluate_depends("good-one && bad.Failed", outcome).value());
    CHECK(evaluate_depends("!(bad || good-one.Failed)", outcome).value());
    CHECK_FALSE(evaluate_depends("bad && good-one", outcome).value());
    CHECK_FALSE(evaluate_depends("a && ", outcome));
}

TEST_CASE("tags are replaced as Argo replaces them") {
    Variables outer;
    outer.set("workflow.name", "wf");
    Variables variables{&outer};
    variables.set("steps.a.outputs.result", "<{{workflow.name}}>");
    variables.set("bell", "\a");
    const auto kept = [&](std::string_view text) {
        auto got = substitute(text, variables, Unresolved::kept);
        return got ? *got : got.error().message;
    };
    CHECK(kept("{{workflow.name}} {{ steps.a.outputs.result }}") == "wf <{{workflow.name}}>");
    CHECK(kept("{{nosuch}} {{=nosuch.x}} {{ open") == "{{nosuch}} {{=nosuch.x}} {{ open");
    CHECK(kept("{{=workflow.name + 'x'}}") == "wfx");
    CHECK(kept("{{=1+}}").starts_with("failed to evaluate expression"));
    CHECK(kept("{{bell}}").find("invalid JSON") != std::string::npos);
    CHECK_FALSE(substitute("{{steps.b.outputs.result}}", variables, Unresolved::outputs_refused));
    CHECK(substitute("{{item}}", variables, Unresolved::outputs_refused).value() == "{{item}}");
    CHECK_FALSE(substitute("{{item}}", variables, Unresolved::refused));
}

TEST_CASE("JSON is written as Go writes it") {
    const auto value = boost::json::parse(
        R"({"b":1.50,"a":[null,true,"<\u2028"],"c":1e25,"d":12345678901234567890})"
    );
    CHECK(
        go_json(value)
        == R"({"a":[null,true,"\u003c\u2028"],"b":1.5,"c":1e+25,"d":12345678901234567890})"
    );
    CHECK(go_text(boost::json::parse(R"([1,{"k":"v"},null])")) == "[1 map[k:v] <nil>]");
}
