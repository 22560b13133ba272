// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_rows.hpp"

// Old lines: finding and forgetting them.
namespace seakeeper::store {
namespace {

/// Texts of one column of a bound statement.
Result<std::vector<std::string>> texts(Result<sqlite::Statement> statement) {
    if (!statement) {
        return statement.error();
    }
    std::vector<std::string> found;
    for (;;) {
        auto stepped = statement->step();
        if (!stepped) {
            return stepped.error();
        }
        if (!*stepped) {
            return found;
        }
        found.push_back(statement->text(0));
    }
}

template <class Value>
Result<std::vector<std::string>>
texts_for(sqlite::Connection& db, std::string_view sql, const Value& value) {
    auto select = db.prepare(sql);
    if (select) {
        select->bind(value);
    }
    return texts(std::move(select));
}

template <class Value>
Status run_for(sqlite::Connection& db, std::string_view sql, const Value& value) {
    auto statement = db.prepare(sql);
    if (!statement) {
        return statement.error();
    }
    statement->bind(value);
    return statement->run();
}

template <class Item>
void add_all(std::vector<Item>& to, std::vector<Item> from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

constexpr std::string_view inputs_of_decision =
    "SELECT input FROM decision_input WHERE decision = ?";

} // namespace

Result<std::vector<OldLine>> SqliteRows::old_lines(WallTime before, std::size_t limit) {
    std::vector<OldLine> lines;
    {
        auto select = db_.prepare(
            "SELECT sequence, received, epoch, line, note FROM inbox AS i "
            "WHERE state != 0 AND received < ?1 AND NOT EXISTS("
            "SELECT 1 FROM event AS e JOIN decision AS d ON d.event_key = e.key "
            "LEFT JOIN workload AS w ON w.decision = d.digest "
            "WHERE e.sequence = i.sequence AND (d.made >= ?1 OR w.state < 3 "
            "OR EXISTS(SELECT 1 FROM effect AS f WHERE f.workload = w.id AND f.state != 1))) "
            "ORDER BY received LIMIT ?2"
        );
        if (!select) {
            return select.error();
        }
        select->bind(before.time_since_epoch().count()).bind(static_cast<std::int64_t>(limit));
        for (;;) {
            auto stepped = select->step();
            if (!stepped) {
                return stepped.error();
            }
            if (!*stepped) {
                break;
            }
            OldLine& line = lines.emplace_back();
            line.sequence = select->integer(0);
            line.line.received = WallTime{std::chrono::milliseconds{select->integer(1)}};
            line.line.epoch = select->integer(2);
            line.line.bytes = select->text(3);
            line.note = select->text(4);
        }
    }
    for (auto& line : lines) {
        if (auto added = add_what_came_of(line); !added) {
            return added.error();
        }
    }
    return lines;
}

Status SqliteRows::add_what_came_of(OldLine& line) {
    auto digests = texts_for(
        db_,
        "SELECT d.digest FROM event AS e JOIN decision AS d ON d.event_key = e.key "
        "WHERE e.sequence = ? ORDER BY d.made, d.digest",
        line.sequence
    );
    if (!digests) {
        return digests.error();
    }
    for (const auto& digest : *digests) {
        auto made = decision(digest);
        if (!made) {
            return made.error();
        }
        auto judged = verdicts(digest);
        if (!judged) {
            return judged.error();
        }
        auto ids = texts_for(db_, "SELECT id FROM workload WHERE decision = ?", digest);
        if (!ids) {
            return ids.error();
        }
        for (const auto& id : *ids) {
            auto row = workload(id);
            if (!row) {
                return row.error();
            }
            line.workloads.push_back(std::move(*row));
        }
        line.decisions.push_back(std::move(*made));
        add_all(line.verdicts, std::move(*judged));
    }
    return {};
}

Result<std::vector<Input>> SqliteRows::inputs_of(std::span<const OldLine> lines) {
    std::set<std::string> digests;
    for (const auto& line : lines) {
        for (const auto& each : line.decisions) {
            auto found = texts_for(db_, inputs_of_decision, each.digest);
            if (!found) {
                return found.error();
            }
            digests.insert(found->begin(), found->end());
        }
    }
    std::vector<Input> inputs;
    for (const auto& digest : digests) {
        auto bytes = input(digest);
        if (!bytes) {
            return bytes.error();
        }
        inputs.push_back({digest, std::move(*bytes)});
    }
    return inputs;
}

/// What an event without decisions was judged by; its list goes with the last line that names it.
Status SqliteRows::forget_considered(Sequence sequence, std::set<std::string>& inputs) {
    auto lists = texts_for(db_, "SELECT list FROM considered WHERE sequence = ?", sequence);
    if (!lists) {
        return lists.error();
    }
    if (auto done = run_for(db_, "DELETE FROM considered WHERE sequence = ?", sequence); !done) {
        return done;
    }
    for (const auto& list : *lists) {
        auto others = texts_for(db_, "SELECT list FROM considered WHERE list = ? LIMIT 1", list);
        if (!others) {
            return others.error();
        }
        if (!others->empty()) {
            continue;
        }
        auto found = texts_for(db_, "SELECT input FROM considered_input WHERE list = ?", list);
        if (!found) {
            return found.error();
        }
        inputs.insert(found->begin(), found->end());
        inputs.insert(list);
        if (auto done = run_for(db_, "DELETE FROM considered_input WHERE list = ?", list); !done) {
            return done;
        }
    }
    return {};
}

Status SqliteRows::forget(std::span<const OldLine> lines) {
    std::set<std::string> inputs;
    for (const auto& line : lines) {
        for (const auto& each : line.workloads) {
            if (auto done = run_for(db_, "DELETE FROM effect WHERE workload = ?", each.id); !done) {
                return done;
            }
            if (auto done = run_for(db_, "DELETE FROM workload WHERE id = ?", each.id); !done) {
                return done;
            }
        }
        for (const auto& each : line.decisions) {
            auto found = texts_for(db_, inputs_of_decision, each.digest);
            if (!found) {
                return found.error();
            }
            inputs.insert(found->begin(), found->end());
            // Its verdicts and its links to inputs go with it.
            auto done = run_for(db_, "DELETE FROM decision WHERE digest = ?", each.digest);
            if (!done) {
                return done;
            }
        }
        if (auto done = forget_considered(line.sequence, inputs); !done) {
            return done;
        }
        for (const auto* sql :
             {"DELETE FROM event WHERE sequence = ?", "DELETE FROM inbox WHERE sequence = ?"}) {
            if (auto done = run_for(db_, sql, line.sequence); !done) {
                return done;
            }
        }
    }
    for (const auto& digest : inputs) {
        auto done = run_for(
            db_,
            "DELETE FROM input WHERE digest = ?1 "
            "AND NOT EXISTS(SELECT 1 FROM decision_input WHERE input = ?1) "
            "AND NOT EXISTS(SELECT 1 FROM considered_input WHERE input = ?1) "
            "AND NOT EXISTS(SELECT 1 FROM considered WHERE list = ?1)",
            digest
        );
        if (!done) {
            return done;
        }
    }
    return {};
}

Status SqliteRows::forget_traces(WallTime before) {
    const auto at = std::chrono::floor<std::chrono::seconds>(before).time_since_epoch().count();
    return run_for(db_, "DELETE FROM trace WHERE at < ?", std::int64_t{at});
}

Result<std::int64_t> SqliteRows::bytes_in_use() {
    std::int64_t pages = 0;
    for (const auto& [sql, sign] :
         {std::pair{"PRAGMA page_count", 1}, std::pair{"PRAGMA freelist_count", -1}}) {
        auto count = db_.integer(sql);
        if (!count) {
            return count.error();
        }
        pages += sign * *count;
    }
    auto size = db_.integer("PRAGMA page_size");
    if (!size) {
        return size.error();
    }
    return pages * *size;
}

} // namespace seakeeper::store
