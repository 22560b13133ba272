// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_rows.hpp"

namespace seakeeper::store {
namespace {

Status run(Result<sqlite::Statement>& statement) {
    return statement ? statement->run() : Status{statement.error()};
}

Result<bool> has_list(sqlite::Connection& db, const std::string& list) {
    auto select = db.prepare("SELECT 1 FROM considered_input WHERE list = ? LIMIT 1");
    if (!select) {
        return select.error();
    }
    select->bind(list);
    return select->step();
}

Status link(sqlite::Connection& db, const std::string& list, const std::string& input) {
    auto insert =
        db.prepare("INSERT INTO considered_input(list, input) VALUES(?, ?) ON CONFLICT DO NOTHING");
    if (insert) {
        insert->bind(list).bind(input);
    }
    return run(insert);
}

} // namespace

Status SqliteRows::put_considered(const ConsideredRow& row, std::span<const Input> inputs) {
    auto is_here = has_list(db_, row.list);
    if (!is_here) {
        return is_here.error();
    }
    for (const auto& input : *is_here ? std::span<const Input>{} : inputs) {
        if (auto put = put_input(input); !put) {
            return put;
        }
    }
    for (const auto& input : *is_here ? std::span<const Input>{} : inputs) {
        if (auto linked = link(db_, row.list, input.digest); !linked) {
            return linked;
        }
    }
    auto insert = db_.prepare("INSERT INTO considered(sequence, event_key, list) VALUES(?, ?, ?)");
    if (insert) {
        insert->bind(row.sequence).bind(row.event_key).bind(row.list);
    }
    return run(insert);
}

} // namespace seakeeper::store
