// SPDX-License-Identifier: Apache-2.0
#include "pipeline/reports.hpp"

#include "core/failpoint.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/report/votes.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
}

std::optional<std::int64_t> number_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_int64()) {
        return std::nullopt;
    }
    return value->get_int64();
}

json::array list_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_array() ? value->get_array() : json::array{};
}

std::string link(const ReportContext& context, std::string_view workload, std::string_view node) {
    if (context.logs_url.empty()) {
        return {};
    }
    return node.empty() ? fmt::format("{}/{}", context.logs_url, workload)
                        : fmt::format("{}/{}/{}", context.logs_url, workload, node);
}

report::Standing standing_of(store::WorkloadState state) {
    switch (state) {
    case store::WorkloadState::succeeded:
        return report::Standing::succeeded;
    case store::WorkloadState::failed:
    case store::WorkloadState::error:
        return report::Standing::failed;
    case store::WorkloadState::cancelled:
    case store::WorkloadState::refused:
        return report::Standing::void_;
    default:
        return report::Standing::open;
    }
}

report::RunReport run_report(const store::WorkloadRow& row, const ReportContext& context) {
    report::RunReport run;
    auto outcome = outcome_from_json(row.outcome);
    run.workload = row.id;
    run.trigger = row.trigger;
    run.state = store::to_string(row.state);
    run.trust_class = row.trust_class;
    run.why = row.why;
    run.message = std::move(outcome.message);
    run.note = row.note;
    if (row.started && row.finished) {
        run.took = std::chrono::duration_cast<std::chrono::seconds>(*row.finished - *row.started);
    }
    run.broken = std::move(outcome.broken);
    for (auto& step : run.broken) {
        step.log_url = link(context, row.id, step.log_url);
    }
    if (!context.logs_url.empty()) {
        run.logs = std::move(outcome.others);
    }
    for (auto& log : run.logs) {
        log.url = link(context, row.id, log.url);
    }
    if (run.broken.size() + run.logs.size() != 1 && !row.uid.empty()) {
        run.log_url = link(context, row.id, {});
    }
    return run;
}

Status put_post(store::Rows& rows, const Post& post, std::string workload, WallTime now) {
    store::Effect effect;
    effect.kind = "report";
    effect.workload = std::move(workload);
    effect.lane = fmt::format("{}~{}", post.project, value_of(post.change));
    effect.payload = to_json(post);
    effect.not_before = now;
    auto put = rows.put_effect(effect);
    return put ? Status{} : Status{put.error()};
}

/// The runs that share a label with `ended`, told or not.
struct Peers {
    std::vector<store::WorkloadRow> rows;
    std::vector<report::LabelRun> runs;
};

Result<Peers> peers_of(store::Rows& rows, const store::WorkloadRow& ended) {
    auto all = rows.workloads_of(ended.project, ended.change, ended.patch_set);
    if (!all) {
        return all.error();
    }
    Peers peers;
    for (auto& row : *all) {
        const bool is_silent = row.is_reported && !store::is_terminal(row.state);
        if (row.label != ended.label || is_silent) {
            continue;
        }
        peers.runs.push_back(
            {row.id,
             row.trigger,
             row.order,
             standing_of(row.state),
             row.is_reported,
             row.success_vote,
             row.failure_vote}
        );
        peers.rows.push_back(std::move(row));
    }
    return peers;
}

Status mark_reported(store::Rows& rows, Peers& peers, const report::LabelPlan& plan) {
    for (auto& row : peers.rows) {
        const auto is_in = [&](const std::vector<std::string>& ids) {
            return std::find(ids.begin(), ids.end(), row.id) != ids.end();
        };
        if (!is_in(plan.tell) && !is_in(plan.drop)) {
            continue;
        }
        row.is_reported = true;
        if (auto done = rows.update_workload(row); !done) {
            return done;
        }
    }
    return {};
}

Post make_post(const Peers& peers, const report::LabelPlan& plan, const ReportContext& context) {
    Post post;
    std::vector<report::RunReport> runs;
    for (const auto& row : peers.rows) {
        if (std::find(plan.tell.begin(), plan.tell.end(), row.id) == plan.tell.end()) {
            continue;
        }
        post.project = row.project;
        post.change = ChangeNumber{row.change};
        post.revision = row.revision;
        if (plan.vote) {
            post.votes = {{row.label, SEAKEEPER_BROKEN("vote") ? -*plan.vote : *plan.vote}};
        }
        runs.push_back(run_report(row, context));
        post.markers.push_back(report::marker(row.id, store::to_string(row.state)));
    }
    post.message = report::compose(runs, plan.wait);
    post.tag = "autogenerated:seakeeper~result";
    return post;
}

Status
report_if_due(store::Rows& rows, const store::WorkloadRow& ended, const ReportContext& context) {
    auto peers = peers_of(rows, ended);
    if (!peers) {
        return peers.error();
    }
    const auto plan = ended.label.empty() ? report::plan_without_label(peers->runs)
                                          : report::plan_label(peers->runs);
    if (auto marked = mark_reported(rows, *peers, plan); !marked || !plan.is_due) {
        return marked;
    }
    return put_post(rows, make_post(*peers, plan, context), ended.id, context.now);
}

} // namespace

std::string to_json(const Outcome& outcome) {
    json::array broken;
    for (const auto& step : outcome.broken) {
        json::object object{
            {"node", step.log_url},
            {"name", step.name},
            {"message", step.message},
            {"last_lines", step.last_lines}};
        if (step.exit_code) {
            object["exit_code"] = *step.exit_code;
        }
        broken.push_back(std::move(object));
    }
    json::array others;
    for (const auto& log : outcome.others) {
        others.push_back(json::object{{"node", log.url}, {"name", log.name}});
    }
    return json::serialize(json::object{
        {"message", outcome.message}, {"broken", std::move(broken)}, {"others", std::move(others)}}
    );
}

Outcome outcome_from_json(std::string_view text) {
    Outcome outcome;
    boost::system::error_code error;
    const auto value = json::parse(text, error);
    if (error || !value.is_object()) {
        return outcome;
    }
    outcome.message = text_at(value.get_object(), "message");
    for (const auto& each : list_at(value.get_object(), "broken")) {
        if (!each.is_object()) {
            continue;
        }
        const auto& object = each.get_object();
        report::BrokenStep step;
        step.name = text_at(object, "name");
        if (const auto code = number_at(object, "exit_code")) {
            step.exit_code = static_cast<int>(*code);
        }
        step.message = text_at(object, "message");
        step.last_lines = text_at(object, "last_lines");
        step.log_url = text_at(object, "node");
        outcome.broken.push_back(std::move(step));
    }
    for (const auto& each : list_at(value.get_object(), "others")) {
        if (each.is_object()) {
            const auto& log = each.get_object();
            outcome.others.push_back({text_at(log, "name"), text_at(log, "node")});
        }
    }
    return outcome;
}

std::string to_json(const Post& post) {
    json::array votes;
    for (const auto& vote : post.votes) {
        votes.push_back(json::object{{"label", vote.label}, {"value", vote.value}});
    }
    json::array comments;
    for (const auto& comment : post.comments) {
        comments.push_back(json::object{
            {"path", comment.path}, {"line", comment.line}, {"message", comment.message}});
    }
    return json::serialize(json::object{
        {"project", post.project},
        {"change", value_of(post.change)},
        {"revision", post.revision},
        {"message", post.message},
        {"tag", post.tag},
        {"votes", std::move(votes)},
        {"comments", std::move(comments)},
        {"markers", json::array(post.markers.begin(), post.markers.end())}});
}

Result<Post> post_from_json(std::string_view text) {
    boost::system::error_code error;
    const auto value = json::parse(text, error);
    if (error || !value.is_object()) {
        return Error{Errc::corrupt, "reading a report from the outbox: not JSON"};
    }
    const auto& object = value.get_object();
    Post post;
    post.project = text_at(object, "project");
    post.change = ChangeNumber{static_cast<std::uint32_t>(number_at(object, "change").value_or(0))};
    post.revision = text_at(object, "revision");
    post.message = text_at(object, "message");
    post.tag = text_at(object, "tag");
    for (const auto& vote : list_at(object, "votes")) {
        const auto& members = vote.as_object();
        const auto cast = number_at(members, "value").value_or(0);
        post.votes.push_back({text_at(members, "label"), static_cast<int>(cast)});
    }
    for (const auto& comment : list_at(object, "comments")) {
        const auto& members = comment.as_object();
        const auto line = number_at(members, "line").value_or(1);
        post.comments.push_back(
            {text_at(members, "path"), static_cast<int>(line), text_at(members, "message")}
        );
    }
    for (const auto& marker : list_at(object, "markers")) {
        post.markers.emplace_back(marker.as_string());
    }
    return post;
}

Status
put_release(store::Rows& rows, const store::WorkloadRow& row, Leftover leftover, WallTime now) {
    store::Effect release;
    release.kind = leftover == Leftover::remove ? "discard" : "release";
    release.workload = row.id;
    release.lane = row.id;
    release.payload = row.uid;
    release.not_before = now;
    auto put = rows.put_effect(release);
    return put ? Status{} : Status{put.error()};
}

Status settle(
    store::Rows& rows, store::WorkloadRow ended, const ReportContext& context, Leftover leftover
) {
    auto stored = rows.workload(ended.id);
    if (!stored) {
        return stored.error();
    }
    if (store::is_terminal(stored->state)) {
        return {}; // an observation that came early and one from the watch may tell of one end
    }
    ended.is_reported = stored->is_reported; // what was read before may be old by now
    ended.is_released = stored->is_released;
    if (!ended.finished) {
        ended.finished = context.now;
    }
    if (ended.uid.empty() && leftover == Leftover::keep) {
        ended.is_released = true; // the executor has nothing of it
    }
    if (auto updated = rows.update_workload(ended); !updated) {
        return updated;
    }
    if (!ended.is_released) {
        if (auto put = put_release(rows, ended, leftover, context.now); !put) {
            return put;
        }
    }
    if (ended.change == 0 || ended.is_reported) {
        return {};
    }
    return report_if_due(rows, ended, context);
}

Status tell_start(store::Rows& rows, const store::WorkloadRow& row, const ReportContext& context) {
    if (!row.tells_start || row.is_reported || row.change == 0) {
        return {};
    }
    const std::vector<report::RunReport> runs{run_report(row, context)};
    Post post;
    post.project = row.project;
    post.change = ChangeNumber{row.change};
    post.revision = row.revision;
    post.message = report::compose_start(runs);
    post.tag = "autogenerated:seakeeper~start";
    post.markers.push_back(report::marker(row.id, "started"));
    return put_post(rows, post, row.id, context.now);
}

Status say_once(store::Rows& rows, const Notice& notice, WallTime now) {
    const auto digest = sha256_hex(notice.key).substr(0, 20);
    const auto key = "notice|" + digest;
    auto said = rows.value(key);
    if (!said) {
        return said.error();
    }
    if (*said) {
        return {};
    }
    if (auto set = rows.set_value(key, to_rfc3339(now)); !set) {
        return set;
    }
    Post post;
    post.project = notice.project;
    post.change = ChangeNumber{notice.change};
    post.revision = notice.revision;
    post.message = report::compose_notice(digest, notice.text);
    post.tag = "autogenerated:seakeeper~notice";
    post.votes = notice.votes;
    post.comments = notice.comments;
    post.markers.push_back(report::notice_marker(digest));
    return put_post(rows, post, {}, now);
}

} // namespace seakeeper::pipeline
