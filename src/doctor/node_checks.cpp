#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "doctor/check_functions.h"
#include "doctor/check_parts.h"

namespace citus_init::doctor {

namespace {

// "missing here: a; only here: b; differs: c (lacks login)"
class Differences {
  public:
    void add(const char* kind, std::string name) { by_kind_[kind].push_back(std::move(name)); }

    std::string text() const {
        std::vector<std::string> parts;
        for (const auto& [kind, names] : by_kind_) {
            parts.push_back(fmt::format("{}: {}", kind, names_text(names)));
        }
        return join(parts, "; ");
    }

  private:
    std::map<std::string, std::vector<std::string>> by_kind_;
};

constexpr const char* kMissing = "missing here";
constexpr const char* kOnlyHere = "only here";
constexpr const char* kDiffers = "different here";

// What `first` has and `second` lacks.
std::vector<std::string> lacking(const std::set<std::string>& first,
                                 const std::set<std::string>& second) {
    std::vector<std::string> result;
    for (const std::string& trait : first) {
        if (!second.contains(trait)) {
            result.push_back(trait);
        }
    }
    return result;
}

std::string trait_difference(const std::set<std::string>& own, const std::set<std::string>& other) {
    std::vector<std::string> parts;
    if (const auto missing = lacking(other, own); !missing.empty()) {
        parts.push_back("lacks " + join(missing, " and "));
    }
    if (const auto more = lacking(own, other); !more.empty()) {
        parts.push_back("has " + join(more, " and "));
    }
    return join(parts, ", ");
}

// Adds what is in one of two maps, and what `difference` says of an entry that is in both.
template <typename Map, typename Difference>
std::string differences_of(const Map& own, const Map& other, const Difference& difference) {
    Differences result;
    for (const auto& [name, value] : other) {
        const auto found = own.find(name);
        if (found == own.end()) {
            result.add(kMissing, name);
        } else if (const std::string text = difference(found->second, value); !text.empty()) {
            result.add(kDiffers, fmt::format("{} ({})", name, text));
        }
    }
    for (const auto& [name, value] : own) {
        if (!other.contains(name)) {
            result.add(kOnlyHere, name);
        }
    }
    return result.text();
}

}  // namespace

void find_unreachable(const NodeFacts& node, Report& report) {
    if (!node.trouble.empty()) {
        report.add(
            node, node.trouble,
            node.is_own
                ? "Start the node, or correct what the message names; `citus-init health` says "
                  "more"
            : node.member ? "`citus-init health` in its container says why; `citus-init nodes` "
                            "what its group "
                            "does meanwhile"
                          : "`citus-init health` on that node says why; `citus-init plan` on "
                            "the coordinator what is done about it");
    }
}

void find_unread(const NodeFacts& node, Report& report) {
    if (!node.unread.empty()) {
        report.add(node, "could not be read: " + join(node.unread, "; "),
                   "Repair what the message names, then call `citus-init doctor` again");
    }
}

void find_unknown_nodes(const ClusterFacts& cluster, Report& report) {
    const NodeFacts* own = cluster.own();
    if (own != nullptr && !cluster.metadata_trouble.empty()) {
        report.add(*own, "the other nodes are not known: " + cluster.metadata_trouble,
                   "Call `citus-init doctor` on a node whose server answers, too");
    }
}

void find_disabled(const NodeFacts& node, Report& report) {
    if (node.row && !node.row->active) {
        report.add(node, "is registered, but disabled",
                   fmt::format("When its data is known to be whole, on the coordinator: SELECT "
                               "citus_activate_node('{}', {})",
                               node.row->address.host, node.row->address.port));
    }
}

void find_unsynced(const NodeFacts& node, Report& report) {
    if (node.row && node.row->active && node.row->has_metadata && !node.row->metadata_synced) {
        report.add(node, "its metadata is out of date",
                   "Citus brings it up to date as soon as the node answers; `citus-init plan` on "
                   "the coordinator says what is in the way");
    }
    if (node.row && node.row->active && !node.row->has_metadata) {
        report.add(node, "it has no metadata: queries through it see no distributed table",
                   fmt::format("SELECT citus_activate_node('{}', {}) on the coordinator; after an "
                               "upgrade from Citus 10: SELECT citus_finalize_upgrade_to_citus11()",
                               node.row->address.host, node.row->address.port));
    }
}

void find_configuration_warnings(const ClusterFacts& cluster, Report& report) {
    if (const NodeFacts* own = cluster.own(); own != nullptr) {
        for (const std::string& warning : cluster.configuration_warnings) {
            report.add(*own, warning, "As the text says; `citus-init check` lists all of them");
        }
    }
}

void find_manager_remarks(const ClusterFacts& cluster, Report& report) {
    if (const NodeFacts* own = cluster.own(); own != nullptr) {
        for (const Remark& remark : cluster.manager) {
            report.add(*own, remark.what, remark.fix);
        }
    }
}

void compare_roles(const NodeFacts& node, const NodeFacts& reference, Report& report) {
    if (!node.objects || !reference.objects) {
        return;
    }
    const std::string text =
        differences_of(node.objects->roles, reference.objects->roles, trait_difference);
    if (!text.empty()) {
        report.add(
            node, fmt::format("roles differ from {}: {}", reference_text(reference), text),
            "CREATE, ALTER, GRANT or DROP the role on this node as it is on the coordinator, "
            "after SET citus.enable_ddl_propagation = off; make and change roles on the "
            "coordinator, in the Citus database");
    }
}

void compare_extensions(const NodeFacts& node, const NodeFacts& reference, Report& report) {
    if (!node.objects || !reference.objects) {
        return;
    }
    const std::string text = differences_of(
        node.objects->extensions, reference.objects->extensions,
        [](const ExtensionFacts& own, const ExtensionFacts& other) {
            return own.installed == other.installed
                       ? ""
                       : fmt::format("{} instead of {}", own.installed, other.installed);
        });
    if (!text.empty()) {
        report.add(node,
                   fmt::format("extensions differ from {}: {}", reference_text(reference), text),
                   "CREATE EXTENSION or ALTER EXTENSION ... UPDATE on the node that is behind, "
                   "after SET citus.enable_ddl_propagation = off");
    }
}

}  // namespace citus_init::doctor
