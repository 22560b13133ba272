// SPDX-License-Identifier: Apache-2.0
#include "fields.hpp"
#include "policy_checks.hpp"
#include "policy_flow.hpp"
#include "tags.hpp"
#include "walk.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/workflow/policy.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <optional>

namespace seakeeper::workflow {
namespace json = boost::json;
using fields::Field;
using fields::Leaf;
using fields::Letter;
using fields::Object;
using fields::Shape;

namespace {

constexpr std::size_t most_findings = 100;

std::string shown(const json::value& value) {
    if (const auto* text = value.if_string()) {
        return quoted(*text, 80);
    }
    if (value.is_object()) {
        return "a mapping";
    }
    return value.is_array() ? "a list" : json::serialize(value);
}

/// Walks the whole object by the tables.
class Walker {
public:
    Walker(const Definition& definition, const Policy& policy)
        : definition_{definition}, policy_{policy} {}

    std::vector<Finding> run() {
        walk(definition_.tree(), Object::workflow, Trail{""});
        const FlowReport report = [this](FlowObjection objection) {
            if (is_said_literal(objection)) {
                return;
            }
            add(std::move(objection.pointer),
                {objection.rule, std::move(objection.reason), std::move(objection.accepted)},
                std::move(objection.found));
        };
        check_calls(definition_, policy_, report);
        check_inline(definition_, report);
        check_interpolation(definition_, policy_, report);
        check_references(definition_, report);
        std::ranges::stable_sort(findings_, {}, &Finding::place);
        findings_.resize(std::min(findings_.size(), most_findings));
        return std::move(findings_);
    }

private:
    /// A tag where none may stand needs no word about what it names.
    bool is_said_literal(const FlowObjection& objection) const {
        return objection.rule.str() == "reference"
               && std::ranges::any_of(findings_, [&](const Finding& finding) {
                      return finding.rule == "literal" && finding.path == objection.pointer;
                  });
    }

    void add(std::string pointer, Objection objection, std::string found) {
        if (findings_.size() >= 10 * most_findings) {
            return;
        }
        const auto place = definition_.place_of(pointer);
        findings_.push_back(Finding{
            std::string{objection.rule.str()},
            definition_.file(),
            place,
            std::move(pointer),
            std::move(found),
            std::move(objection.reason),
            std::move(objection.accepted)});
    }

    void walk(const json::object& object, Object type, const Trail& at) {
        if (auto objection = check_object(type, object, policy_)) {
            add(at.pointer(), *std::move(objection), fields::phrase_of(type));
        }
        for (const auto& [key, value] : object) {
            visit(value, *fields::find(type, key), type, {at, std::string_view{key}});
        }
    }

    void visit(const json::value& value, const Field& field, Object type, const Trail& at) {
        const auto refuse = [&](Objection objection) {
            add(at.pointer(), std::move(objection), fmt::format("{}: {}", field.name, shown(value))
            );
        };
        if (is_forbidden(field, type)) {
            const auto& reason = fields::reason_of(field.why);
            return refuse({reason.rule, std::string{reason.text}, std::string{reason.accepted}});
        }
        if (is_named(policy_.forbidden, field, type)) {
            return refuse({"site", "this site forbids it", "a file without it"});
        }
        if (auto objection = check_value(field.check, value, policy_)) {
            refuse(*std::move(objection));
        }
        descend(value, field.type, field, at);
    }

    bool is_forbidden(const Field& field, Object type) const {
        const auto letter = field.letter(policy_.trust_class);
        return letter == Letter::forbid
               || (letter == Letter::grant && !is_named(policy_.granted, field, type));
    }

    static bool is_named(const std::vector<std::string>& names, const Field& field, Object type) {
        return !names.empty()
               && std::ranges::find(names, fields::id_of(type, field)) != names.end();
    }

    void descend(
        const json::value& value, const fields::Type& type, const Field& field, const Trail& at
    ) {
        if (const auto* list = value.if_array()) {
            for (std::size_t i = 0; i < list->size(); ++i) {
                descend((*list)[i], {type.leaf, type.object}, field, {at, i});
            }
            return;
        }
        if (const auto* object = value.if_object()) {
            return descend_object(*object, type, field, at);
        }
        if (const auto* text = value.if_string()) {
            check_tags(*text, field, at);
        }
    }

    void descend_object(
        const json::object& object, const fields::Type& type, const Field& field, const Trail& at
    ) {
        if (type.leaf == Leaf::object && type.shape != Shape::map) {
            return walk(object, type.object, at);
        }
        for (const auto& [key, value] : object) {
            const Trail member_at{at, std::string_view{key}};
            check_tags(key, field, member_at);
            descend(value, {type.leaf, type.object}, field, member_at);
        }
    }

    void check_tags(std::string_view text, const Field& field, const Trail& at) {
        if (text.find("{{") == text.npos || field.letter(policy_.trust_class) == Letter::set) {
            return;
        }
        if (!field.tags) {
            return add(
                at.pointer(),
                {"literal",
                 "Argo would rewrite it after it was checked",
                 fmt::format("a literal {} without '{{{{'", field.name)},
                quoted(text, 80)
            );
        }
        for (const auto& tag : tags_of(text)) {
            if (tag.is_expression) {
                add(at.pointer(),
                    {"expression",
                     "expressions run in Argo's controller, and a wrong one hangs the run",
                     "simple tags: {{inputs.parameters.NAME}}"},
                    quoted(tag.name, 80));
            } else if (!tag.is_sound) {
                add(at.pointer(),
                    {"tag",
                     "it is no name that Argo knows",
                     "{{NAME}} of letters, digits, '.', '-', '_'"},
                    quoted(text, 80));
            }
        }
    }

    const Definition& definition_;
    const Policy& policy_;
    std::vector<Finding> findings_;
};

} // namespace

std::string to_string(const Finding& finding) {
    return fmt::format(
        "{}:{}:{}: found {}: {}; accepted is {} [{}]",
        finding.file,
        finding.place.line,
        finding.place.column,
        finding.found,
        finding.reason,
        finding.accepted,
        finding.rule
    );
}

std::vector<Finding> police(const Definition& definition, const Policy& policy) {
    return Walker{definition, policy}.run();
}

std::span<const Rule> policy_rules() {
    return rules;
}

Status check_fields(const Policy& policy) {
    const auto letter_of = [&](std::string_view id) -> std::optional<Letter> {
        for (auto i = static_cast<int>(Object::workflow); i < static_cast<int>(Object::last); ++i) {
            const auto object = static_cast<Object>(i);
            for (const auto& field : fields::of(object)) {
                if (fields::id_of(object, field) == id) {
                    return field.letter(policy.trust_class);
                }
            }
        }
        return std::nullopt;
    };
    for (const auto& id : policy.forbidden) {
        if (!letter_of(id)) {
            return Error{
                Errc::invalid_argument,
                fmt::format("forbidding {}: found no such field", quoted(id, 80))};
        }
    }
    for (const auto& id : policy.granted) {
        if (letter_of(id) != Letter::grant) {
            return Error{
                Errc::invalid_argument,
                fmt::format(
                    "granting {} to {}: found no field that a site may grant to this class",
                    quoted(id, 80),
                    trust::to_string(policy.trust_class)
                )};
        }
    }
    return {};
}

Error refusal_of(std::span<const Finding> findings) {
    std::string text;
    for (const auto& finding : findings) {
        text += text.empty() ? "" : "\n";
        text += to_string(finding);
    }
    return {Errc::refused, std::move(text)};
}

} // namespace seakeeper::workflow
