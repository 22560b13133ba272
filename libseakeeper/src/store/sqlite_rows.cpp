// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_rows.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

namespace seakeeper::store {
namespace {

std::int64_t to_row(WallTime time) {
    return time.time_since_epoch().count();
}

WallTime to_time(std::int64_t milliseconds) {
    return WallTime{std::chrono::milliseconds{milliseconds}};
}

Error not_found(std::string_view what, std::string_view key) {
    return Error{Errc::not_found, fmt::format("reading {} {}: there is none", what, quoted(key))};
}

/// Runs a prepared statement that gives no rows.
Status run(Result<sqlite::Statement>& statement) {
    if (!statement) {
        return statement.error();
    }
    return statement->run();
}

/// Reads all rows of a prepared and bound statement.
template <class Row, class Read>
Result<std::vector<Row>> all(sqlite::Statement& statement, Read read) {
    std::vector<Row> rows;
    for (;;) {
        auto stepped = statement.step();
        if (!stepped) {
            return stepped.error();
        }
        if (!*stepped) {
            return rows;
        }
        rows.push_back(read(statement));
    }
}

InboxRow read_inbox(const sqlite::Statement& at) {
    InboxRow row;
    row.sequence = at.integer(0);
    row.line.received = to_time(at.integer(1));
    row.line.epoch = at.integer(2);
    row.line.bytes = at.text(3);
    return row;
}

VerdictRow read_verdict(const sqlite::Statement& at) {
    return VerdictRow{at.text(0), at.text(1), at.text(2), at.text(3), to_time(at.integer(4)), {}};
}

} // namespace

Effect read_effect(const sqlite::Statement& at) {
    Effect effect;
    effect.id = at.integer(0);
    effect.kind = at.text(1);
    effect.workload = at.text(2);
    effect.lane = at.text(3);
    effect.attempts = static_cast<std::uint32_t>(at.integer(4));
    effect.not_before = to_time(at.integer(5));
    effect.state = static_cast<EffectState>(at.integer(6));
    effect.last_error = at.text(7);
    effect.payload = at.text(8);
    return effect;
}

Result<Sequence> SqliteRows::append(std::span<const RawLine> lines) {
    Sequence last = 0;
    for (const auto& line : lines) {
        auto insert = db_.prepare("INSERT INTO inbox(received, epoch, line) VALUES(?, ?, ?)");
        if (!insert) {
            return insert.error();
        }
        insert->bind(to_row(line.received)).bind(line.epoch).bind_bytes(line.bytes);
        if (auto done = insert->run(); !done) {
            return done.error();
        }
        last = db_.last_row_id();
    }
    return last;
}

Result<std::vector<InboxRow>> SqliteRows::open_lines(Sequence after, std::size_t limit) {
    auto select = db_.prepare("SELECT sequence, received, epoch, line FROM inbox "
                              "WHERE state = 0 AND sequence > ? ORDER BY sequence LIMIT ?");
    if (!select) {
        return select.error();
    }
    select->bind(after).bind(static_cast<std::int64_t>(limit));
    return all<InboxRow>(*select, read_inbox);
}

Status SqliteRows::end_line(const InboxEnd& end) {
    auto update =
        db_.prepare("UPDATE inbox SET state = ?, note = ?, subject = ? WHERE sequence = ?");
    if (update) {
        update->bind(static_cast<std::int64_t>(end.state)).bind(end.note).bind(end.subject);
        update->bind(end.sequence);
    }
    return run(update);
}

Result<bool> SqliteRows::claim(std::string_view event_key, Sequence sequence) {
    auto insert =
        db_.prepare("INSERT INTO event(key, sequence) VALUES(?, ?) ON CONFLICT DO NOTHING");
    if (!insert) {
        return insert.error();
    }
    insert->bind(event_key).bind(sequence);
    if (auto done = insert->run(); !done) {
        return done.error();
    }
    if (db_.changes() == 1) {
        return true;
    }
    auto select = db_.prepare("SELECT sequence FROM event WHERE key = ?");
    if (!select) {
        return select.error();
    }
    select->bind(event_key);
    auto found = select->step();
    if (!found) {
        return found.error();
    }
    return *found && select->integer(0) == sequence;
}

Status SqliteRows::put_input(const Input& input) {
    auto insert =
        db_.prepare("INSERT INTO input(digest, bytes) VALUES(?, ?) ON CONFLICT DO NOTHING");
    if (insert) {
        insert->bind(input.digest).bind_bytes(input.bytes);
    }
    return run(insert);
}

Result<std::string> SqliteRows::input(std::string_view digest) {
    auto select = db_.prepare("SELECT bytes FROM input WHERE digest = ?");
    if (!select) {
        return select.error();
    }
    select->bind(digest);
    auto found = select->step();
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return not_found("input", digest);
    }
    return select->text(0);
}

Status SqliteRows::put_decision(const DecisionRow& row, std::span<const std::string> inputs) {
    auto insert = db_.prepare("INSERT INTO decision(digest, event_key, trigger_name, trust_class, "
                              "workload, made, record) "
                              "VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    if (insert) {
        insert->bind(row.digest).bind(row.event_key).bind(row.trigger).bind(row.trust_class);
        insert->bind(row.workload).bind(to_row(row.made)).bind(row.record);
    }
    if (auto done = run(insert); !done) {
        return done;
    }
    for (const auto& digest : inputs) {
        if (auto linked = link_input(row.digest, digest, row.made); !linked) {
            return linked;
        }
    }
    return {};
}

Status SqliteRows::link_input(std::string_view decision, std::string_view input, WallTime at) {
    auto insert = db_.prepare(
        "INSERT INTO decision_input(decision, input, at) VALUES(?, ?, ?) ON CONFLICT DO NOTHING"
    );
    if (insert) {
        insert->bind(decision).bind(input).bind(to_row(at));
    }
    return run(insert);
}

Result<DecisionRow> SqliteRows::decision(std::string_view digest) {
    auto select =
        db_.prepare("SELECT digest, event_key, trigger_name, trust_class, workload, record, "
                    "made FROM decision WHERE digest = ?");
    if (!select) {
        return select.error();
    }
    select->bind(digest);
    auto found = select->step();
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return not_found("decision", digest);
    }
    return DecisionRow{
        select->text(0),
        select->text(1),
        select->text(2),
        select->text(3),
        select->text(4),
        select->text(5),
        to_time(select->integer(6))};
}

Status SqliteRows::append_verdict(const VerdictRow& row) {
    auto insert = db_.prepare(
        "INSERT INTO verdict(decision, gate, trust_class, detail, at) VALUES(?, ?, ?, ?, ?)"
    );
    if (insert) {
        insert->bind(row.decision).bind(row.gate).bind(row.trust_class).bind(row.detail);
        insert->bind(to_row(row.when));
    }
    if (auto done = run(insert); !done || row.facts.empty()) {
        return done;
    }
    return link_input(row.decision, row.facts, row.when);
}

Result<std::vector<VerdictRow>> SqliteRows::verdicts(std::string_view decision) {
    auto select = db_.prepare("SELECT decision, gate, trust_class, detail, at FROM verdict "
                              "WHERE decision = ? ORDER BY id");
    if (!select) {
        return select.error();
    }
    select->bind(decision);
    return all<VerdictRow>(*select, read_verdict);
}

Result<std::int64_t> SqliteRows::put_effect(const Effect& effect) {
    auto insert =
        db_.prepare("INSERT INTO effect(kind, workload, lane, attempts, not_before, state, "
                    "last_error, payload) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    if (!insert) {
        return insert.error();
    }
    insert->bind(effect.kind).bind(effect.workload).bind(effect.lane);
    insert->bind(std::int64_t{effect.attempts}).bind(to_row(effect.not_before));
    insert->bind(static_cast<std::int64_t>(effect.state)).bind(effect.last_error);
    insert->bind(effect.payload);
    if (auto done = insert->run(); !done) {
        return done.error();
    }
    return db_.last_row_id();
}

Result<std::vector<Effect>> SqliteRows::due_effects(WallTime now, std::size_t limit) {
    auto select = db_.prepare(
        "SELECT id, kind, workload, lane, attempts, not_before, state, last_error, payload "
        "FROM effect AS mine INDEXED BY effect_in_order WHERE state = 0 AND not_before <= ? "
        "AND NOT EXISTS (SELECT 1 FROM effect AS older INDEXED BY effect_pending "
        "WHERE older.state = 0 AND older.lane = mine.lane AND older.id < mine.id) "
        "ORDER BY id LIMIT ?"
    );
    if (!select) {
        return select.error();
    }
    select->bind(to_row(now)).bind(static_cast<std::int64_t>(limit));
    return all<Effect>(*select, read_effect);
}

Result<std::optional<WallTime>> SqliteRows::next_effect() {
    auto select = db_.prepare("SELECT min(not_before) FROM effect WHERE id IN "
                              "(SELECT min(id) FROM effect WHERE state = 0 GROUP BY lane)");
    if (!select) {
        return select.error();
    }
    if (auto found = select->step(); !found) {
        return found.error();
    }
    std::optional<WallTime> next;
    if (const auto at = select->optional_integer(0)) {
        next = to_time(*at);
    }
    return next;
}

Status SqliteRows::update_effect(const Effect& effect) {
    auto update = db_.prepare("UPDATE effect SET attempts = ?, not_before = ?, state = ?, "
                              "last_error = ?, payload = ? WHERE id = ?");
    if (update) {
        update->bind(std::int64_t{effect.attempts}).bind(to_row(effect.not_before));
        update->bind(static_cast<std::int64_t>(effect.state)).bind(effect.last_error);
        update->bind(effect.payload).bind(effect.id);
    }
    return run(update);
}

Result<std::vector<Effect>> SqliteRows::dead_effects(std::size_t limit) {
    auto select = db_.prepare(
        "SELECT id, kind, workload, lane, attempts, not_before, state, last_error, payload "
        "FROM effect WHERE state = 2 ORDER BY id LIMIT ?"
    );
    if (!select) {
        return select.error();
    }
    select->bind(static_cast<std::int64_t>(limit));
    return all<Effect>(*select, read_effect);
}

Result<std::int64_t> SqliteRows::revive_effects(WallTime now) {
    auto update =
        db_.prepare("UPDATE effect SET state = 0, attempts = 1, not_before = ? WHERE state = 2");
    if (!update) {
        return update.error();
    }
    update->bind(to_row(now));
    if (auto done = update->run(); !done) {
        return done.error();
    }
    return db_.changes();
}

Result<std::optional<std::string>> SqliteRows::value(std::string_view key) {
    auto select = db_.prepare("SELECT value FROM kv WHERE key = ?");
    if (!select) {
        return select.error();
    }
    select->bind(key);
    auto found = select->step();
    if (!found) {
        return found.error();
    }
    std::optional<std::string> value;
    if (*found) {
        value = select->text(0);
    }
    return value;
}

Status SqliteRows::set_value(std::string_view key, std::string_view value) {
    auto insert = db_.prepare("INSERT INTO kv(key, value) VALUES(?, ?) "
                              "ON CONFLICT(key) DO UPDATE SET value = excluded.value");
    if (insert) {
        insert->bind(key).bind(value);
    }
    return run(insert);
}

Result<Counts> SqliteRows::counts() {
    auto select = db_.prepare("SELECT (SELECT count(*) FROM inbox WHERE state = 0), "
                              "(SELECT count(*) FROM effect WHERE state = 0), "
                              "(SELECT count(*) FROM effect WHERE state = 2), "
                              "(SELECT count(*) FROM workload WHERE state < 3), "
                              "(SELECT count(*) FROM decision)");
    if (!select) {
        return select.error();
    }
    if (auto found = select->step(); !found) {
        return found.error();
    }
    return Counts{
        select->integer(0),
        select->integer(1),
        select->integer(2),
        select->integer(3),
        select->integer(4)};
}

} // namespace seakeeper::store
