// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <seakeeper/event/parse.hpp>
#include <seakeeper/gerrit/recording.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace seakeeper;
using namespace seakeeper::gerrit;

namespace {

const char* const open_line =
    R"({"change":{"project":"demo/app","number":7},"project":"demo/app","type":"change-restored"})";
const char* const private_line =
    R"({"change":{"project":"demo/app","number":8,"private":true},"project":"demo/app","type":"change-restored"})";

Facts facts_named(const char* name) {
    Facts facts;
    facts.actor.failure = name;
    facts.actor.source = "GET /x";
    return facts;
}

struct Scratch {
    std::string path =
        std::filesystem::temp_directory_path() / fmt::format("seakeeper-recording-{}", ::getpid());
    ~Scratch() { std::filesystem::remove(path); }
};

} // namespace

TEST_CASE("what was recorded plays back, without private changes") {
    Scratch scratch;
    const auto event = event::parse(open_line).value();
    const auto hidden = event::parse(private_line).value();
    {
        Recorder recorder{scratch.path};
        recorder.note(StreamLine{open_line, 1, WallTime{}});
        recorder.note(StreamLine{private_line, 1, WallTime{}});
        recorder.note(event, facts_named("first"));
        recorder.note(hidden, facts_named("secret"));
        recorder.note(event, facts_named("second"));
    }
    auto recording = read_recording(scratch.path).value();
    REQUIRE(recording.lines.size() == 1);
    CHECK(recording.lines[0].bytes == open_line);
    CHECK(recording.facts.readings(recorded_name(event)) == 2);

    boost::asio::io_context context;
    auto source = play_lines(recording.lines);
    auto facts = play_facts(recording.facts);
    const auto soon = Deadline::in(std::chrono::seconds{5});
    CHECK(test::run(context, source->next_line(soon))->bytes == open_line);
    CHECK(test::run(context, source->next_line(soon)).error().is(Errc::cancelled));
    for (const char* wanted : {"first", "second", "second"}) {
        CHECK(test::run(context, facts->read(event, {}, soon))->actor.failure == wanted);
    }
    CHECK(
        test::run(context, facts->read(hidden, {}, soon))->actor.failure == "not in the recording"
    );
}

TEST_CASE("plain event lines are a recording, and anything else is named by file and line") {
    Scratch scratch;
    std::ofstream{scratch.path} << open_line << "\n\n" << open_line << "\n";
    CHECK(read_recording(scratch.path)->lines.size() == 2);
    std::ofstream{scratch.path} << open_line << "\n{}\n";
    CHECK(read_recording(scratch.path).error().message.find(scratch.path + ":2:1: ") == 0);
    CHECK(read_recording("/nonexistent").error().is(Errc::not_found));
}
