// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_rows.hpp"

namespace seakeeper::store {
namespace {

Status run(Result<sqlite::Statement>& statement) {
    if (!statement) {
        return statement.error();
    }
    return statement->run();
}

/// All rows of a bound statement.
template <class Row, class Read>
Result<std::vector<Row>> all(Result<sqlite::Statement> statement, Read read) {
    if (!statement) {
        return statement.error();
    }
    std::vector<Row> rows;
    for (;;) {
        auto stepped = statement->step();
        if (!stepped) {
            return stepped.error();
        }
        if (!*stepped) {
            return rows;
        }
        rows.push_back(read(*statement));
    }
}

} // namespace

Status SqliteRows::remember(const Imprint& imprint, Sequence sequence) {
    if (!imprint.key.empty()) {
        if (auto claimed = claim(imprint.key, sequence); !claimed) {
            return claimed.error();
        }
    }
    if (imprint.trace) {
        auto insert = db_.prepare("INSERT INTO trace(project, change, digest, at) "
                                  "VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING");
        if (insert) {
            insert->bind(imprint.trace->project).bind(std::int64_t{imprint.trace->change});
            insert->bind(imprint.trace->digest).bind(imprint.trace->at);
        }
        if (auto done = run(insert); !done) {
            return done;
        }
    }
    if (imprint.move) {
        if (auto done = set_ref_tip(*imprint.move); !done) {
            return done;
        }
    }
    if (!imprint.created_project.empty()) {
        // Its refs were made while we listened: what is not known of them is new.
        return set_project({imprint.created_project, true});
    }
    return {};
}

Result<std::vector<std::string>> SqliteRows::known_keys(std::span<const std::string> keys) {
    std::vector<std::string> known;
    for (const auto& key : keys) {
        auto select = db_.prepare("SELECT 1 FROM event WHERE key = ?");
        if (!select) {
            return select.error();
        }
        select->bind(key);
        auto found = select->step();
        if (!found) {
            return found.error();
        }
        if (*found) {
            known.push_back(key);
        }
    }
    return known;
}

Result<std::vector<Trace>> SqliteRows::traces(std::string_view project, std::uint32_t change) {
    auto select =
        db_.prepare("SELECT project, change, digest, at FROM trace WHERE project = ? AND change = ?"
        );
    if (select) {
        select->bind(project).bind(std::int64_t{change});
    }
    return all<Trace>(std::move(select), [](const sqlite::Statement& at) {
        return Trace{
            at.text(0), static_cast<std::uint32_t>(at.integer(1)), at.text(2), at.integer(3)};
    });
}

Result<std::vector<RefTip>> SqliteRows::ref_tips(std::string_view project) {
    auto select = db_.prepare("SELECT project, ref, tip FROM ref_tip WHERE project = ?");
    if (select) {
        select->bind(project);
    }
    return all<RefTip>(std::move(select), [](const sqlite::Statement& at) {
        return RefTip{at.text(0), at.text(1), at.text(2)};
    });
}

Status SqliteRows::set_ref_tip(const RefTip& tip) {
    if (tip.tip.empty()) {
        auto remove = db_.prepare("DELETE FROM ref_tip WHERE project = ? AND ref = ?");
        if (remove) {
            remove->bind(tip.project).bind(tip.ref);
        }
        return run(remove);
    }
    auto insert = db_.prepare("INSERT INTO ref_tip(project, ref, tip) VALUES(?, ?, ?) "
                              "ON CONFLICT(project, ref) DO UPDATE SET tip = excluded.tip");
    if (insert) {
        insert->bind(tip.project).bind(tip.ref).bind(tip.tip);
    }
    return run(insert);
}

Result<std::vector<KnownProject>> SqliteRows::projects() {
    auto select = db_.prepare("SELECT name, are_refs_known FROM project ORDER BY name");
    return all<KnownProject>(std::move(select), [](const sqlite::Statement& at) {
        return KnownProject{at.text(0), at.integer(1) != 0};
    });
}

Status SqliteRows::set_project(const KnownProject& project) {
    auto insert = db_.prepare("INSERT INTO project(name, are_refs_known) VALUES(?, ?) "
                              "ON CONFLICT(name) DO UPDATE SET are_refs_known = "
                              "max(are_refs_known, excluded.are_refs_known)");
    if (insert) {
        insert->bind(project.name).bind(std::int64_t{project.are_refs_known});
    }
    return run(insert);
}

} // namespace seakeeper::store
