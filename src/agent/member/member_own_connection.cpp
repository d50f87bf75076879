#include "agent/member/member_own_connection.h"

#include "citus_init/citus/own_connection.h"

#include "agent/own_connection_watch.h"

namespace citus_init::agent {

bool has_own_connection(const ha::MemberSnapshot& snapshot) {
    const auto* own = snapshot.members ? snapshot.members->find(snapshot.name) : nullptr;
    if (!snapshot.leads || !snapshot.facts || snapshot.facts->in_recovery || !snapshot.cluster ||
        own == nullptr) {
        return false;
    }
    const auto* row = snapshot.group == 0 && snapshot.cluster->coordinator
                          ? &*snapshot.cluster->coordinator
                          : snapshot.cluster->find_group(snapshot.group);
    return row != nullptr && row->address == HostPort{own->host, own->port};
}

MemberOwnConnection::MemberOwnConnection(const AgentContext& context) : context_(context) {}

status::Condition MemberOwnConnection::pass(const ha::MemberSnapshot& snapshot) {
    if (!has_own_connection(snapshot)) {
        is_due_ = true;
        failure_ = {};
        return {};
    }
    if (snapshot.facts->configuration_loaded != configuration_loaded_) {
        configuration_loaded_ = snapshot.facts->configuration_loaded;
        is_due_ = true;
    }
    if (!is_due_ && is_none(failure_)) {
        return {};
    }
    const auto tried =
        citus::connect_to_own_node(*context_.connector, context_.local_target(), std::nullopt);
    if (tried) {  // else nothing was found out, and the next pass tries again
        failure_ = *tried ? condition_of(**tried) : status::Condition();
        is_due_ = false;
    }
    return failure_;
}

}  // namespace citus_init::agent
