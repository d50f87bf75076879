#include "citus_init/ha/patroni/rest_access.h"

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/render/own_files.h"

namespace citus_init::patroni {

namespace {

// An address that `listen` includes; loopback where it takes all of them.
std::string local_host(const std::string& hosts) {
    const std::string first = split(hosts, ',').front();
    if (first.empty() || first == "*" || first == "0.0.0.0") {
        return "127.0.0.1";
    }
    if (first == "::" || first == "[::]") {
        return "::1";
    }
    return first.front() == '[' ? first.substr(1, first.size() - 2) : first;
}

}  // namespace

std::string rest_url_of(const RestAccess& own, const std::string& host) {
    const std::string scheme = own.url.substr(0, own.url.find("://") + 3);
    const std::string port = own.url.substr(own.url.rfind(':'));
    return scheme + (host.find(':') == std::string::npos ? host : "[" + host + "]") + port;
}

RestAccess own_rest_access(const settings::Settings& settings, const std::string& host) {
    const settings::RestApiSettings& rest = settings.patroni->rest_api;
    const auto files = render::own_files(settings);
    const bool mesh = settings.citus.has_mesh() && rest.cert_path.empty();
    const std::string name = rest.connect_address ? rest.connect_address->host : host;
    const bool is_ipv6 = name.find(':') != std::string::npos;
    RestAccess access;
    // The port is the one that it listens on, whatever the one is that others use.
    access.url =
        fmt::format(fmt::runtime(is_ipv6 ? "{}://[{}]:{}" : "{}://{}:{}"),
                    mesh || !rest.cert_path.empty() ? "https" : "http", name, rest.listen.port);
    access.connect_host = local_host(rest.listen.hosts);
    access.certificate_path = mesh ? files.certificate : rest.cert_path;
    access.key_path = mesh ? files.private_key : rest.key_path;
    access.certificate_to_read = rest.verify_client == settings::ClientVerification::required;
    access.ca_path = rest.ca_path.empty() && mesh ? files.authority : rest.ca_path;
    access.user = rest.credentials.username;
    access.password = rest.credentials.password;
    return access;
}

}  // namespace citus_init::patroni
