// SPDX-License-Identifier: Apache-2.0
#include "store/schema.hpp"
#include "store/sqlite_rows.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/store/history.hpp>

#include <fmt/format.h>

namespace seakeeper::store {
namespace {

WallTime to_time(std::int64_t milliseconds) {
    return WallTime{std::chrono::milliseconds{milliseconds}};
}

InboxEntry read_entry(const sqlite::Statement& at) {
    InboxEntry entry;
    entry.sequence = at.integer(0);
    entry.line = {at.text(3), to_time(at.integer(1)), at.integer(2)};
    entry.state = static_cast<InboxState>(at.integer(4));
    entry.note = at.text(5);
    entry.subject = at.text(6);
    return entry;
}

DecisionRow read_decision(const sqlite::Statement& at) {
    return DecisionRow{
        at.text(0),
        at.text(1),
        at.text(2),
        at.text(3),
        at.text(4),
        at.text(5),
        to_time(at.integer(6))};
}

#define SEAKEEPER_ENTRY_COLUMNS                                                                    \
    "SELECT sequence, received, epoch, line, state, note, subject FROM inbox "
#define SEAKEEPER_DECISION_COLUMNS                                                                 \
    "SELECT digest, event_key, trigger_name, trust_class, workload, record, made, rowid "          \
    "FROM decision "
#define SEAKEEPER_EFFECT_COLUMNS                                                                   \
    "SELECT id, kind, workload, lane, attempts, not_before, state, last_error, payload FROM "      \
    "effect "

/// All rows of a query with these parameters.
template <class Row, class Read, class... Values>
Result<std::vector<Row>>
all(sqlite::Connection& db, std::string_view sql, Read read, const Values&... values) {
    auto select = db.prepare(sql);
    if (!select) {
        return select.error();
    }
    (select->bind(values), ...);
    std::vector<Row> rows;
    for (;;) {
        auto stepped = select->step();
        if (!stepped) {
            return stepped.error();
        }
        if (!*stepped) {
            return rows;
        }
        rows.push_back(read(*select));
    }
}

template <class Row>
Result<Row> only(Result<std::vector<Row>> rows, std::string_view what, std::string_view key) {
    if (!rows) {
        return rows.error();
    }
    if (rows->empty()) {
        return Error{
            Errc::not_found, fmt::format("reading {} {}: there is none", what, quoted(key))};
    }
    if (rows->size() > 1) {
        return Error{
            Errc::conflict, fmt::format("reading {} {}: there are several", what, quoted(key))};
    }
    return std::move(rows->front());
}

class SqliteHistory final : public History {
public:
    explicit SqliteHistory(std::unique_ptr<sqlite::Connection> connection)
        : connection_{std::move(connection)}, db_{*connection_}, rows_{db_} {}

    Result<InboxEntry> line(Sequence sequence) override {
        return only(
            all<InboxEntry>(
                db_, SEAKEEPER_ENTRY_COLUMNS "WHERE sequence = ?", read_entry, sequence
            ),
            "event",
            std::to_string(sequence)
        );
    }
    Result<std::vector<InboxEntry>> lines(Sequence after, std::size_t limit) override {
        return all<InboxEntry>(
            db_,
            SEAKEEPER_ENTRY_COLUMNS "WHERE sequence > ? ORDER BY sequence LIMIT ?",
            read_entry,
            after,
            static_cast<std::int64_t>(limit)
        );
    }
    Result<Sequence> before_last(std::size_t count) override {
        const auto number = [](const sqlite::Statement& at) { return at.integer(0); };
        auto rows = all<Sequence>(
            db_,
            "SELECT sequence FROM inbox ORDER BY sequence DESC LIMIT 1 OFFSET ?",
            number,
            static_cast<std::int64_t>(count)
        );
        if (!rows) {
            return rows.error();
        }
        return rows->empty() ? Sequence{0} : rows->front();
    }
    Result<std::vector<InboxEntry>> lines_about(std::string_view subject) override {
        return all<InboxEntry>(
            db_, SEAKEEPER_ENTRY_COLUMNS "WHERE subject = ? ORDER BY sequence", read_entry, subject
        );
    }
    Result<std::vector<std::string>> subjects_of(std::uint32_t change) override {
        const auto text = [](const sqlite::Statement& at) { return at.text(0); };
        return all<std::string>(
            db_,
            "SELECT DISTINCT subject FROM inbox WHERE subject LIKE ? ORDER BY subject",
            text,
            std::string_view{fmt::format("%~{}", change)}
        );
    }
    Result<Sequence> sequence_of(std::string_view event_key) override {
        const auto number = [](const sqlite::Statement& at) { return at.integer(0); };
        return only(
            all<Sequence>(db_, "SELECT sequence FROM event WHERE key = ?", number, event_key),
            "event",
            event_key
        );
    }
    Result<std::vector<DecisionRow>> decisions(std::int64_t& after, std::size_t limit) override {
        const auto from = after;
        const auto read = [&after](const sqlite::Statement& at) {
            after = at.integer(7);
            return read_decision(at);
        };
        return all<DecisionRow>(
            db_,
            SEAKEEPER_DECISION_COLUMNS "WHERE rowid > ? ORDER BY rowid LIMIT ?",
            read,
            from,
            static_cast<std::int64_t>(limit)
        );
    }
    Result<std::vector<DecisionRow>> decisions_of(std::string_view event_key) override {
        return all<DecisionRow>(
            db_,
            SEAKEEPER_DECISION_COLUMNS "WHERE event_key = ? ORDER BY rowid",
            read_decision,
            event_key
        );
    }
    Result<DecisionRow> decision(std::string_view digest) override {
        return only(
            all<DecisionRow>(
                db_,
                SEAKEEPER_DECISION_COLUMNS "WHERE digest >= ? AND digest < ? LIMIT 2",
                read_decision,
                digest,
                std::string_view{std::string{digest} + "g"} // no digit is above f
            ),
            "decision",
            digest
        );
    }
    Result<std::vector<ConsideredRow>> considered(Sequence sequence) override {
        const auto read = [](const sqlite::Statement& at) {
            return ConsideredRow{at.integer(0), at.text(1), at.text(2)};
        };
        return all<ConsideredRow>(
            db_,
            "SELECT sequence, event_key, list FROM considered WHERE sequence = ? ORDER BY rowid",
            read,
            sequence
        );
    }
    Result<std::vector<VerdictRow>> verdicts(std::string_view decision) override {
        return rows_.verdicts(decision);
    }
    Result<WorkloadRow> workload(std::string_view id) override { return rows_.workload(id); }
    Result<std::vector<Effect>> effects_of(std::string_view workload) override {
        return all<Effect>(
            db_, SEAKEEPER_EFFECT_COLUMNS "WHERE workload = ? ORDER BY id", read_effect, workload
        );
    }
    Result<std::vector<Effect>> effects_in(std::string_view lane) override {
        return all<Effect>(
            db_, SEAKEEPER_EFFECT_COLUMNS "WHERE lane = ? ORDER BY id", read_effect, lane
        );
    }
    Result<std::string> input(std::string_view digest) override { return rows_.input(digest); }

private:
    std::unique_ptr<sqlite::Connection> connection_;
    sqlite::Connection& db_;
    SqliteRows rows_;
};

Status check_version(sqlite::Connection& connection) {
    auto id = connection.integer("PRAGMA application_id");
    auto version = connection.integer("PRAGMA user_version");
    if (!id || !version) {
        return id ? version.error() : id.error();
    }
    if (*id != application_id) {
        return Error{Errc::corrupt, "the file is another program's database"};
    }
    if (*version != schema_version) {
        return Error{
            Errc::unsupported,
            fmt::format(
                "its schema has version {}, this program reads {}: use the seakeeperd that wrote "
                "it, "
                "or let this one serve it once",
                *version,
                schema_version
            )};
    }
    return {};
}

} // namespace

Result<std::unique_ptr<History>> open_history(const std::string& path) {
    const auto doing = fmt::format("opening store {} to read", quoted(path));
    auto opened = sqlite::Connection::open(path, sqlite::Connection::Mode::read_only);
    if (!opened) {
        return opened.error().within(doing);
    }
    auto connection = std::make_unique<sqlite::Connection>(std::move(*opened));
    // Deferred: the first query below fixes the state that all later ones see.
    if (auto begun =
            connection->execute("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; BEGIN");
        !begun) {
        return begun.error().within(doing);
    }
    if (auto fits = check_version(*connection); !fits) {
        return fits.error().within(doing);
    }
    return std::unique_ptr<History>{std::make_unique<SqliteHistory>(std::move(connection))};
}

} // namespace seakeeper::store
