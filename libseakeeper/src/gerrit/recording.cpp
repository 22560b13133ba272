// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/text.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/gerrit/recorded.hpp>
#include <seakeeper/gerrit/recording.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <sstream>

namespace seakeeper::gerrit {
namespace {

namespace json = boost::json;

bool is_private(const event::Event& event) {
    return event.change && event.change->is_private.value_or(false);
}

class RecordedSource final : public EventSource {
public:
    RecordedSource(EventSource& inner, Recorder& recorder) : inner_{inner}, recorder_{recorder} {}

    asio::awaitable<Result<StreamLine>> next_line(Deadline until) override {
        auto line = co_await inner_.next_line(until);
        if (line) {
            recorder_.note(*line);
        }
        co_return line;
    }
    StreamStatus status() const override { return inner_.status(); }
    void stop() override { inner_.stop(); }

private:
    EventSource& inner_;
    Recorder& recorder_;
};

class RecordedFacts final : public FactsSource {
public:
    RecordedFacts(FactsSource& inner, Recorder& recorder) : inner_{inner}, recorder_{recorder} {}

    asio::awaitable<Result<Facts>>
    read(event::Event event, FactsRequest request, Deadline until) override {
        auto facts = co_await inner_.read(event, std::move(request), until);
        if (facts) {
            recorder_.note(event, *facts);
        }
        co_return facts;
    }
    void observe(const event::Event& event) override { inner_.observe(event); }

private:
    FactsSource& inner_;
    Recorder& recorder_;
};

class PlayedLines final : public EventSource {
public:
    explicit PlayedLines(std::vector<StreamLine> lines) : lines_{std::move(lines)} {}

    asio::awaitable<Result<StreamLine>> next_line(Deadline) override {
        if (is_stopped_ || next_ == lines_.size()) {
            is_stopped_ = true;
            co_return Error{Errc::cancelled, "playing a recording: it is at its end"};
        }
        co_return std::move(lines_[next_++]);
    }
    StreamStatus status() const override {
        StreamStatus status;
        status.state = is_stopped_ ? StreamState::stopped : StreamState::connected;
        status.epoch = 1;
        status.lines = next_;
        status.queued_lines = lines_.size() - next_;
        return status;
    }
    void stop() override { is_stopped_ = true; }

private:
    std::vector<StreamLine> lines_;
    std::size_t next_ = 0;
    bool is_stopped_ = false;
};

class PlayedFacts final : public FactsSource {
public:
    explicit PlayedFacts(RecordedStream facts) : facts_{std::move(facts)} {}

    asio::awaitable<Result<Facts>> read(event::Event event, FactsRequest, Deadline) override {
        const auto name = recorded_name(event);
        const auto readings = facts_.readings(name);
        if (readings == 0) {
            Facts none;
            none.change.failure = none.actor.failure = "not in the recording";
            co_return none;
        }
        if (readings == 1) {
            co_return facts_.reading(name, 0);
        }
        auto& next = next_[name];
        const auto at = next;
        next = std::min(next + 1, readings - 1);
        co_return facts_.reading(name, at);
    }
    void observe(const event::Event&) override {}

private:
    RecordedStream facts_;
    std::map<std::string, std::size_t> next_; ///< reading, by event
};

/// All rows but the lines that our recorder writes: what is needed once those are handed out.
std::string rows_with_facts(std::string_view text) {
    std::string rows;
    while (!text.empty()) {
        const auto row = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
        const bool is_line = row.starts_with(R"({"received":")") && row.ends_with("\"}\n")
                             && row.find(R"(Z","line":")") == 36;
        if (!is_line) {
            rows += row;
        }
        text.remove_prefix(row.size());
    }
    rows.shrink_to_fit();
    return rows;
}

} // namespace

struct Recorder::File {
    std::ofstream out;
    Privacy privacy = Privacy::leave_out;
};

Recorder::Recorder(const std::string& path, Privacy privacy) : file_{std::make_unique<File>()} {
    file_->privacy = privacy;
    file_->out.open(path, std::ios::app | std::ios::binary);
    if (!file_->out) {
        throw Exception{Error{Errc::io, fmt::format("opening recording {}: not writable", path)}};
    }
}

Recorder::~Recorder() = default;

void Recorder::note(const StreamLine& line) {
    const auto event = event::parse(line.bytes);
    if (file_->privacy == Privacy::leave_out && event && is_private(*event)) {
        return;
    }
    const json::object row{{"received", to_rfc3339(line.received)}, {"line", line.bytes}};
    file_->out << json::serialize(row) << '\n' << std::flush;
}

void Recorder::note(const event::Event& event, const Facts& facts) {
    const bool is_hidden = is_private(event) || (facts.change && facts.change->is_private);
    if (file_->privacy == Privacy::leave_out && is_hidden) {
        return;
    }
    const json::object row{{"event", recorded_name(event)}, {"facts", to_json(facts)}};
    file_->out << json::serialize(row) << '\n' << std::flush;
}

std::unique_ptr<EventSource> recorded(EventSource& inner, Recorder& recorder) {
    return std::make_unique<RecordedSource>(inner, recorder);
}

std::unique_ptr<FactsSource> recorded(FactsSource& inner, Recorder& recorder) {
    return std::make_unique<RecordedFacts>(inner, recorder);
}

Result<Recording> read_recording(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        return Error{Errc::not_found, fmt::format("reading recording {}: no such file", path)};
    }
    std::ostringstream text;
    text << file.rdbuf();
    const auto bytes = std::move(text).str();
    const auto stream = RecordedStream::read(bytes, path);
    if (!stream) {
        return stream.error();
    }
    Recording recording;
    for (std::size_t i = 0; i < stream->size(); ++i) {
        auto line = stream->line(i);
        if (!line) {
            return std::move(line).error();
        }
        // Played now: the pipeline's patience counts from when a line reached it.
        recording.lines.push_back({std::move(line->bytes), 1, system_clock().wall()});
    }
    for (const auto& name : stream->names()) {
        for (std::size_t i = 0; i < stream->readings(name); ++i) {
            if (auto facts = stream->reading(name, i); !facts) { // told now, not when it is played
                return std::move(facts).error();
            }
        }
    }
    auto facts = RecordedStream::read(rows_with_facts(bytes), path);
    if (!facts) {
        return std::move(facts).error();
    }
    recording.facts = std::move(*facts);
    return recording;
}

std::unique_ptr<EventSource> play_lines(std::vector<StreamLine> lines) {
    return std::make_unique<PlayedLines>(std::move(lines));
}

std::unique_ptr<FactsSource> play_facts(RecordedStream facts) {
    return std::make_unique<PlayedFacts>(std::move(facts));
}

} // namespace seakeeper::gerrit
