// SPDX-License-Identifier: Apache-2.0
// A stranger's program: the policy library alone.
#include <seakeeper/event/parse.hpp>

#include <cstdio>

int main() {
    const auto event = seakeeper::event::parse(R"({"type":"dropped-output","eventCreatedOn":1})");
    if (!event || event->kind() != seakeeper::event::Kind::dropped_output) {
        std::puts("the event was not understood");
        return 1;
    }
    return 0;
}
