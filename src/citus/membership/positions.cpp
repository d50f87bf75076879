#include "citus/membership/positions.h"

#include <fmt/core.h>

namespace citus_init::citus {

namespace {

std::string follow_by_hand(const RegisteredNode& row, const HostPort& address) {
    return fmt::format(
        "If the server at {} is gone for good and what it had beyond this one may be lost: SELECT "
        "citus_update_node({}, '{}', {}) on the coordinator",
        row.address.text(), row.node_id, address.host, address.port);
}

// The operator's word.
std::string take_position_back(int node_id) {
    return fmt::format(
        "UPDATE citus_init.node SET wal_lsn = NULL WHERE nodeid = {} on the coordinator", node_id);
}

void note_at_home(PositionNotes& notes, const NodeRecord& record, const CandidateFacts& facts) {
    const WalPosition& now = facts.server.wal;
    if (!now.is_known() || now == record.furthest) {
        return;
    }
    if (!has_gone_back(facts, record)) {
        notes.further.push_back({record.node_id, now});
    } else if (record.behind_lsn == 0 && !facts.server.in_recovery) {  // else it replays its WAL
        notes.behind.push_back({record.node_id, now});
    }
}

}  // namespace

bool is_behind(const CandidateFacts& candidate, const NodeRecord& record) {
    // pg_upgrade makes a new system identifier, and positions of its own.
    return candidate.server.system_identifier == record.identity.system_identifier &&
           is_behind(candidate.server.wal, candidate.server.timeline_ends, record.furthest);
}

bool has_gone_back(const CandidateFacts& candidate, const NodeRecord& record) {
    const bool was_behind = record.behind_lsn != 0 && record.furthest.is_known() &&
                            candidate.server.system_identifier == record.identity.system_identifier;
    return was_behind || is_behind(candidate, record);
}

std::optional<Classification> not_to_be_followed(const CandidateFacts& candidate,
                                                 const HostPort& address, const NodeRecord& record,
                                                 const RegisteredNode& row) {
    const std::string fix = follow_by_hand(row, address);
    if (is_behind(candidate, record)) {
        return Classification{
            NodeClass::stale,
            fmt::format(
                "is an older copy of the worker registered as {}: it ends at {}, and that "
                "worker was seen at {}, so it is the newer one. Start that worker again. {}",
                row.address.text(), candidate.server.wal.text(), record.furthest.text(), fix)};
    }
    const std::string position =
        record.furthest.is_known()
            ? fmt::format(" (this one ends at {}, that worker was last seen at {})",
                          candidate.server.wal.text(), record.furthest.text())
            : std::string{};
    if (!record.copy_seen.empty()) {
        // At its own address: by citus_init.member_at(), before the copy served anybody.
        const std::string where =
            record.copy_seen == row.address.text()
                ? "a copy of its data directory has been running there"
                : fmt::format("a copy of that worker was seen at {} while it answered",
                              record.copy_seen);
        return Classification{
            NodeClass::duplicate,
            fmt::format("has the identity of the worker registered as {}, and {}: which of them "
                        "has the newest rows is not known{}. Start that worker again. {}",
                        row.address.text(), where, position, fix)};
    }
    if (record.behind_lsn != 0) {
        return Classification{
            NodeClass::duplicate,
            fmt::format("has the identity of the worker registered as {}, where older data has "
                        "been running: rows may have been written to either{}. Start the one with "
                        "the newest rows there. {}",
                        row.address.text(), position, fix)};
    }
    if (candidate.server.is_copied_directory) {
        return Classification{
            NodeClass::duplicate,
            fmt::format("runs on a copied data directory of the worker registered as {}, which may "
                        "have rows that the copy lacks{}. Start that worker again. {}",
                        row.address.text(), position, fix)};
    }
    return std::nullopt;
}

std::string older_data_text(const WalPosition& now, const WalPosition& furthest, int node_id) {
    return fmt::format(
        "is registered, but its data is older than what was seen of it: it ends at {}, and was at "
        "{}. Rows that were written in between are missing. Start it with its newest data "
        "directory. Then, or if that is lost and so are the rows: {}",
        now.text(), furthest.text(), take_position_back(node_id));
}

Classification gone_back(const CandidateFacts& candidate, const NodeRecord& record) {
    if (!is_behind(candidate, record)) {
        return {
            NodeClass::stale,
            fmt::format("is registered, but older data has been running there: it ended at {}, and "
                        "had been at {} before. Rows that were written in between are missing, "
                        "unless its newest data directory has been put back. If it has, or if that "
                        "is lost and so are the rows: {}",
                        WalPosition{record.furthest.timeline, record.behind_lsn}.text(),
                        record.furthest.text(), take_position_back(record.node_id))};
    }
    return {NodeClass::stale,
            older_data_text(candidate.server.wal, record.furthest, record.node_id)};
}

std::string newer_text(const HostPort& one, const CandidateFacts& one_facts, const HostPort& other,
                       const CandidateFacts& other_facts) {
    const WalPosition& first = one_facts.server.wal;
    const WalPosition& second = other_facts.server.wal;
    if (!first.is_known() || !second.is_known() || first == second) {
        return {};
    }
    const bool first_is_newer = first.timeline != second.timeline ? first.timeline > second.timeline
                                                                  : first.lsn > second.lsn;
    return fmt::format("; {} is the newer one ({} against {})",
                       first_is_newer ? one.text() : other.text(),
                       first_is_newer ? first.text() : second.text(),
                       first_is_newer ? second.text() : first.text());
}

PositionNotes position_notes(const CoordinatorView& view, const Probes& probes) {
    PositionNotes notes;
    for (const auto& [address, probe] : probes) {
        if (!probe.facts || !probe.facts->membership) {
            continue;
        }
        const NodeRecord* record = view.record_of(identity_of(*probe.facts));
        const RegisteredNode* row = record == nullptr ? nullptr : view.row_of(*record);
        if (row == nullptr || row->group_id != probe.facts->membership->group_id) {
            continue;
        }
        if (row->address == address) {
            if (record->address == address) {
                note_at_home(notes, *record, *probe.facts);
            }
            continue;
        }
        const auto home = probes.find(row->address);
        const bool is_copy =
            home != probes.end() && home->second.facts &&
            identity_of(*home->second.facts) == identity_of(*probe.facts) &&
            home->second.facts->server.started_at != probe.facts->server.started_at;
        if (is_copy && record->copy_seen.empty()) {
            notes.copies.push_back({row->node_id, address});
        }
    }
    return notes;
}

}  // namespace citus_init::citus
