// SPDX-License-Identifier: Apache-2.0
#include "gerrit/ancestry.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace seakeeper::gerrit {

namespace {

bool is_merged(const AncestryWalk& walk, const std::vector<RefName>& branches) {
    if (!walk.is_protected) {
        return !branches.empty();
    }
    return std::any_of(branches.begin(), branches.end(), walk.is_protected);
}

/// Of two changes with one commit: the one for our branch, then the one where it is current.
bool is_better(
    const AncestryWalk& walk,
    const CommitId& commit,
    const ChangeFacts& candidate,
    const ChangeFacts& chosen
) {
    const auto rank = [&](const ChangeFacts& change) {
        return 2 * static_cast<int>(change.destination == walk.destination)
               + static_cast<int>(change.current_revision == commit);
    };
    return rank(candidate) > rank(chosen);
}

/// One walk; lives in walk_ancestry's frame.
class Walker {
public:
    Walker(RestClient& client, AncestryWalk walk, Deadline until)
        : client_{client}, walk_{std::move(walk)}, until_{until} {}

    asio::awaitable<Result<WalkedAncestry>> run() {
        enqueue(walk_.start);
        out_.facts.is_complete = true;
        while (!queue_.empty()) {
            if (out_.facts.commits.size() >= walk_.limit) {
                out_.facts.is_complete = false;
                break;
            }
            auto commit = std::move(queue_.front());
            queue_.pop_front();
            const auto seen = co_await look_at(std::move(commit));
            if (!seen) {
                co_return seen.error();
            }
        }
        co_return std::move(out_);
    }

private:
    asio::awaitable<Status> look_at(CommitId commit) {
        AncestorFacts ancestor;
        ancestor.commit = std::move(commit);
        const auto places = co_await client_.commit_in(walk_.project, ancestor.commit, until_);
        if (!places && !places.error().is(Errc::not_found)) {
            co_return places.error();
        }
        ancestor.is_visible = places.has_value();
        if (ancestor.is_visible) {
            ancestor.branches = places->branches;
        }
        if (ancestor.is_visible && !is_merged(walk_, ancestor.branches)) {
            const auto found = co_await find_change(ancestor);
            if (!found) {
                co_return found.error();
            }
            const auto below = co_await find_parents(ancestor);
            if (!below) {
                co_return below.error();
            }
            enqueue(ancestor.parents);
        }
        out_.facts.is_complete = out_.facts.is_complete && ancestor.is_visible;
        out_.facts.commits.push_back(std::move(ancestor));
        co_return Status{};
    }

    asio::awaitable<Status> find_change(AncestorFacts& ancestor) {
        const auto numbers = co_await client_.changes_with(walk_.project, ancestor.commit, until_);
        if (!numbers) {
            co_return numbers.error();
        }
        for (const auto number : *numbers) {
            auto reading = co_await client_.change(walk_.project, number, until_);
            if (!reading && reading.error().is(Errc::not_found)) {
                continue; // the index was behind
            }
            if (!reading) {
                co_return reading.error();
            }
            take(ancestor, std::move(*reading));
        }
        co_return Status{};
    }

    void take(AncestorFacts& ancestor, ChangeReading reading) {
        if (reading.change.revision(ancestor.commit) == nullptr) {
            return;
        }
        out_.accounts.insert(out_.accounts.end(), reading.accounts.begin(), reading.accounts.end());
        if (!ancestor.change
            || is_better(walk_, ancestor.commit, reading.change, *ancestor.change)) {
            ancestor.change = std::move(reading.change);
        }
    }

    asio::awaitable<Status> find_parents(AncestorFacts& ancestor) {
        // A change's answer carries the commit of its current revision only.
        if (ancestor.change && ancestor.change->current_revision == ancestor.commit) {
            ancestor.parents = ancestor.change->current()->parents;
        }
        if (!ancestor.parents.empty()) {
            co_return Status{};
        }
        auto parents = co_await client_.commit_parents(walk_.project, ancestor.commit, until_);
        if (!parents && parents.error().is(Errc::not_found)) {
            ancestor.is_visible = false;
            co_return Status{};
        }
        if (!parents) {
            co_return parents.error();
        }
        ancestor.parents = std::move(*parents);
        co_return Status{};
    }

    void enqueue(const std::vector<CommitId>& commits) {
        for (const auto& commit : commits) {
            if (seen_.insert(commit).second) {
                queue_.push_back(commit);
            }
        }
    }

    RestClient& client_;
    AncestryWalk walk_;
    Deadline until_;
    std::deque<CommitId> queue_;
    std::set<CommitId> seen_;
    WalkedAncestry out_;
};

} // namespace

asio::awaitable<Result<WalkedAncestry>>
walk_ancestry(RestClient& client, AncestryWalk walk, Deadline until) {
    Walker walker{client, std::move(walk), until};
    auto walked = co_await walker.run();
    co_return std::move(walked);
}

} // namespace seakeeper::gerrit
