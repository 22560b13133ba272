// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/workflow/binding.hpp>
#include <seakeeper/workflow/policy.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace seakeeper;

namespace {

workflow::Binding binding() {
    workflow::Binding one;
    one.workload = "sk-aaaaaaaaaaaaaaaaaaaaaaaaaa";
    one.site.namespace_ = "ci";
    one.site.service_account = "runner";
    one.site.executor_service_account = "executor";
    return one;
}

} // namespace

/// Whatever the bytes: a definition or an error, never an exception; what both parse and police let
/// through can be bound, or is refused with a sentence, and never carries an expression.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const auto definition = workflow::Definition::parse(bytes, "fuzz.yaml");
    if (!definition) {
        if (!definition.error().message.starts_with("fuzz.yaml:")) {
            std::abort();
        }
        return 0;
    }
    const bool is_clean = workflow::police(*definition, {}).empty();
    const auto bound = workflow::bind(*definition, binding());
    if (is_clean && bound && bound->json.find("{{=") != std::string::npos) {
        std::abort();
    }
    return 0;
}
