#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/membership/candidate.h"

namespace citus_init::citus {

namespace {

template <typename Map, typename Key>
auto* found(const Map& map, const Key& key) {
    const auto entry = map.find(key);
    return entry == map.end() ? nullptr : &entry->second;
}

template <typename Map, typename Key>
auto pointer_in(const Map& map, const Key& key) {
    const auto* entry = found(map, key);
    return entry == nullptr ? nullptr : *entry;
}

}  // namespace

CoordinatorView::CoordinatorView(CandidateFacts own, const Cluster& cluster,
                                 const std::vector<NodeRecord>& records, StakesByGroup stakes)
    : own_(std::move(own)), cluster_(&cluster), stakes_(std::move(stakes)) {
    row_at_.reserve(cluster.workers.size());
    row_of_group_.reserve(cluster.workers.size());
    row_of_node_.reserve(cluster.workers.size());
    record_of_node_.reserve(records.size());
    record_of_identity_.reserve(records.size());
    answers_.reserve(cluster.workers.size());
    for (const auto& row : cluster.workers) {
        row_at_[row.address] = &row;
        row_of_group_[row.group_id] = &row;
        row_of_node_[row.node_id] = &row;
    }
    for (const auto& record : records) {
        record_of_node_[record.node_id] = &record;
        auto& known = record_of_identity_[record.identity];
        // Of a node that left and came back the later row counts.
        if (known == nullptr || known->node_id < record.node_id) {
            known = &record;
        }
    }
}

void CoordinatorView::add_answer(const HostPort& address, const Identity& identity) {
    answers_.emplace(identity, address);
}

const RegisteredNode* CoordinatorView::row_at(const HostPort& address) const {
    return pointer_in(row_at_, address);
}

const RegisteredNode* CoordinatorView::row_of_group(int group_id) const {
    return pointer_in(row_of_group_, group_id);
}

const RegisteredNode* CoordinatorView::row_of(const NodeRecord& record) const {
    return pointer_in(row_of_node_, record.node_id);
}

const NodeRecord* CoordinatorView::record_of(const RegisteredNode& row) const {
    return pointer_in(record_of_node_, row.node_id);
}

const NodeRecord* CoordinatorView::record_of(const Identity& identity) const {
    return pointer_in(record_of_identity_, identity);
}

const HostPort* CoordinatorView::answering_address(const Identity& identity) const {
    return found(answers_, identity);
}

std::string CoordinatorView::stakes_text(int group_id) const {
    const Stakes* stakes = found(stakes_, group_id);
    if (stakes == nullptr || stakes->shards == 0) {
        return {};
    }
    // Only whoever has the shards knows, and it is asked for them in vain.
    return fmt::format("; at stake: {} shards of {} tables, size unknown", stakes->shards,
                       stakes->tables);
}

}  // namespace citus_init::citus
