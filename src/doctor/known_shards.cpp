#include "doctor/known_shards.h"

#include <algorithm>
#include <set>
#include <string>

#include "citus_init/base/text.h"

#include "doctor/row_text.h"
#include "doctor/server_statements.h"

namespace citus_init::doctor {

namespace {

using citus::Session;
using citus::SqlResult;

bool has_unplaced(const Subject& subject) {
    return subject.facts.leftovers && !subject.facts.leftovers->unplaced.empty();
}

bool is_coordinator(const Subject& subject) {
    return subject.facts.is_coordinator && !subject.facts.is_standby &&
           subject.facts.trouble.empty();
}

std::string ids_of(const std::vector<UnplacedShard>& shards) {
    std::vector<std::string> ids;
    ids.reserve(shards.size());
    for (const auto& shard : shards) {
        ids.push_back(std::to_string(shard.id));
    }
    return "{" + join(ids, ",") + "}";
}

SqlResult<std::set<std::string>> first_column_of(Session& session, const char* statement,
                                                 const std::vector<std::string>& parameters) {
    const auto rows = session.query(statement, parameters);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    const auto values = first_column(*rows);
    return std::set<std::string>(values.begin(), values.end());
}

SqlResult<void> drop_known(Session& coordinator, NodeFacts& node) {
    auto& unplaced = node.leftovers->unplaced;
    const std::string ids = ids_of(unplaced);
    const int group = node.row ? node.row->group_id : 0;
    const auto placed =
        first_column_of(coordinator, statement::kPlacedShards, {std::to_string(group), ids});
    if (!placed) {
        return tl::unexpected(placed.error());
    }
    const auto has_cleanup = coordinator.query(statement::kHasCleanup);
    if (!has_cleanup) {
        return tl::unexpected(has_cleanup.error());
    }
    const auto to_remove = has_cleanup->is_true(0, 0)
                               ? first_column_of(coordinator, statement::kCleanupOfShards, {ids})
                               : SqlResult<std::set<std::string>>();
    if (!to_remove) {
        return tl::unexpected(to_remove.error());
    }
    std::erase_if(unplaced, [&](const UnplacedShard& shard) {
        return placed->contains(std::to_string(shard.id)) || to_remove->contains(shard.relation);
    });
    return {};
}

void give_up(std::vector<Subject>& subjects, const std::string& reason) {
    for (Subject& subject : subjects) {
        if (has_unplaced(subject)) {
            subject.facts.leftovers->unplaced.clear();
            subject.facts.unread.push_back("orphaned shards: the coordinator " + reason);
        }
    }
}

}  // namespace

void drop_known_shards(citus::Connector& connector, std::vector<Subject>& subjects) {
    if (std::none_of(subjects.begin(), subjects.end(), has_unplaced)) {
        return;
    }
    const auto coordinator = std::find_if(subjects.begin(), subjects.end(), is_coordinator);
    if (coordinator == subjects.end()) {
        give_up(subjects, "does not answer");
        return;
    }
    auto session = connector.connect(with_limits(coordinator->target));
    if (!session) {
        give_up(subjects, "does not answer: " + one_line(session.error().text()));
        return;
    }
    if (const auto set = (*session)->query(statement::kPrologue); !set) {
        give_up(subjects, "cannot be asked: " + one_line(set.error().text()));
        return;
    }
    for (Subject& subject : subjects) {
        if (!has_unplaced(subject)) {
            continue;
        }
        if (const auto known = drop_known(**session, subject.facts); !known) {
            give_up(subjects, "cannot be asked: " + one_line(known.error().text()));
            return;
        }
    }
}

}  // namespace citus_init::doctor
