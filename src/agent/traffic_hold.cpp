#include "agent/traffic_hold.h"

#include <future>
#include <utility>

#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/citus/membership/node_state_table.h"
#include "citus_init/citus/traffic_hold.h"

#include "agent/coordinator_target.h"

namespace citus_init::agent {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPollInterval{10};
constexpr seconds kLongestWait{2};
constexpr seconds kGrace{5};  // over the hold's own limit

// Over a connection of its own: until the hold is over.
std::string run_hold(citus::Connector& connector, const citus::ConnectionTarget& target,
                     const HostPort& node, milliseconds longest) {
    const auto session = connector.connect(target);
    if (!session) {
        return one_line(session.error().text());
    }
    const auto ended = citus::hold_traffic(**session, node, longest);
    return ended ? "it is already over: " + *ended : one_line(ended.error().text());
}

}  // namespace

tl::expected<TrafficHold::Access, std::string> TrafficHold::reach_coordinator() {
    const auto own = context_.connector->connect(context_.local_target());
    if (!own) {
        return tl::unexpected("the local server does not answer: " + one_line(own.error().text()));
    }
    const auto place = citus::read_own_place(**own);
    if (!place) {
        return tl::unexpected(one_line(place.error().text()));
    }
    if (!place->registered) {
        return tl::unexpected(std::string("it has not joined a cluster"));
    }
    Access access{*place->registered, coordinator_target(context_, **own), nullptr};
    auto session = connect_to_coordinator(context_, access.target);
    if (!session) {
        return tl::unexpected("the coordinator cannot be reached: " +
                              one_line(session.error().text()));
    }
    access.coordinator = std::move(*session);
    // Under its own name only: names repeat from cluster to cluster, and a removed node keeps its.
    const auto recorded = citus::ask_own_state(*access.coordinator, access.node, place->identity);
    if (!recorded) {
        return tl::unexpected("the coordinator cannot be asked: " +
                              one_line(recorded.error().text()));
    }
    if (*recorded && (*recorded)->registered && !(*recorded)->recorded_server) {
        return tl::unexpected("the coordinator has recorded another server as " +
                              access.node.text());
    }
    return access;
}

std::string TrafficHold::hold() {
    auto access = reach_coordinator();
    if (!access) {
        return access.error();
    }
    const milliseconds longest = context_.settings.citus.stop_pause_longest;
    auto target = access->target;
    target.statement_deadline = longest + kGrace;
    std::packaged_task<std::string()> task(
        [&connector = *context_.connector, target, node = access->node, longest] {
            return run_hold(connector, target, node, longest);
        });
    auto over = task.get_future();
    holder_ = std::jthread(std::move(task));
    const auto deadline = Clock::now() + kLongestWait;
    while (over.wait_for(kPollInterval) == std::future_status::timeout) {
        const auto held = citus::is_traffic_held(*access->coordinator, access->node);
        if (!held) {
            return one_line(held.error().text());
        }
        if (*held) {
            return {};
        }
        if (Clock::now() > deadline) {
            return "the coordinator did not get the locks in time";
        }
    }
    return over.get();
}

bool TrafficHold::release() {
    if (!first_release_) {
        first_release_ = Clock::now();
    }
    auto access = reach_coordinator();
    if (!access) {
        log::debug("no traffic is released: {}", access.error());
        return true;
    }
    const auto released = citus::release_traffic(*access->coordinator, access->node);
    if (!released) {
        log::debug("no traffic is released: {}", one_line(released.error().text()));
        return true;
    }
    return *released || Clock::now() - *first_release_ > context_.settings.citus.stop_pause_longest;
}

}  // namespace citus_init::agent
