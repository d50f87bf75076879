#include "citus/membership/prober.h"

#include "citus_init/base/parallel.h"

namespace citus_init::citus {

namespace {

constexpr std::size_t kProbesAtOnce = 16;

OpenProbe failed_probe(const SqlError& error) {
    return {{tl::unexpected(error), std::nullopt}, nullptr};
}

OpenProbe inspect(Connector& connector, const ConnectionTarget& like, const ProbeRequest& request) {
    auto candidate = examine(connector, target_at(like, request.address));
    if (!candidate) {
        return failed_probe(candidate.error());
    }
    if (!request.shards) {
        return {{std::move(candidate->facts), std::nullopt}, std::move(candidate->session)};
    }
    const auto proof = prove_shards(*candidate->session, *request.shards);
    if (!proof) {
        return failed_probe(proof.error());
    }
    return {{std::move(candidate->facts), *proof}, std::move(candidate->session)};
}

}  // namespace

std::vector<OpenProbe> probe_all(Connector& connector, const ConnectionTarget& like,
                                 const std::vector<ProbeRequest>& requests) {
    std::vector<OpenProbe> probes(requests.size());
    in_parallel(requests.size(), kProbesAtOnce, [&](std::size_t index) {
        probes[index] = inspect(connector, like, requests[index]);
    });
    return probes;
}

ConnectionTarget target_at(const ConnectionTarget& like, const HostPort& address) {
    ConnectionTarget target = like;
    target.host = address.host;
    target.port = address.port;
    return target;
}

}  // namespace citus_init::citus
