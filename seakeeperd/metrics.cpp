// SPDX-License-Identifier: Apache-2.0
#include "metrics.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <vector>

namespace seakeeper::daemon {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

class Page {
public:
    void gauge(std::string name, std::string help, double value) {
        auto& metric = add(std::move(name), std::move(help), prometheus::MetricType::Gauge);
        metric.gauge.value = value;
    }

    void counter(std::string name, std::string help, double value) {
        auto& metric = add(std::move(name), std::move(help), prometheus::MetricType::Counter);
        metric.counter.value = value;
    }

    void
    counters(std::string name, std::string help, const std::string& label, const Counts& counts) {
        if (counts.empty()) {
            return;
        }
        prometheus::MetricFamily family;
        family.name = std::move(name);
        family.help = std::move(help);
        family.type = prometheus::MetricType::Counter;
        for (const auto& [word, count] : counts) {
            prometheus::ClientMetric metric;
            metric.label.push_back({label, word});
            metric.counter.value = static_cast<double>(count);
            family.metric.push_back(std::move(metric));
        }
        families_.push_back(std::move(family));
    }

    std::string text() const { return prometheus::TextSerializer{}.Serialize(families_); }

private:
    prometheus::ClientMetric& add(std::string name, std::string help, prometheus::MetricType type) {
        auto& family = families_.emplace_back();
        family.name = std::move(name);
        family.help = std::move(help);
        family.type = type;
        return family.metric.emplace_back();
    }

    std::vector<prometheus::MetricFamily> families_;
};

double seconds(std::chrono::milliseconds span) {
    return std::chrono::duration<double>{span}.count();
}

boost::json::object as_object(const Counts& counts) {
    boost::json::object object;
    for (const auto& [word, count] : counts) {
        object[word] = count;
    }
    return object;
}

void add_stream(Page& page, const gerrit::StreamStatus& stream) {
    page.counter(
        "seakeeper_stream_lines_total", "Lines received.", static_cast<double>(stream.lines)
    );
    page.counter(
        "seakeeper_stream_connections_total",
        "Connections of the event stream.",
        static_cast<double>(stream.epoch)
    );
    page.counter(
        "seakeeper_stream_oversize_lines_total",
        "Lines dropped for their length.",
        static_cast<double>(stream.oversize_lines)
    );
}

void add_catch_up(Page& page, const pipeline::CatchUpFigures& catch_up) {
    page.gauge(
        "seakeeper_catch_up_gap_open", "1 while events may be missing.", catch_up.gap_since ? 1 : 0
    );
    page.gauge(
        "seakeeper_catch_up_last_complete_timestamp_seconds",
        "When all that Gerrit knows was last compared with all that we know; 0: not yet.",
        catch_up.last_complete ? seconds(catch_up.last_complete->time_since_epoch()) : 0
    );
    page.counter(
        "seakeeper_catch_up_rounds_total",
        "Complete comparisons.",
        static_cast<double>(catch_up.rounds)
    );
    page.counter(
        "seakeeper_catch_up_requests_total",
        "Requests to Gerrit of catch-up.",
        static_cast<double>(catch_up.requests)
    );
    page.counter(
        "seakeeper_events_recovered_total",
        "Events that no stream had told.",
        static_cast<double>(catch_up.recovered)
    );
    page.counter(
        "seakeeper_events_unreconstructable_total",
        "Things that happened unheard and that Gerrit does not tell again.",
        static_cast<double>(catch_up.unreconstructable)
    );
}

void add_retention(Page& page, const pipeline::RetentionFigures& retention) {
    page.counter(
        "seakeeper_lines_forgotten_total",
        "Old lines that were removed with all that came of them.",
        static_cast<double>(retention.forgotten)
    );
    page.gauge(
        "seakeeper_store_bytes",
        "Of the store in use, when old records were last looked for.",
        static_cast<double>(retention.bytes)
    );
}

boost::json::object as_object(const pipeline::RetentionFigures& retention) {
    boost::json::object object;
    object["forgotten"] = retention.forgotten;
    object["bytes"] = retention.bytes;
    object["last_complete"] = retention.last_complete ? to_rfc3339(*retention.last_complete) : "";
    object["last_error"] = retention.last_error;
    return object;
}

boost::json::object as_object(const pipeline::CatchUpFigures& catch_up) {
    boost::json::object object;
    object["gap_since"] = catch_up.gap_since ? to_rfc3339(*catch_up.gap_since) : "";
    object["gap_reason"] = catch_up.gap_reason;
    object["last_complete"] = catch_up.last_complete ? to_rfc3339(*catch_up.last_complete) : "";
    object["is_running"] = catch_up.is_running;
    object["rounds"] = catch_up.rounds;
    object["requests"] = catch_up.requests;
    object["recovered"] = catch_up.recovered;
    object["unreconstructable"] = catch_up.unreconstructable;
    object["last_error"] = catch_up.last_error;
    return object;
}

} // namespace

std::string metrics_text(const pipeline::Figures& figures, const gerrit::StreamStatus& stream) {
    Page page;
    page.gauge(
        "seakeeper_seconds_behind_gerrit",
        "Age of the oldest event that is not dealt with, or of the silence.",
        seconds(figures.behind_gerrit)
    );
    page.gauge(
        "seakeeper_stream_connected",
        "1 while the event stream is connected.",
        figures.is_stream_connected ? 1 : 0
    );
    page.gauge(
        "seakeeper_executors_reached",
        "1 while every executor answers.",
        figures.are_executors_reached ? 1 : 0
    );
    page.gauge(
        "seakeeper_store_writable",
        "1 while the store takes rows.",
        figures.is_store_writable ? 1 : 0
    );
    page.gauge(
        "seakeeper_inbox_open_lines",
        "Lines that were received and are not decided.",
        static_cast<double>(figures.open_lines)
    );
    page.gauge(
        "seakeeper_workloads_open",
        "Workloads that have not ended.",
        static_cast<double>(figures.open_workloads)
    );
    page.gauge(
        "seakeeper_effects_dead",
        "Effects on peers that were given up: a person has to look.",
        static_cast<double>(figures.dead_effects)
    );
    page.gauge(
        "seakeeper_peers_resting",
        "Peers that failed again and again and are not called for a while.",
        static_cast<double>(figures.resting_peers.size())
    );
    add_stream(page, stream);
    add_catch_up(page, figures.catch_up);
    add_retention(page, figures.retention);
    page.counters("seakeeper_events_total", "Events, by how they ended.", "end", figures.events);
    page.counters("seakeeper_decisions_total", "Decisions, by class.", "class", figures.decisions);
    page.counters(
        "seakeeper_workloads_total",
        "Workloads that have ended, by state.",
        "state",
        figures.workloads
    );
    page.counters(
        "seakeeper_effects_total", "Effects on peers, by kind and end.", "effect", figures.effects
    );
    return page.text();
}

std::string status_json(const pipeline::Figures& figures, const gerrit::StreamStatus& stream) {
    boost::json::object status;
    status["not_ready"] = why_not_ready(figures);
    status["seconds_behind_gerrit"] = seconds(figures.behind_gerrit);
    status["stream"] = to_string(stream.state);
    status["stream_fault"] = stream.reason ? stream.reason->message : "";
    status["lines_received"] = stream.lines;
    status["open_lines"] = figures.open_lines;
    status["dead_effects"] = figures.dead_effects;
    status["resting_peers"] =
        boost::json::array(figures.resting_peers.begin(), figures.resting_peers.end());
    status["catch_up"] = as_object(figures.catch_up);
    status["retention"] = as_object(figures.retention);
    status["open_workloads"] = figures.open_workloads;
    status["events"] = as_object(figures.events);
    status["decisions"] = as_object(figures.decisions);
    status["workloads"] = as_object(figures.workloads);
    status["effects"] = as_object(figures.effects);
    return boost::json::serialize(status);
}

std::string why_not_ready(const pipeline::Figures& figures) {
    if (!figures.is_store_writable) {
        return "the store takes no rows";
    }
    if (!figures.is_stream_connected) {
        return "the event stream of Gerrit is not connected";
    }
    return figures.are_executors_reached ? "" : "an executor does not answer";
}

} // namespace seakeeper::daemon
