// SPDX-License-Identifier: Apache-2.0
#include "gerrit/rest_answer.hpp"
#include "gerrit/rest_json.hpp"

#include <boost/json/array.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// Any body from a peer that calls itself Gerrit: never an exception, and facts that were read can
// be stored and read back to the same.
namespace {

using namespace seakeeper;
using namespace seakeeper::gerrit;

void check_change(const boost::json::value& value) {
    auto reading = change_from(value);
    if (!reading) {
        return;
    }
    Facts facts;
    facts.change.value = std::move(reading->change);
    const auto again = facts_from_json(to_json(facts));
    if (!again || *again != facts) {
        std::abort();
    }
}

void parse_all(const boost::json::value& value) {
    const auto project = ProjectName::parse("demo/app").value();
    const auto ref = RefName::parse("refs/heads/master").value();
    check_change(value);
    (void)change_page_from(value);
    (void)messages_from(value);
    (void)together_from(value, ChangeNumber{1});
    (void)numbers_from(value, project);
    (void)files_from(value);
    (void)submodules_from(value);
    (void)account_from(value);
    (void)single_account_from(value, "maint");
    (void)groups_from(value);
    (void)allowed_from(value);
    (void)places_from(value);
    (void)parents_of_commit_from(value);
    (void)ref_from(value, ref);
    (void)parent_from(value);
    (void)version_from(value);
    (void)label_definition_from(value, "Code-Review");
    (void)label_grants_from(value, {project}, "Code-Review");
    (void)applied_labels_from(value);
    if (value.is_object()) {
        (void)facts_from_json(value.get_object());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    (void)json_of({200, "application/json", text}, Repeatable::yes);
    (void)content_of({200, "text/plain", text});
    // Seeds are recordings without the prefix; the answer's body is their member `body`.
    const auto value =
        json_of({200, "application/json", ")]}'\n" + std::string{text}}, Repeatable::no);
    if (value) {
        parse_all(*value);
        if (value->is_object() && value->get_object().contains("body")) {
            parse_all(value->get_object().at("body"));
        }
    }
    return 0;
}
