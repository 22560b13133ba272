// SPDX-License-Identifier: Apache-2.0
// Whatever an API server, or who forged an object, sends as an HTTP answer, a watch or a run's
// status: read or refused, with names and sizes as promised.
#include "http/message.hpp"
#include "kubernetes/watch_line.hpp"

#include <seakeeper/kubernetes/errors.hpp>
#include <seakeeper/kubernetes/workflow_status.hpp>

#include <cstdint>
#include <cstdlib>

namespace {

using namespace seakeeper;

void read_run(const kubernetes::json::object& object) {
    const auto status = kubernetes::read_workflow_status(object);
    const auto nodes = kubernetes::read_nodes(object, kubernetes::NodeLimits{1u << 20, 1000});
    if (!status || !nodes) {
        return;
    }
    if (kubernetes::in_order(status->name, *nodes).size() != nodes->size()) {
        std::abort();
    }
    for (const kubernetes::FailedStep& step : kubernetes::failed_steps(*status, *nodes)) {
        if (!nodes->contains(step.node_id)) {
            std::abort();
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    http::ResponseReader reader{"GET", 1u << 16};
    Status fed = reader.feed(text.substr(0, size / 2));
    if (fed) {
        fed = reader.feed(text.substr(size / 2));
    }
    if (fed && reader.feed_end() && http::decode_content(reader.response(), 1u << 16)
        && reader.response().body.size() > (1u << 16)) {
        std::abort();
    }
    (void)kubernetes::status_to_error(kubernetes::Verb::read, {500, text, {}});
    kubernetes::LineSplitter lines{1u << 20};
    lines.feed(text);
    for (auto line = lines.next(); line && *line; line = lines.next()) {
        const auto event = kubernetes::decode_watch_line(**line);
        if (event && event->resource_version.empty()) {
            std::abort();
        }
        if (event) {
            read_run(event->object);
        }
    }
    return 0;
}
