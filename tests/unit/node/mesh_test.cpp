#include "citus_init/node/mesh.h"

#include <gmock/gmock.h>

#include "citus_init/network/node_names.h"

namespace citus_init::node {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

TEST(CertificateNames, BeginWithTheRegisteredOne) {
    settings::Settings settings;
    settings::CitusSettings& citus = settings.citus;
    citus.node_host = "worker1";
    citus.role = settings::Role::worker;
    citus.coordinator_host = "coordinator";
    const auto names = certificate_names(settings);
    EXPECT_EQ(names.front(), "worker1");
    EXPECT_THAT(names, AllOf(Contains("localhost"), Not(Contains("coordinator"))));
    for (const auto& address : network::own_addresses()) {
        EXPECT_THAT(names, Contains(address));
    }
    citus.role = settings::Role::coordinator;
    EXPECT_THAT(certificate_names(settings), Contains("coordinator"));
    citus.node_host.clear();
    EXPECT_EQ(certificate_names(settings).front(), network::host_name());
}

TEST(CertificateNames, HaveWhatPatroniRegistersTheNodeUnder) {
    settings::Settings settings;
    settings.citus.node_host = "w1";
    settings.patroni.emplace();
    settings.patroni->connect_address = HostPort{"w1.example", 5432};
    settings.patroni->rest_api.connect_address = HostPort{"rest.example", 8008};
    EXPECT_THAT(certificate_names(settings),
                testing::IsSupersetOf({"w1", "w1.example", "rest.example"}));
}

TEST(MeshRequest, GoesToTheUsersAuthorityFirst) {
    settings::CitusSettings citus;
    citus.cluster_secret = Secret("a secret of this cluster");
    citus.certificate_lifetime = std::chrono::seconds(7);
    const auto derived = mesh_request(citus, {"n"});
    EXPECT_EQ(derived.authority.secret, citus.cluster_secret);
    EXPECT_EQ(derived.lifetime.count(), 7);
    EXPECT_FALSE(derived.server_is_running);
    citus.tls_ca_path = "/ca";
    EXPECT_TRUE(mesh_request(citus, {"n"}).authority.secret.empty());
    EXPECT_EQ(mesh_request(citus, {"n"}).authority.ca_path, "/ca");
}

TEST(Until, IsInUtc) {
    EXPECT_EQ(until(0), "until 1970-01-01T00:00:00Z");
    EXPECT_EQ(until(4102444800), "until 2100-01-01T00:00:00Z");
}

}  // namespace
}  // namespace citus_init::node
