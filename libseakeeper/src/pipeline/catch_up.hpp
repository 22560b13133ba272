// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/tasks.hpp"

#include <seakeeper/gerrit/catch_up.hpp>
#include <seakeeper/pipeline/catch_up.hpp>
#include <seakeeper/store/store.hpp>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace seakeeper::pipeline {

/// An event line of no stream, and the keys that are its facts'.
struct RecoveredLine {
    std::string bytes;
    std::string key;
};

/// What catch-up works with; all of it outlives it.
struct CatchUpParts {
    gerrit::History& history;
    store::Store& store;
    const Clock& clock;
    Logger& log;
    /// Puts lines into the inbox, each together with its key, and returns when there is room for
    /// more.
    std::function<asio::awaitable<Status>(std::vector<RecoveredLine>)> take;
    /// Whether lines about this ref are in the inbox and not dealt with.
    std::function<bool(std::string_view project, std::string_view ref)> is_moving;
};

/// What happened up to this time is not looked for any more.
Status raise_floor(store::Rows& rows, WallTime to);

/// Finds events that the stream did not bring, and puts them into the inbox. One coroutine, run();
/// everything is on the pipeline's thread.
class CatchUp final {
public:
    CatchUp(asio::any_io_executor executor, CatchUpParts parts, CatchUpOptions options);

    /// Works until stop(): rounds every so often, and after each gap.
    asio::awaitable<void> run();
    void stop();
    /// After stop(): until nothing of it is under way, or the deadline passes.
    asio::awaitable<void> drained(Deadline until) { return tasks_.drained(until); }

    /// Events may be missing: a round begins `after` from now, and another one later.
    void gap(std::string reason, std::chrono::milliseconds after);
    const CatchUpFigures& figures() const noexcept { return figures_; }

private:
    enum class Depth : std::uint8_t { usual, gap };
    enum class Listing : std::uint8_t { part, whole };
    /// Refs that were listed elsewhere than they were known.
    struct MovedRefs {
        ProjectName project;
        std::map<std::string, std::string> before; ///< tips by ref
        std::vector<gerrit::RefTip> listed;
    };
    /// Where the last complete round ended.
    struct Past {
        std::optional<std::int64_t> watermark; ///< newest update that was read, by Gerrit's clock
        std::int64_t floor = 0;                ///< what happened up to then is nobody's business
        std::optional<std::int64_t> complete;  ///< when it ended, by our clock
    };

    /// Begins the gap where the process before this one ended.
    asio::awaitable<void> recall();
    asio::awaitable<Status> round(Depth depth);
    void conclude(SteadyTime began, Depth depth);
    /// Waits for its turn; the deadline of the request.
    asio::awaitable<Deadline> turn();

    asio::awaitable<Result<Past>> read_past();
    asio::awaitable<Status> begin_past();
    asio::awaitable<Status> read_log(Past past);
    gerrit::UpdateWindow updated_since(const Past& past) const;
    asio::awaitable<Status> keep_watermark(std::int64_t newest);
    asio::awaitable<Status> put_events(std::vector<event::Event> events);

    // catch_up_changes.cpp
    struct Asked;
    struct Remembered {
        const gerrit::ChangeFacts* change;
        std::vector<gerrit::Recovered> events;
    };
    asio::awaitable<Status> read_changes(Past past);
    asio::awaitable<Status> read_changes_again();
    std::shared_ptr<Asked> ask(gerrit::UpdateWindow window);
    asio::awaitable<void> fetch(gerrit::UpdateWindow window, std::shared_ptr<Asked> into);
    asio::awaitable<Result<gerrit::ChangePage>> answer(std::shared_ptr<Asked> asked);
    asio::awaitable<Status> compare(gerrit::ChangePage page, std::int64_t floor);
    asio::awaitable<Status> forget_known(std::span<Remembered> remembered);
    asio::awaitable<Status> put(std::vector<gerrit::Recovered> missing);
    asio::awaitable<Status> take(std::vector<RecoveredLine> lines);

    // catch_up_refs.cpp
    asio::awaitable<Status> read_projects(Depth depth, const Past& past);
    asio::awaitable<Status>
    compare_projects(const std::vector<gerrit::ListedProject>& page, bool is_first);
    asio::awaitable<Status> meet(const ProjectName& project, bool is_first);
    asio::awaitable<Status> read_all_refs(Depth depth);
    asio::awaitable<Status> read_refs(store::KnownProject project);
    asio::awaitable<Status>
    compare_refs(const ProjectName& project, std::vector<gerrit::RefTip> listed, Listing listing);
    /// Tells the refs that were found moved and stand still.
    asio::awaitable<Status> tell_moved();
    asio::awaitable<Status> tell_moved_of(MovedRefs moved);
    void count_gone(const ProjectName& project, std::size_t gone);

    asio::any_io_executor executor_;
    CatchUpParts parts_;
    CatchUpOptions options_;
    CatchUpFigures figures_;
    Bell bell_;
    Tasks tasks_;
    bool is_stopping_ = false;
    SteadyTime next_round_;
    SteadyTime gap_ready_;      ///< a round that began earlier may have come too early
    SteadyTime changes_read_{}; ///< when the last reading of changes began
    SteadyTime next_request_{};
    SteadyTime no_log_before_{}; ///< plugin events-log was not there
    Depth next_depth_ = Depth::gap;
    std::uint32_t failures_ = 0;
    std::vector<MovedRefs> moved_;            ///< to be told: see tell_moved()
    std::string last_listed_;                 ///< project whose refs were listed last
    std::map<std::string, std::size_t> gone_; ///< refs that are not listed any more, by project
};

} // namespace seakeeper::pipeline
