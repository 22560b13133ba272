// SPDX-License-Identifier: Apache-2.0
#include "core/json_text.hpp"

#include <seakeeper/decision/check_site.hpp>

#include <set>

namespace seakeeper::decision {
namespace {

std::string_view word_of(Severity severity) {
    return severity == Severity::warning ? "warning" : "error";
}

/// A path as a relative URI reference (RFC 3986).
std::string uri_of(std::string_view path) {
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string uri;
    for (const char c : path) {
        if (plain.find(c) != plain.npos) {
            uri += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            uri += '%';
            uri += digits[byte >> 4];
            uri += digits[byte & 15];
        }
    }
    return uri;
}

void write_result(JsonText& out, const Finding& finding) {
    out.open('{');
    out.member("ruleId", finding.rule);
    out.member("level", word_of(finding.severity));
    out.key("message").open('{').member("text", finding.text).close('}');
    out.key("locations").open('[').open('{').key("physicalLocation").open('{');
    out.key("artifactLocation").open('{').member("uri", uri_of(finding.path)).close('}');
    out.key("region").open('{');
    out.member("startLine", static_cast<std::int64_t>(finding.line));
    out.member("startColumn", static_cast<std::int64_t>(finding.column));
    out.close('}').close('}').close('}').close(']').close('}');
}

} // namespace

std::string findings_json(std::span<const Finding> findings, std::size_t files) {
    JsonText out{1024};
    out.open('{');
    out.member("files", static_cast<std::int64_t>(files));
    out.key("findings").open('[');
    for (const auto& finding : findings) {
        out.open('{');
        out.member("path", finding.path);
        out.member("line", static_cast<std::int64_t>(finding.line));
        out.member("column", static_cast<std::int64_t>(finding.column));
        out.member("severity", word_of(finding.severity));
        out.member("rule", finding.rule);
        out.member("text", finding.text);
        out.member("accepted", finding.accepted);
        out.close('}');
    }
    return out.close(']').close('}').take();
}

std::string findings_sarif(std::span<const Finding> findings, std::string_view version) {
    std::set<std::string> rules;
    for (const auto& finding : findings) {
        rules.insert(finding.rule);
    }
    JsonText out{4096};
    out.open('{');
    out.member(
        "$schema",
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    );
    out.member("version", "2.1.0");
    out.key("runs").open('[').open('{');
    out.key("tool").open('{').key("driver").open('{');
    out.member("name", "seakeeperd check");
    out.member("semanticVersion", version);
    out.key("rules").open('[');
    for (const auto& rule : rules) {
        out.open('{').member("id", rule).close('}');
    }
    out.close(']').close('}').close('}');
    out.member("columnKind", "unicodeCodePoints");
    out.key("results").open('[');
    for (const auto& finding : findings) {
        write_result(out, finding);
    }
    return out.close(']').close('}').close(']').close('}').take();
}

} // namespace seakeeper::decision
