#include "citus/membership/prober.h"

#include "citus/membership/parallel.h"

namespace citus_init::citus {

namespace {

constexpr std::size_t kMostThreads = 16;

Look failed_look(const SqlError& error) {
    return {{tl::unexpected(error), std::nullopt}, nullptr};
}

Look look_at(Connector& connector, const ConnectionTarget& like, const ProbeRequest& request) {
    auto candidate = examine(connector, target_at(like, request.address));
    if (!candidate) {
        return failed_look(candidate.error());
    }
    if (!request.shards) {
        return {{std::move(candidate->facts), std::nullopt}, std::move(candidate->session)};
    }
    const auto proof = prove_shards(*candidate->session, *request.shards);
    if (!proof) {
        return failed_look(proof.error());
    }
    return {{std::move(candidate->facts), *proof}, std::move(candidate->session)};
}

}  // namespace

std::vector<Look> look_at_all(Connector& connector, const ConnectionTarget& like,
                              const std::vector<ProbeRequest>& requests) {
    std::vector<Look> looks(requests.size());
    in_parallel(requests.size(), kMostThreads, [&](std::size_t index) {
        looks[index] = look_at(connector, like, requests[index]);
    });
    return looks;
}

ConnectionTarget target_at(const ConnectionTarget& like, const NodeAddress& address) {
    ConnectionTarget target = like;
    target.host = address.host;
    target.port = address.port;
    return target;
}

}  // namespace citus_init::citus
