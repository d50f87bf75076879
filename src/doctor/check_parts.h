#pragma once

#include <string>
#include <vector>

#include "citus_init/doctor/checks.h"

// What the checks are made of.
namespace citus_init::doctor {

// Whether a check is asked about standbys, too: what replication copies, their leader is asked for.
enum class Standbys { included, left_out };

template <void (*find)(const NodeFacts&, Report&), Standbys standbys = Standbys::included>
void in_each_node(const ClusterFacts& cluster, Report& report) {
    for (const NodeFacts& node : cluster.nodes) {
        if (standbys == Standbys::included || !node.is_standby) {
            find(node, report);
        }
    }
}

template <void (*find)(const NodeFacts&, Report&)>
void in_each_leader(const ClusterFacts& cluster, Report& report) {
    in_each_node<find, Standbys::left_out>(cluster, report);
}

// Compares each node with the coordinator (ClusterFacts::reference()).
template <void (*find)(const NodeFacts& node, const NodeFacts& reference, Report&),
          Standbys standbys = Standbys::included>
void in_each_other_node(const ClusterFacts& cluster, Report& report) {
    const NodeFacts* reference = cluster.reference();
    for (const NodeFacts& node : cluster.nodes) {
        const bool is_asked = standbys == Standbys::included || !node.is_standby;
        if (reference != nullptr && &node != reference && is_asked) {
            find(node, *reference, report);
        }
    }
}

template <void (*find)(const NodeFacts& node, const NodeFacts& reference, Report&)>
void in_each_other_leader(const ClusterFacts& cluster, Report& report) {
    in_each_other_node<find, Standbys::left_out>(cluster, report);
}

// "a, b, c, d, e and 3 more"
std::string names_text(const std::vector<std::string>& names);

// The reference, for people: "the coordinator", or its name.
std::string reference_text(const NodeFacts& reference);

// "CITUS_GUC_MAX_CONNECTIONS", "CITUS_GUC_CITUS__MAX_SHARED_POOL_SIZE"
std::string variable_of(std::string_view setting);

// How a setting is changed that all members of a group share, which Patroni owns: "max_connections
// (patronictl edit-config)"; on a node without Patroni it is variable_of().
std::string shared_setting_of(const NodeFacts& node, std::string_view setting);

}  // namespace citus_init::doctor
