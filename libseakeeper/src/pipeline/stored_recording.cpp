// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/text.hpp>
#include <seakeeper/decision/circumstances.hpp>
#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/gerrit/recorded.hpp>
#include <seakeeper/pipeline/stored_recording.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <set>

namespace seakeeper::pipeline {
namespace {

constexpr std::size_t batch = 500;

using decision::InputRef;
using gerrit::Privacy;

bool is_private(const event::Event& event) {
    return event.change && event.change->is_private.value_or(false);
}

/// As facts are stored; "is_private" is written as the reader of facts does.
bool is_about_private(std::string_view facts) {
    return facts.find("\"is_private\":true") != facts.npos;
}

class Writing {
public:
    Writing(
        store::History& history, Privacy privacy, const std::function<void(std::string_view)>& write
    )
        : history_{history}, privacy_{privacy}, write_{write} {}

    Status entry(const store::InboxEntry& entry) {
        auto event = event::parse(entry.line.bytes);
        const bool hides = privacy_ == Privacy::leave_out;
        if (event && hides && is_private(*event)) {
            return {};
        }
        auto digests = facts_of(entry, event ? &*event : nullptr);
        if (!digests) {
            return digests.error();
        }
        std::string rows;
        for (const auto& [name, digest] : *digests) {
            auto facts = history_.input(digest);
            if (!facts) {
                return facts.error();
            }
            if (hides && is_about_private(*facts)) {
                return {};
            }
            rows += fmt::format("{{\"event\":\"{}\",\"facts\":{}}}\n", name, *facts);
        }
        const boost::json::object line{
            {"received", to_rfc3339(entry.line.received)}, {"line", entry.line.bytes}};
        write_(boost::json::serialize(line) + "\n");
        write_(rows);
        return {};
    }

private:
    /// Of each part of the line that facts are stored about: its name, and the facts' digest.
    Result<std::set<std::pair<std::string, std::string>>>
    facts_of(const store::InboxEntry& entry, const event::Event* event) {
        std::set<std::pair<std::string, std::string>> found;
        if (event == nullptr || entry.state != store::InboxState::decided) {
            return found;
        }
        for (const auto& part : event::split_batch(*event)) {
            const auto key = event::semantic_key(part).value_or(entry.note);
            auto decisions = history_.decisions_of(key);
            if (!decisions) {
                return decisions.error();
            }
            std::vector<InputRef> inputs;
            if (!decisions->empty()) {
                auto record = decision::record_from_json(decisions->front().record);
                if (!record) {
                    return record.error();
                }
                inputs = std::move(record->inputs);
            } else if (auto listed = considered(entry.sequence, key); listed) {
                inputs = std::move(*listed);
            } else {
                return listed.error();
            }
            for (const auto& input : inputs) {
                if (input.what == "facts") {
                    found.emplace(gerrit::recorded_name(part), input.digest);
                }
            }
        }
        return found;
    }

    Result<std::vector<InputRef>> considered(store::Sequence sequence, const std::string& key) {
        auto rows = history_.considered(sequence);
        if (!rows) {
            return rows.error();
        }
        for (const auto& row : *rows) {
            if (row.event_key == key) {
                auto list = history_.input(row.list);
                return list ? decision::inputs_from_json(*list)
                            : Result<std::vector<InputRef>>{list.error()};
            }
        }
        return std::vector<InputRef>{};
    }

    store::History& history_;
    Privacy privacy_;
    const std::function<void(std::string_view)>& write_;
};

} // namespace

Status write_recording(
    store::History& history,
    store::Sequence after,
    gerrit::Privacy privacy,
    const std::function<void(std::string_view)>& write
) {
    Writing writing{history, privacy, write};
    for (;;) {
        auto entries = history.lines(after, batch);
        if (!entries) {
            return entries.error();
        }
        for (const auto& entry : *entries) {
            if (auto written = writing.entry(entry); !written) {
                return written;
            }
            after = entry.sequence;
        }
        if (entries->size() < batch) {
            return {};
        }
    }
}

} // namespace seakeeper::pipeline
