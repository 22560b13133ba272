// SPDX-License-Identifier: Apache-2.0
// Whatever bytes come as a line: refused, or read, written and read again as the same value.
#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    namespace event = seakeeper::event;
    const auto first = event::parse({reinterpret_cast<const char*>(bytes), size});
    if (!first) {
        return 0;
    }
    const std::string written = event::serialize(*first);
    const auto second = event::parse(written);
    if (!second || *second != *first || event::serialize(*second) != written) {
        std::abort();
    }
    (void)event::semantic_key(*first);
    (void)event::split_batch(*first);
    return 0;
}
