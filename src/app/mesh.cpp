#include "app/mesh.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include "citus_init/render/own_files.h"

namespace citus_init::app {

namespace {

std::optional<std::string> address_text(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        return ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    }
    if (address->sa_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
        if (!IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) {
            return ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
        }
    }
    return std::nullopt;
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

std::vector<std::string> own_addresses() {
    ifaddrs* list = nullptr;
    std::vector<std::string> addresses;
    if (::getifaddrs(&list) != 0) {
        return addresses;
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_LOOPBACK) != 0) {
            continue;
        }
        if (auto text = address_text(one->ifa_addr)) {
            addresses.push_back(std::move(*text));
        }
    }
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    return addresses;
}

std::vector<std::string> node_names(const settings::CitusSettings& citus,
                                    const std::vector<std::string>& found) {
    std::vector<std::string> names{citus.node_host.empty() ? host_name() : citus.node_host};
    if (citus.role == settings::Role::coordinator && !citus.coordinator_host.empty()) {
        names.push_back(citus.coordinator_host);
    }
    names.push_back(host_name());
    names.emplace_back("localhost");
    names.insert(names.end(), found.begin(), found.end());
    const auto addresses = own_addresses();
    names.insert(names.end(), addresses.begin(), addresses.end());
    return names;
}

security::MeshFiles mesh_files(const std::string& data_directory) {
    const auto own = render::own_files(data_directory);
    return {own.authority, own.certificate, own.private_key};
}

security::MeshRequest mesh_request(const settings::CitusSettings& citus,
                                   std::vector<std::string> names) {
    security::MeshRequest request;
    if (citus.tls_ca_path.empty()) {
        request.authority.secret = citus.cluster_secret;
    } else {
        request.authority = {Secret(), citus.tls_ca_path, citus.tls_cert_path, citus.tls_key_path};
    }
    request.names = std::move(names);
    request.lifetime = citus.certificate_lifetime;
    return request;
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

}  // namespace citus_init::app
