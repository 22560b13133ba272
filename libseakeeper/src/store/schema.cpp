// SPDX-License-Identifier: Apache-2.0
#include "store/schema.hpp"

#include <fmt/format.h>

#include <array>

namespace seakeeper::store {
namespace {

/// Times are milliseconds since 1970. What a later version adds is a new element.
constexpr std::array<const char*, schema_version> steps = {
    R"sql(
CREATE TABLE inbox(
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    received INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    line BLOB NOT NULL);
CREATE INDEX inbox_open ON inbox(sequence) WHERE state = 0;

CREATE TABLE event(
    key TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE input(
    digest TEXT PRIMARY KEY,
    bytes BLOB NOT NULL);
CREATE TABLE decision(
    digest TEXT PRIMARY KEY,
    event_key TEXT NOT NULL,
    trigger_name TEXT NOT NULL,
    trust_class TEXT NOT NULL,
    workload TEXT NOT NULL,
    made INTEGER NOT NULL,
    record TEXT NOT NULL);
CREATE INDEX decision_event ON decision(event_key);
CREATE TABLE decision_input(
    decision TEXT NOT NULL REFERENCES decision(digest) ON DELETE CASCADE,
    input TEXT NOT NULL REFERENCES input(digest),
    PRIMARY KEY(decision, input)) WITHOUT ROWID;
CREATE TABLE verdict(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    decision TEXT NOT NULL REFERENCES decision(digest) ON DELETE CASCADE,
    gate TEXT NOT NULL,
    trust_class TEXT NOT NULL,
    detail TEXT NOT NULL,
    at INTEGER NOT NULL);
CREATE INDEX verdict_decision ON verdict(decision);

CREATE TABLE workload(
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    decision TEXT NOT NULL REFERENCES decision(digest),
    project TEXT NOT NULL,
    change INTEGER NOT NULL,
    patch_set INTEGER NOT NULL,
    revision TEXT NOT NULL,
    trigger_name TEXT NOT NULL,
    label TEXT NOT NULL,
    success_vote INTEGER NOT NULL,
    failure_vote INTEGER NOT NULL,
    note TEXT NOT NULL,
    tells_start INTEGER NOT NULL,
    trust_class TEXT NOT NULL,
    why TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    is_private INTEGER NOT NULL,
    executor TEXT NOT NULL,
    namespace TEXT NOT NULL,
    uid TEXT NOT NULL,
    state INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    is_reported INTEGER NOT NULL,
    is_released INTEGER NOT NULL,
    decided INTEGER NOT NULL,
    started INTEGER,
    finished INTEGER);
CREATE INDEX workload_open ON workload(state) WHERE state < 3;
CREATE INDEX workload_unreleased ON workload(ordinal) WHERE is_released = 0;
CREATE INDEX workload_change ON workload(project, change, patch_set);

CREATE TABLE effect(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    workload TEXT NOT NULL,
    lane TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    state INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    payload TEXT NOT NULL);
CREATE INDEX effect_pending ON effect(lane, id) WHERE state = 0;
CREATE INDEX effect_dead ON effect(id) WHERE state = 2;

CREATE TABLE kv(
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL) WITHOUT ROWID;
)sql",
    // For explaining: what a line was about, and what an event without decisions was judged by. A
    // list's inputs are kept as long as a row of `considered` names the list.
    R"sql(
ALTER TABLE inbox ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE INDEX inbox_subject ON inbox(subject, sequence);
CREATE TABLE considered(
    sequence INTEGER NOT NULL,
    event_key TEXT NOT NULL,
    list TEXT NOT NULL REFERENCES input(digest));
CREATE INDEX considered_sequence ON considered(sequence);
CREATE TABLE considered_input(
    list TEXT NOT NULL REFERENCES input(digest),
    input TEXT NOT NULL REFERENCES input(digest),
    PRIMARY KEY(list, input)) WITHOUT ROWID;
CREATE INDEX effect_lane ON effect(lane, id);
CREATE INDEX effect_workload ON effect(workload, id);
)sql",
    // For catch-up: what is known of Gerrit's past.
    R"sql(
CREATE TABLE trace(
    project TEXT NOT NULL,
    change INTEGER NOT NULL,
    digest TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY(project, change, digest, at)) WITHOUT ROWID;
CREATE TABLE ref_tip(
    project TEXT NOT NULL,
    ref TEXT NOT NULL,
    tip TEXT NOT NULL,
    PRIMARY KEY(project, ref)) WITHOUT ROWID;
CREATE TABLE project(
    name TEXT PRIMARY KEY,
    are_refs_known INTEGER NOT NULL) WITHOUT ROWID;
)sql",
    // For forgetting: what a line has left, and whether anything else rests on an input.
    R"sql(
CREATE INDEX inbox_received ON inbox(received);
CREATE INDEX event_sequence ON event(sequence);
CREATE INDEX workload_decision ON workload(decision);
CREATE INDEX decision_input_input ON decision_input(input);
CREATE INDEX considered_list ON considered(list);
CREATE INDEX considered_input_input ON considered_input(input);
CREATE INDEX trace_at ON trace(at);
)sql",
    // For bursts: what is asked for at every event is not searched for, and who uses an input is
    // noted in the order of time, on few pages.
    R"sql(
CREATE INDEX effect_in_order ON effect(id) WHERE state = 0;
CREATE INDEX workload_trusted ON workload(ordinal) WHERE state < 3 AND trust_class = 'trusted';
ALTER TABLE decision_input ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
DROP INDEX decision_input_input;
CREATE INDEX decision_input_input ON decision_input(input, at);
)sql"};

Status check_owner(sqlite::Connection& connection, std::int64_t version) {
    auto id = connection.integer("PRAGMA application_id");
    if (!id) {
        return id.error();
    }
    auto tables = connection.integer("SELECT count(*) FROM sqlite_master");
    if (!tables) {
        return tables.error();
    }
    const bool is_new = version == 0 && *tables == 0;
    if (!is_new && *id != application_id) {
        return Error{Errc::corrupt, "opening store: the file is another program's database"};
    }
    if (version > schema_version) {
        return Error{
            Errc::unsupported,
            fmt::format(
                "opening store: its schema has version {}, this program knows up to {}: start the "
                "newer seakeeperd, or restore a backup of the older store",
                version,
                schema_version
            )};
    }
    return {};
}

} // namespace

Status bring_forward(sqlite::Connection& connection) {
    auto version = connection.integer("PRAGMA user_version");
    if (!version) {
        return version.error();
    }
    if (auto owner = check_owner(connection, *version); !owner) {
        return owner;
    }
    for (auto at = *version; at < schema_version; ++at) {
        auto transaction = sqlite::Transaction::begin(connection);
        if (!transaction) {
            return transaction.error();
        }
        const auto sql = fmt::format(
            "{}; PRAGMA application_id = {}; PRAGMA user_version = {};",
            steps[static_cast<std::size_t>(at)],
            application_id,
            at + 1
        );
        if (auto done = connection.execute(sql); !done) {
            return done;
        }
        if (auto done = transaction->commit(); !done) {
            return done;
        }
    }
    return {};
}

} // namespace seakeeper::store
