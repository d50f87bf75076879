#include "app/agent/peer_watch.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>

#include "citus_init/base/text.h"
#include "citus_init/network/bounded_call.h"
#include "citus_init/network/resolver.h"

namespace citus_init::app {

namespace {

constexpr std::chrono::seconds kLongest{3};

// On one machine pg_hba.conf's own lines for loopback apply, to nodes and clients.
bool is_of_another_machine(const std::string& address) {
    return !address.starts_with("127.") && address != "::1" &&
           address.find('%') == std::string::npos;
}

// "NAME ADDRESS,ADDRESS" a line, of the names that have any.
std::string look_up_all(const std::set<std::string>& names) {
    const network::SystemResolver resolver;
    std::string lines;
    for (const std::string& name : names) {
        const auto addresses = resolver.addresses_of(name);
        if (addresses && !addresses->empty()) {
            lines += name + " " + join(*addresses, ",") + "\n";
        }
    }
    return lines;
}

}  // namespace

PeerWatch::PeerWatch(const settings::Settings& settings, LocalSession& local, Reporter& reporter)
    : settings_(settings), local_(local), reporter_(reporter) {
    const auto& citus = settings_.citus;
    const bool lets_clients_in = citus.role == settings::Role::coordinator || citus.worker_clients;
    if (citus.has_mesh() && lets_clients_in) {
        due_ = Clock::time_point{};
    }
}

std::vector<std::string> PeerWatch::names() {
    const auto& citus = settings_.citus;
    if (const auto session = local_.get()) {
        if (const auto rows =
                (*session)->query("SELECT DISTINCT nodename FROM pg_catalog.pg_dist_node")) {
            registered_.clear();
            for (std::size_t row = 0; row < rows->values.size(); ++row) {
                registered_.push_back(rows->at(row, 0));
            }
        } else {
            local_.drop();
        }
    }
    std::vector<std::string> names = registered_;
    for (const auto& worker : citus.workers) {
        names.push_back(worker.host);
    }
    if (!citus.coordinator_host.empty()) {
        names.push_back(citus.coordinator_host);
    }
    return names;
}

void PeerWatch::look(Clock::time_point now) {
    due_ = now + settings_.citus.reconcile_interval;
    const std::vector<std::string> wanted = names();
    const std::set<std::string> distinct(wanted.begin(), wanted.end());
    std::erase_if(addresses_, [&](const auto& known) { return !distinct.contains(known.first); });
    // What is not told in time, or not at all any more, stays as it was.
    if (const auto lines = network::call_within(kLongest, [&] { return look_up_all(distinct); })) {
        for (const std::string& line : split(*lines, '\n')) {
            if (const auto space = line.find(' '); space != std::string::npos) {
                addresses_[line.substr(0, space)] = split(line.substr(space + 1), ',');
            }
        }
    }
    std::set<std::string> all;
    for (const auto& [name, addresses] : addresses_) {
        std::copy_if(addresses.begin(), addresses.end(), std::inserter(all, all.end()),
                     is_of_another_machine);
    }
    reporter_.peers(join({all.begin(), all.end()}, ","));
}

}  // namespace citus_init::app
