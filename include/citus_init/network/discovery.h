#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/base/result.h"
#include "citus_init/network/resolver.h"

namespace citus_init::network {

enum class QueryKind { addresses, service };

// What to query.
struct DiscoveryQuery {
    QueryKind kind = QueryKind::addresses;
    std::string name;
    std::uint16_t port = 5432;  // of all addresses; a service record has its own
};

// The asking node, which is not its own worker.
struct Self {
    std::vector<std::string> names;
    std::vector<std::string> addresses;
    std::uint16_t port = 5432;
};

// Names that addresses were found under before. An address keeps its name while the resolver cannot
// be asked for it, so that one node is not taken for two.
using KnownNames = std::map<std::string, std::string>;

// One answer. Endpoints are without duplicates, those of a name in the order of the addresses,
// those of a service by priority, weight (the greatest first) and name: the same answer in another
// order is the same list. Error: `unavailable`, when the resolver could not be asked or has nothing
// at all under that name. Nothing but this node itself is an answer. Blocks as the resolver does.
struct Discovered {
    std::vector<HostPort> endpoints;
    KnownNames names;  // of the addresses in this answer
    bool operator==(const Discovered&) const = default;
};
[[nodiscard]] Result<Discovered> discover(const Resolver& resolver, const DiscoveryQuery& query,
                                          const Self& self, const KnownNames& known);

// Asks again and again, each time within a deadline.
class Discovery {
  public:
    struct Answer {
        std::vector<HostPort> endpoints;  // the last ones that were found
        bool complete = false;            // false: they are not of this pass
        std::string problem;              // why not
    };

    Discovery(DiscoveryQuery query, const Resolver& resolver,
              std::chrono::milliseconds deadline = std::chrono::seconds(5))
        : query_(std::move(query)), resolver_(resolver), deadline_(deadline) {}

    // Blocks up to the deadline. For programs of one thread (call_within()).
    const Answer& probe(const Self& self);

  private:
    DiscoveryQuery query_;
    const Resolver& resolver_;
    std::chrono::milliseconds deadline_;
    KnownNames names_;
    Answer answer_;
};

}  // namespace citus_init::network
