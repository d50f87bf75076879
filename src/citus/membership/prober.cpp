#include "citus/membership/prober.h"

#include "citus/membership/parallel.h"

namespace citus_init::citus {

namespace {

constexpr std::size_t kMostThreads = 16;

Probe probe(Connector& connector, const ConnectionTarget& like, const ProbeRequest& request) {
    auto candidate = examine(connector, target_at(like, request.address));
    if (!candidate) {
        return {tl::unexpected(candidate.error()), std::nullopt};
    }
    if (!request.shards) {
        return {std::move(candidate->facts), std::nullopt};
    }
    const auto proof = prove_shards(*candidate->session, *request.shards);
    if (!proof) {
        return {tl::unexpected(proof.error()), std::nullopt};
    }
    return {std::move(candidate->facts), *proof};
}

}  // namespace

std::vector<Probe> probe_all(Connector& connector, const ConnectionTarget& like,
                             const std::vector<ProbeRequest>& requests) {
    std::vector<Probe> probes(requests.size());
    in_parallel(requests.size(), kMostThreads, [&](std::size_t index) {
        probes[index] = probe(connector, like, requests[index]);
    });
    return probes;
}

ConnectionTarget target_at(const ConnectionTarget& like, const NodeAddress& address) {
    ConnectionTarget target = like;
    target.host = address.host;
    target.port = address.port;
    return target;
}

}  // namespace citus_init::citus
