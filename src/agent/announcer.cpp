#include "agent/announcer.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/coordinator_advice.h"
#include "citus_init/citus/sqlstate.h"
#include "citus_init/network/node_names.h"
#include "citus_init/node/node_name.h"

#include "agent/coordinator_target.h"
#include "agent/own_state.h"

namespace citus_init::agent {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kSlowness = 30;  // intervals between announcements of a node that has joined
constexpr seconds kFirstPause{1};
constexpr seconds kLongestPause{30};
constexpr int kMostNameAttempts = 3;

// A coordinator that is away, starting, stopping, full or not yet prepared is no news; whatever
// else it says, somebody has to hear.
bool is_no_news(const std::string& sqlstate) {
    return citus::sqlstate::is_connection_lost(sqlstate) ||
           sqlstate == citus::sqlstate::kTooManyConnections ||
           sqlstate == citus::sqlstate::kInvalidCatalogName ||
           sqlstate == citus::sqlstate::kInvalidSchemaName ||
           sqlstate == citus::sqlstate::kUndefinedFunction;
}

status::Condition coordinator_condition(const HostPort& coordinator, const citus::SqlError& error) {
    using status::ConditionKind;
    status::Condition condition{ConditionKind::coordinator_refused};
    condition.address = coordinator;
    if (error.sqlstate == citus::sqlstate::kInvalidSchemaName ||
        error.sqlstate == citus::sqlstate::kUndefinedFunction) {
        condition.kind = ConditionKind::coordinator_unready;
        return condition;
    }
    condition.detail = one_line(error.text());
    condition.sqlstate = error.sqlstate;
    if (citus::is_certificate_refused(error)) {
        condition.kind = ConditionKind::coordinator_untrusted;
    } else if (citus::sqlstate::is_connection_lost(error.sqlstate)) {
        condition.kind = ConditionKind::coordinator_unreachable;
    }
    return condition;
}

status::Membership waiting_for_local_server(const citus::SqlError& error) {
    return {false,
            {status::ConditionKind::waiting_for_local_server, "", "", one_line(error.text())}};
}

}  // namespace

milliseconds AnnouncementPace::after_success(bool settled) {
    pause_ = milliseconds(0);
    return settled ? interval_ * kSlowness : interval_;
}

milliseconds AnnouncementPace::after_failure() {
    const milliseconds longest = std::max<milliseconds>(kLongestPause, interval_);
    const milliseconds first = std::min<milliseconds>(kFirstPause, interval_);
    pause_ = pause_ == milliseconds(0) ? first : std::min(pause_ * 2, longest);
    return pause_;
}

Announcer::Announcer(const AgentContext& context, Reporter& reporter)
    : context_(context), reporter_(reporter), pace_(context.settings.citus.reconcile_interval) {}

milliseconds Announcer::pass() {
    auto own = context_.connector->connect(context_.local_target());
    if (!own) {
        reporter_.report(waiting_for_local_server(own.error()));
        return pace_.after_failure();
    }
    return announce(**own);
}

const std::string& Announcer::own_host() {
    if (host_.empty()) {
        auto name = node::resolved_node_name(context_.settings.citus);
        ++attempts_;
        if (name) {
            host_ = *std::move(name);
        } else if (attempts_ >= kMostNameAttempts) {
            host_ = network::host_name();
            reporter_.warning(fmt::format(
                "the resolver has no name of this node ({}): it is announced under its "
                "host name \"{}\". Set CITUS_NODE_HOST to a name that resolves on every node.",
                name.error().message, host_));
        }
    }
    return host_;
}

milliseconds Announcer::announce(citus::Session& own) {
    const auto place = citus::read_own_place(own);
    if (!place) {
        reporter_.report(waiting_for_local_server(place.error()));
        return pace_.after_failure();
    }
    if (place->group_id != 0 && !refused_) {
        status::Condition joined{status::ConditionKind::joined};
        joined.number = place->group_id;
        reporter_.report(status::Membership{true, joined});
    }
    if (own_host().empty()) {
        return pace_.after_failure();
    }
    const HostPort address{host_, context_.settings.citus.node_port.value_or(context_.server.port)};
    auto session = connect_to_coordinator(context_, coordinator_target(context_, own));
    if (!session) {
        return failed(*place, session.error());
    }
    const auto done = citus::announce(**session, address, place->identity);
    return done ? announced(*place, address, **session) : failed(*place, done.error());
}

milliseconds Announcer::announced(const citus::OwnPlace& place, const HostPort& address,
                                  citus::Session& coordinator) {
    const auto recorded = citus::ask_own_state(coordinator, address, place.identity);
    if (!recorded) {
        return failed(place, recorded.error());
    }
    const auto own = own_state(place, address, coordinator_of(context_), *recorded);
    refused_ = place.group_id != 0 && !own.joined;
    reporter_.report_unfit(UnfitSource::coordinator, own.unfit);
    reporter_.report(status::Membership{own.joined, own.membership});
    if (!own.warning.empty()) {
        reporter_.warning(own.warning);
    }
    return pace_.after_success(own.settled);
}

milliseconds Announcer::failed(const citus::OwnPlace& place, const citus::SqlError& error) {
    const auto condition = coordinator_condition(coordinator_of(context_), error);
    if (place.group_id == 0) {
        status::Condition not_joined{status::ConditionKind::not_joined};
        not_joined.causes.push_back(condition);
        reporter_.report(status::Membership{false, not_joined});
    }
    if (!is_no_news(error.sqlstate) || citus::is_certificate_refused(error)) {
        reporter_.warning(status::text_of(condition));
    }
    return pace_.after_failure();
}

}  // namespace citus_init::agent
