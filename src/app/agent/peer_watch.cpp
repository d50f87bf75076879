#include "app/agent/peer_watch.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <set>
#include <utility>

#include "citus_init/base/text.h"

namespace citus_init::app {

namespace {

bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address == "::1";
}

std::vector<std::string> look_up(const std::string& name) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    std::vector<std::string> addresses;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) {
        return addresses;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                          NI_NUMERICHOST) == 0) {
            addresses.emplace_back(text.data());
        }
    }
    return addresses;
}

}  // namespace

PeerWatch::PeerWatch(const settings::Settings& settings, citus::Connector& connector,
                     citus::ConnectionTarget local, Reporter& reporter)
    : settings_(settings), connector_(connector), local_(std::move(local)), reporter_(reporter) {
    const auto& citus = settings_.citus;
    const bool lets_clients_in = citus.role == settings::Role::coordinator || citus.worker_clients;
    if (citus.has_mesh() && lets_clients_in) {
        due_ = Clock::time_point{};
    }
}

std::vector<std::string> PeerWatch::names() {
    const auto& citus = settings_.citus;
    if (auto session = connector_.connect(local_)) {
        if (auto rows =
                (*session)->query("SELECT DISTINCT nodename FROM pg_catalog.pg_dist_node")) {
            registered_.clear();
            for (std::size_t row = 0; row < rows->values.size(); ++row) {
                registered_.push_back(rows->at(row, 0));
            }
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
    std::map<std::string, std::vector<std::string>> addresses;
    std::set<std::string> all;
    for (const std::string& name : names()) {
        if (addresses.contains(name)) {
            continue;
        }
        auto found = look_up(name);
        if (found.empty()) {
            found = addresses_[name];
        }
        for (const std::string& address : found) {
            // On one machine pg_hba.conf's own lines for loopback apply, to nodes and clients.
            if (!is_loopback(address) && address.find('%') == std::string::npos) {
                all.insert(address);
            }
        }
        addresses[name] = std::move(found);
    }
    addresses_ = std::move(addresses);
    reporter_.peers(join({all.begin(), all.end()}, ","));
}

}  // namespace citus_init::app
