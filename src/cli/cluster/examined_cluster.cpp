#include "cli/cluster/examined_cluster.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/agent/member/group_status.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/citus/node_conninfo.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/doctor/examination.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/problems.h"
#include "citus_init/settings/load.h"

#include "cli/cluster/running_node.h"
#include "cli/cluster/stopped_node.h"

namespace citus_init::cli {

namespace {

using agent::AgentContext;
using doctor::NodeFacts;
using doctor::Subject;

std::int64_t seconds_since_1970() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// What the own server says about its place.
struct OwnPlace {
    bool is_standby = false;
    std::optional<int> group;  // none: no member of a cluster
};

citus::SqlResult<OwnPlace> own_place(citus::Session& own) {
    const auto rows = own.query(
        "SELECT pg_catalog.pg_is_in_recovery(), own.groupid FROM pg_catalog.pg_dist_local_group "
        "own JOIN pg_catalog.pg_dist_node n USING (groupid) LIMIT 1");
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    OwnPlace place;
    if (!rows->empty()) {
        place.is_standby = rows->is_true(0, 0);
        place.group = std::stoi(rows->at(0, 1));
    }
    return place;
}

doctor::MemberFacts member_facts(int group, const ha::GroupMember& member) {
    using ha::Place;
    doctor::MemberFacts facts;
    facts.group = group;
    facts.name = member.name;
    facts.leads = member.place == Place::leader || member.place == Place::standby_leader;
    facts.never_leads = member.never_leads;
    facts.is_synchronous = member.place == Place::synchronous || member.place == Place::quorum;
    facts.state = member.state;
    facts.lag = member.lag;
    facts.timeline = member.timeline;
    facts.patroni = member.version;
    facts.has_old_patroni = member.has_old_version;
    return facts;
}

// Of the own member; the checks find the same on each.
bool has_check(const ha::Finding& finding) {
    return finding.about == "prepared transactions" || finding.about == "replication";
}

// Whom the examination is about.
class Nodes {
  public:
    Nodes(const AgentContext& context, citus::ConnectionTarget node_target)
        : context_(&context), node_target_(std::move(node_target)) {}

    void add(const citus::RegisteredNode& row, bool is_own) {
        Subject& subject = subjects_.emplace_back();
        subject.facts.name = row.address.text();
        subject.facts.is_own = is_own;
        subject.facts.is_coordinator = row.group_id == 0;
        subject.facts.row = row;
        subject.target = is_own ? context_->local_target() : target_of(row.address);
    }

    // This node, which is not registered, or not as itself.
    void add_own(bool is_coordinator) {
        Subject& subject = subjects_.emplace_back();
        subject.facts.name =
            fmt::format("{}:{}", node::node_name(context_->settings.citus),
                        context_->settings.citus.node_port.value_or(context_->server.port));
        subject.facts.is_own = true;
        subject.facts.is_coordinator = is_coordinator;
        subject.target = context_->local_target();
    }

    void add_all(const citus::Cluster& cluster, const OwnPlace& place) {
        const auto is_own = [&](const citus::RegisteredNode& row) {
            return place.group == row.group_id && !place.is_standby;
        };
        if (cluster.coordinator) {
            add(*cluster.coordinator, is_own(*cluster.coordinator));
        }
        for (const auto& worker : cluster.workers) {
            add(worker, is_own(worker));
        }
    }

    // The members of a group, as it is listed: nodes that are there already, or standbys.
    void add_members(const agent::GroupListing& listing, const agent::GroupsStatus& seen_from) {
        for (const ha::GroupMember& member : listing.members->members) {
            const bool is_own = listing.group == seen_from.group && member.name == seen_from.member;
            NodeFacts& facts = subject_of(member, is_own).facts;
            facts.member = member_facts(listing.group, member);
            facts.is_standby = !facts.member->leads;
            facts.is_coordinator = listing.group == 0 && facts.member->leads;
        }
    }

    bool has_own() const {
        return std::any_of(subjects_.begin(), subjects_.end(),
                           [](const Subject& subject) { return subject.facts.is_own; });
    }

    citus::ConnectionTarget target_of(const HostPort& address) const {
        citus::ConnectionTarget target = node_target_;
        target.host = address.host;
        target.port = address.port;
        return target;
    }

    std::vector<Subject> take() { return std::move(subjects_); }

  private:
    Subject& subject_of(const ha::GroupMember& member, bool is_own) {
        const HostPort address{member.host, member.port};
        const auto is_there = [&](const Subject& each) {
            return each.facts.row && each.facts.row->address == address;
        };
        const auto found = std::find_if(subjects_.begin(), subjects_.end(), is_there);
        Subject& subject = found == subjects_.end() ? subjects_.emplace_back() : *found;
        subject.facts.name = address.text();
        subject.facts.is_own = is_own;
        subject.target = is_own ? context_->local_target() : target_of(address);
        return subject;
    }

    const AgentContext* context_;  // outlives it
    citus::ConnectionTarget node_target_;
    std::vector<Subject> subjects_;
};

// A worker that is no member yet is compared with the cluster that it is to join.
citus::SqlResult<void> add_cluster_to_join(const AgentContext& context, Nodes& nodes) {
    const auto& citus = context.settings.citus;
    const HostPort address{citus.coordinator_host, citus.coordinator_port.value_or(5432)};
    auto session = context.connector->connect(doctor::with_limits(nodes.target_of(address)));
    if (!session) {
        return tl::unexpected(session.error());
    }
    const auto cluster = citus::read_cluster(**session);
    if (!cluster) {
        return tl::unexpected(cluster.error());
    }
    nodes.add_all(*cluster, OwnPlace{});
    return {};
}

citus::SqlResult<void> add_nodes(const AgentContext& context, citus::Session& own, Nodes& nodes) {
    const auto cluster = citus::read_cluster(own);
    if (!cluster) {
        return tl::unexpected(cluster.error());
    }
    const auto place = own_place(own);
    if (!place) {
        return tl::unexpected(place.error());
    }
    nodes.add_all(*cluster, *place);
    const bool is_worker = context.settings.citus.role == settings::Role::worker;
    return is_worker && !place->group && !context.settings.patroni
               ? add_cluster_to_join(context, nodes)
               : citus::SqlResult<void>();
}

citus::SqlResult<Nodes> nodes_seen_from(const AgentContext& context) {
    auto own = context.connector->connect(doctor::with_limits(context.local_target()));
    if (!own) {
        return tl::unexpected(own.error());
    }
    auto options = citus::read_node_conninfo(**own);
    if (!options) {
        return tl::unexpected(options.error());
    }
    citus::ConnectionTarget target = context.node_target();
    target.options = std::move(*options);
    Nodes nodes(context, std::move(target));
    if (const auto added = add_nodes(context, **own, nodes); !added) {
        return tl::unexpected(added.error());
    }
    return nodes;
}

void add_groups(const agent::GroupsStatus& groups, Nodes& nodes, doctor::ClusterFacts& facts) {
    for (const agent::GroupListing& listing : groups.groups) {
        facts.groups.push_back({listing.group, listing.members.has_value(), listing.trouble,
                                listing.members && listing.members->paused,
                                listing.synchronous_mode});
        if (listing.members) {
            nodes.add_members(listing, groups);
        }
    }
    for (const ha::Finding& finding : groups.findings) {
        if (!has_check(finding)) {
            facts.manager.push_back({finding.what, finding.fix});
        }
    }
}

void examine_running(const AgentContext& context, ExaminedCluster& cluster) {
    const auto& citus = context.settings.citus;
    Nodes nodes(context, context.node_target());
    if (citus.enable) {
        if (auto found = nodes_seen_from(context)) {
            nodes = std::move(*found);
        } else {
            cluster.facts.metadata_trouble =
                citus::sql_failure("this node cannot name them", found.error()).message;
        }
    }
    if (const auto groups = agent::inspect_groups(context)) {
        add_groups(*groups, nodes, cluster.facts);
    }
    if (!nodes.has_own()) {
        nodes.add_own(citus.enable && citus.role == settings::Role::coordinator &&
                      !context.settings.patroni);
    }
    auto subjects = nodes.take();
    for (const Subject& subject : subjects) {
        cluster.targets[subject.facts.name] = subject.target;
    }
    cluster.facts.nodes = doctor::examine(*context.connector, std::move(subjects));
}

void examine_stopped(const settings::Environment& environment, const settings::Settings& settings,
                     const std::string& trouble, doctor::ClusterFacts& facts) {
    doctor::NodeFacts own;
    own.name =
        fmt::format("{}:{}", node::node_name(settings.citus),
                    settings.citus.node_port.value_or(settings.postgres.port.value_or(5432)));
    own.is_own = true;
    own.is_coordinator =
        settings.citus.enable && settings.citus.role == settings::Role::coordinator;
    own.trouble = trouble;
    if (settings.citus.enable) {
        facts.metadata_trouble = "this node's server does not run";
    }
    read_stopped_node(environment, own);
    facts.nodes.push_back(std::move(own));
}

}  // namespace

Result<ExaminedCluster> examine_cluster(const settings::Environment& environment) {
    auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded) {
        return fail(node::as_error(loaded.error()));
    }
    ExaminedCluster cluster;
    cluster.facts.with_citus = loaded->settings.citus.enable;
    cluster.facts.now = seconds_since_1970();
    for (const auto& warning : loaded->warnings) {
        cluster.facts.configuration_warnings.push_back(warning.text());
    }
    auto context = find_running_node(environment, Citus::optional);
    if (context) {
        examine_running(*context, cluster);
        cluster.connector = std::move(context->connector);
    } else if (context.error().code == ExitCode::unavailable) {
        examine_stopped(environment, loaded->settings, context.error().message, cluster.facts);
    } else {
        return fail(context.error());
    }
    return cluster;
}

}  // namespace citus_init::cli
