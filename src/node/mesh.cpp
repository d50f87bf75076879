#include "citus_init/node/mesh.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "citus_init/backup/configuration.h"
#include "citus_init/base/file.h"
#include "citus_init/node/node_name.h"
#include "citus_init/render/own_files.h"

namespace citus_init::node {

std::vector<std::string> certificate_names(const settings::Settings& settings) {
    const auto& citus = settings.citus;
    std::vector<std::string> names{node_name(citus)};
    if (citus.role == settings::Role::coordinator && !citus.coordinator_host.empty()) {
        names.push_back(citus.coordinator_host);
    }
    names.emplace_back("localhost");
    if (settings.patroni) {
        for (const auto& address :
             {settings.patroni->connect_address, settings.patroni->rest_api.connect_address}) {
            if (address) {
                names.push_back(address->host);
            }
        }
    }
    // A node that was given its name is registered under that one: nobody else need be asked.
    const auto more = citus.node_host.empty() ? names_of_this_node(citus) : names_without_asking();
    names.insert(names.end(), more.begin(), more.end());
    return names;
}

security::MeshFiles mesh_files(const settings::Settings& settings) {
    const auto own = render::own_files(settings);
    return {own.authority, own.certificate, own.private_key};
}

security::MeshRequest mesh_request(const settings::CitusSettings& citus,
                                   std::vector<std::string> names) {
    security::MeshRequest request;
    if (citus.tls_ca_path.empty()) {
        request.authority.secret = citus.cluster_secret;
        request.authority.trusted_secret = citus.trusted_cluster_secret;
    } else {
        request.authority = {Secret(), Secret(), citus.tls_ca_path, citus.tls_cert_path,
                             citus.tls_key_path};
    }
    request.names = std::move(names);
    request.lifetime = citus.certificate_lifetime;
    return request;
}

Result<security::MeshCertificate> ensure_backup_certificate(const settings::Settings& settings,
                                                            BackupPeer peer,
                                                            bool server_is_running) {
    constexpr mode_t kPrivate = 0700;
    const auto own = render::own_files(settings);
    CITUS_INIT_TRY(settings.patroni ? make_directories(own.secrets_directory, kPrivate)
                                    : make_private_directory(own.secrets_directory));
    security::MeshRequest request;
    request.authority.secret = settings.citus.cluster_secret;
    request.authority.trusted_secret = settings.citus.trusted_cluster_secret;
    request.names = certificate_names(settings);
    request.common_name = peer == BackupPeer::node ? backup::kNodePeer : backup::kHostPeer;
    request.addresses_as_names = true;
    request.lifetime = settings.citus.certificate_lifetime;
    request.server_is_running = server_is_running;
    return security::ensure_mesh_certificate(
        {own.backup_authority, own.backup_certificate, own.backup_key}, request,
        security::now_in_seconds());
}

std::chrono::milliseconds backup_certificate_pause(const settings::CitusSettings& citus) {
    using std::chrono::seconds;
    constexpr seconds kLongest{3600};
    return std::clamp<std::chrono::milliseconds>(citus.certificate_lifetime / 10, seconds(1),
                                                 kLongest);
}

std::string until(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm fields{};
    std::array<char, 40> text{};
    ::gmtime_r(&time, &fields);
    const std::size_t size =
        std::strftime(text.data(), text.size(), "until %Y-%m-%dT%H:%M:%SZ", &fields);
    return {text.data(), size};
}

}  // namespace citus_init::node
