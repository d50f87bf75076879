#include "agent/peer_addresses.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "citus_init/base/text.h"
#include "citus_init/network/bounded_call.h"
#include "citus_init/network/resolver.h"

namespace citus_init::agent {

namespace {

constexpr std::chrono::seconds kLongest{3};

// On one machine pg_hba.conf's own lines for loopback apply, to nodes and clients.
bool is_of_another_machine(const std::string& address) {
    return !address.starts_with("127.") && address != "::1" &&
           address.find('%') == std::string::npos;
}

// "NAME ADDRESS,ADDRESS" a line, of the names that have any.
std::string resolve_all(const std::set<std::string>& names) {
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

std::vector<std::string> PeerAddresses::update(const std::set<std::string>& names) {
    std::erase_if(addresses_, [&](const auto& known) { return !names.contains(known.first); });
    // A name without an answer in time keeps its addresses.
    if (const auto lines = network::call_within(kLongest, [&] { return resolve_all(names); })) {
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
    return {all.begin(), all.end()};
}

}  // namespace citus_init::agent
