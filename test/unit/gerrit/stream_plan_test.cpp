// SPDX-License-Identifier: Apache-2.0
#include "gerrit/stream_plan.hpp"

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::gerrit;
using std::chrono::milliseconds;

TEST_SUITE("gerrit stream") {
    TEST_CASE("types go on the command line only as words") {
        CHECK(*stream_command({}) == "gerrit stream-events");
        CHECK(
            *stream_command({"patchset-created", "ref-updated"})
            == "gerrit stream-events -s patchset-created -s ref-updated"
        );
        for (const std::string bad : {"", "-s", "a b", "a;b", "a\nb", "$(id)", "a'b"}) {
            CAPTURE(bad);
            CHECK(stream_command({bad}).error().is(Errc::invalid_argument));
        }
    }

    TEST_CASE("pauses double up to the longest, spread by full jitter") {
        const StreamOptions options;
        const Error lost{Errc::unavailable, "x"};
        const long bounds[] = {1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000};
        for (unsigned i = 0; i < 8; ++i) {
            CAPTURE(i);
            CHECK(pause_before_retry(options, lost, i + 1, 1.0) == milliseconds{bounds[i]});
            CHECK(pause_before_retry(options, lost, i + 1, 0.5) == milliseconds{bounds[i] / 2});
            CHECK(pause_before_retry(options, lost, i + 1, 0.0) == milliseconds{0});
        }
        CHECK(pause_before_retry(options, lost, 4'000'000'000u, 1.0) == milliseconds{60'000});
    }

    TEST_CASE("what a person has to mend is tried again at the longest pause at once") {
        const StreamOptions options;
        for (const Errc errc :
             {Errc::untrusted_peer,
              Errc::unauthenticated,
              Errc::permission_denied,
              Errc::io,
              Errc::malformed}) {
            CHECK(pause_before_retry(options, {errc, "x"}, 1, 0.0) == milliseconds{60'000});
            CHECK(pause_before_retry(options, {errc, "x"}, 1, 1.0) == milliseconds{54'000});
        }
    }

    TEST_CASE("silence is probed, then given up") {
        using Action = Watch::Action;
        const StreamOptions options; // 30 s and 90 s
        const SteadyTime start{};
        const auto at = [&](int seconds) { return start + std::chrono::seconds{seconds}; };
        struct Row {
            const char* name;
            int now, last_byte;
            std::optional<int> last_probe;
            Action action;
            int until;
        };
        const Row rows[] = {
            {"just heard", 10, 10, {}, Action::wait, 40},
            {"quiet", 39, 10, {}, Action::wait, 40},
            {"quiet for long", 40, 10, {}, Action::probe, 70},
            {"probed", 41, 10, 40, Action::wait, 70},
            {"probed in vain", 70, 10, 40, Action::probe, 100},
            {"second probe", 71, 10, 70, Action::wait, 100},
            {"dead", 100, 10, 70, Action::give_up, 100},
            {"answered after the probe", 42, 41, 40, Action::wait, 71},
            {"woken late", 500, 10, {}, Action::give_up, 500},
        };
        for (const auto& row : rows) {
            CAPTURE(row.name);
            const auto probe = row.last_probe ? std::optional{at(*row.last_probe)} : std::nullopt;
            const auto watch = watch_silence(options, at(row.last_byte), probe, at(row.now));
            CHECK(watch.action == row.action);
            CHECK(watch.until == at(row.until));
        }
    }

    TEST_CASE("the end of the command is always a disconnect, and says why") {
        CHECK(reason_of({0, ""}).is(Errc::unavailable));
        CHECK(reason_of({0, ""}).message == "stream-events ended with exit status 0");
        CHECK(reason_of({{}, ""}).is(Errc::unavailable));
        CHECK(reason_of({1, "stream events not permitted\n"}).is(Errc::permission_denied));
        CHECK(
            reason_of({127, "\x1b[31mno\n"}).message
            == "stream-events ended with exit status 127: \"\\u001b[31mno\""
        );
    }
}
