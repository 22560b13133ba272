// SPDX-License-Identifier: Apache-2.0
#include "record_json.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/decision/record.hpp>

#include <fmt/format.h>

#include <limits>

namespace seakeeper::decision {
namespace {

std::string_view word_of(trust::Otherwise otherwise) {
    return otherwise == trust::Otherwise::untrusted ? "untrusted" : "nothing";
}

void write(JsonText& out, const SubjectRecord& subject) {
    out.open('{');
    out.member("project", subject.project);
    out.member("change", subject.change);
    out.member("patchSet", subject.patch_set);
    out.member("revision", subject.revision);
    out.member("ref", subject.ref);
    out.member("branch", subject.branch);
    out.close('}');
}

void write(JsonText& out, const DefinitionRecord& definition) {
    out.open('{');
    out.member("project", definition.project);
    out.member("commit", definition.commit);
    out.member("path", definition.path);
    out.member("blob", definition.blob);
    out.close('}');
}

void write(JsonText& out, const std::vector<std::string>& texts) {
    out.open('[');
    for (const auto& text : texts) {
        out.text(text);
    }
    out.close(']');
}

constexpr std::size_t usual_bytes = 4096;

std::uint32_t small_number(MemberReader& reader, std::string_view key) {
    const auto value = reader.number(key);
    if (value < 0 || value > std::numeric_limits<std::uint32_t>::max()) {
        reader.fail(key);
        return 0;
    }
    return static_cast<std::uint32_t>(value);
}

SubjectRecord subject_from(MemberReader& outer) {
    MemberReader reader{outer.object("subject")};
    SubjectRecord subject;
    subject.project = reader.text("project");
    subject.change = small_number(reader, "change");
    subject.patch_set = small_number(reader, "patchSet");
    subject.revision = reader.text("revision");
    subject.ref = reader.text("ref");
    subject.branch = reader.text("branch");
    if (!reader.fault().empty()) {
        outer.fail("subject");
    }
    return subject;
}

DefinitionRecord definition_from(MemberReader& outer) {
    MemberReader reader{outer.object("definition")};
    DefinitionRecord definition;
    definition.project = reader.text("project");
    definition.commit = reader.text("commit");
    definition.path = reader.text("path");
    definition.blob = reader.text("blob");
    if (!reader.fault().empty()) {
        outer.fail("definition");
    }
    return definition;
}

/// The members that are words; verdicts and inputs are read by the caller.
Record plain_members(MemberReader& reader) {
    Record record;
    record.server = reader.text("server");
    record.event_key = reader.text("eventKey");
    record.event_type = reader.text("eventType");
    record.trigger = reader.text("trigger");
    const auto otherwise = reader.text("otherwise");
    record.otherwise =
        otherwise == "untrusted" ? trust::Otherwise::untrusted : trust::Otherwise::nothing;
    if (otherwise != word_of(record.otherwise)) {
        reader.fail("otherwise");
    }
    for (const auto& fault : reader.array("faults")) {
        if (!fault.is_string()) {
            reader.fail("faults");
            break;
        }
        record.faults.emplace_back(fault.get_string());
    }
    record.subject = subject_from(reader);
    record.definition = definition_from(reader);
    record.workload = reader.text("workload");
    record.attempt = small_number(reader, "attempt");
    record.decided_at = time_of(reader.number("decidedAt"));
    return record;
}

Error malformed(std::string_view member) {
    return Error{
        Errc::malformed, fmt::format("reading a decision record: member {}", quoted(member))};
}

Status read_verdicts(MemberReader& reader, Record& record) {
    auto requested = class_from(reader.text("requested"));
    auto runs_as = class_from(reader.text("runsAs"));
    auto verdict = verdict_from(reader.object("verdict"));
    auto inputs = inputs_from(reader.array("inputs"));
    if (!requested || !runs_as) {
        return malformed("requested");
    }
    if (!verdict) {
        return std::move(verdict).error();
    }
    if (!inputs) {
        return std::move(inputs).error();
    }
    record.requested = *requested;
    record.runs_as = *runs_as;
    record.verdict = std::move(verdict).value();
    record.inputs = std::move(inputs).value();
    if (!reader.has("fallback")) {
        return {};
    }
    auto fallback = verdict_from(reader.object("fallback"));
    if (!fallback) {
        return std::move(fallback).error();
    }
    record.fallback = std::move(fallback).value();
    return {};
}

Status check_format(MemberReader& reader) {
    const auto format = reader.number("format");
    if (!reader.fault().empty() || format < 1) {
        return malformed("format");
    }
    if (format > record_format) {
        return Error{
            Errc::unsupported,
            fmt::format(
                "reading a decision record: format {} is newer than {}", format, record_format
            )};
    }
    return {};
}

} // namespace

std::string to_json(const Record& record) {
    JsonText out{usual_bytes};
    out.open('{');
    out.member("format", record.format);
    out.member("server", record.server);
    out.member("eventKey", record.event_key);
    out.member("eventType", record.event_type);
    out.member("trigger", record.trigger);
    out.member("requested", trust::to_string(record.requested));
    out.member("otherwise", word_of(record.otherwise));
    out.member("runsAs", trust::to_string(record.runs_as));
    write(out.key("verdict"), record.verdict);
    if (record.fallback) {
        write(out.key("fallback"), *record.fallback);
    }
    write(out.key("faults"), record.faults);
    write(out.key("subject"), record.subject);
    write(out.key("definition"), record.definition);
    out.member("workload", record.workload);
    out.member("attempt", record.attempt);
    write(out.key("inputs"), record.inputs);
    out.member("decidedAt", milliseconds_of(record.decided_at));
    return out.close('}').take();
}

Result<Record> record_from_json(std::string_view text) {
    auto object = object_from(text);
    if (!object) {
        return std::move(object).error();
    }
    MemberReader reader{*object};
    if (auto known = check_format(reader); !known) {
        return known.error();
    }
    auto record = plain_members(reader);
    if (auto read = read_verdicts(reader, record); !read) {
        return read.error();
    }
    if (!reader.fault().empty()) {
        return malformed(reader.fault());
    }
    return record;
}

std::string digest_of(const Record& record) {
    return sha256_hex(to_json(record));
}

std::string_view to_string(Gate gate) noexcept {
    switch (gate) {
    case Gate::before_create:
        return "G1";
    case Gate::before_trust:
        return "G2";
    case Gate::while_running:
        return "running";
    }
    return "G1";
}

std::string to_json(const GateRecord& record) {
    JsonText out{usual_bytes};
    out.open('{');
    out.member("format", record_format);
    out.member("gate", to_string(record.gate));
    out.member("decision", record.decision);
    write(out.key("verdict"), record.verdict);
    write(out.key("inputs"), record.inputs);
    write(out.key("differences"), record.differences);
    out.member("judgedAt", milliseconds_of(record.judged_at));
    return out.close('}').take();
}

Result<GateRecord> gate_from_json(std::string_view text) {
    auto object = object_from(text);
    if (!object) {
        return std::move(object).error();
    }
    MemberReader reader{*object};
    if (auto known = check_format(reader); !known) {
        return known.error();
    }
    GateRecord record;
    const auto gate = reader.text("gate");
    for (const auto each : {Gate::before_create, Gate::before_trust, Gate::while_running}) {
        record.gate = gate == to_string(each) ? each : record.gate;
    }
    record.decision = reader.text("decision");
    record.judged_at = time_of(reader.number("judgedAt"));
    auto verdict = verdict_from(reader.object("verdict"));
    auto inputs = inputs_from(reader.array("inputs"));
    if (!reader.fault().empty() || gate != to_string(record.gate) || !verdict || !inputs) {
        return malformed(reader.fault().empty() ? "gate" : reader.fault());
    }
    record.verdict = std::move(verdict).value();
    record.inputs = std::move(inputs).value();
    for (const auto& each : reader.array("differences")) {
        record.differences.emplace_back(each.is_string() ? each.get_string() : "");
    }
    return reader.fault().empty() ? Result<GateRecord>{record}
                                  : Result<GateRecord>{malformed(reader.fault())};
}

trust::Class class_after(const Record& record, const std::vector<GateRecord>& gates) noexcept {
    auto value = record.runs_as;
    for (const auto& gate : gates) {
        value = trust::meet(value, gate.verdict.value);
    }
    return value;
}

} // namespace seakeeper::decision
