#include "ha/patroni/access.h"

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/render/authentication_files.h"
#include "citus_init/render/own_files.h"

namespace citus_init::patroni {

namespace {

using settings::ClientVerification;
using settings::Role;
using settings::Settings;
using settings::YamlValue;

// With certificates no password is in it: Patroni would write the superuser's into
// pg_dist_authinfo.
YamlValue login(const Settings& settings, const std::string& username, const Secret& password) {
    YamlValue result;
    result.at("username") = YamlValue::string(username);
    if (!settings.citus.has_mesh()) {
        result.at("password") = YamlValue::hidden(password);
        return result;
    }
    const auto files = render::own_files(settings);
    result.at("sslmode") = YamlValue::string("verify-full");
    result.at("sslrootcert") = YamlValue::string(files.authority);
    result.at("sslcert") = YamlValue::string(files.certificate);
    result.at("sslkey") = YamlValue::string(files.private_key);
    return result;
}

// In quotes no name is a keyword of pg_hba.conf.
std::string hba_name(const std::string& name) {
    std::string result = "\"";
    for (const char c : name) {
        result += c == '"' ? "\"\"" : std::string(1, c);
    }
    return result + '"';
}

// Of pg_ident.conf: lets the server's user in at the socket as POSTGRES_USER.
constexpr const char* kMap = "citus_init";

bool needs_map(const Settings& settings, const ha::Host& host) {
    return !host.system_user.empty() && host.system_user != settings.postgres.user;
}

class Hba {
  public:
    void add(std::string line) { lines_.push_back(YamlValue::string(std::move(line))); }

    void add_text(const std::string& text) {
        for (const std::string& line : split(text, '\n')) {
            const std::string_view trimmed = trim(line);
            if (!trimmed.empty() && trimmed.front() != '#') {
                add(std::string(trimmed));
            }
        }
    }

    YamlValue take() { return YamlValue::list_of(std::move(lines_)); }

  private:
    std::vector<YamlValue> lines_;
};

std::vector<std::string> allowed_networks(const settings::PatroniSettings& patroni) {
    return patroni.allowed_networks.empty() ? std::vector<std::string>{"samenet"}
                                            : patroni.allowed_networks;
}

// Patroni's users come first, so that no line of the user's own can lock them out.
void add_patroni_users(const Settings& settings, Hba& hba) {
    const auto& patroni = *settings.patroni;
    const std::string replication = hba_name(patroni.replication.username);
    if (!settings.citus.has_mesh()) {
        std::vector<std::string> networks = allowed_networks(patroni);
        // Patroni asks its own server for the timeline by a replication connection.
        networks.insert(networks.begin(), "samehost");
        for (const std::string& network : networks) {
            hba.add(fmt::format("host replication {} {} scram-sha-256", replication, network));
        }
        return;
    }
    constexpr const char* kByCertificate = "trust clientcert=verify-ca";
    hba.add(fmt::format("hostssl replication {} all {}", replication, kByCertificate));
    for (const char* loopback : {"127.0.0.1/32", "::1/128"}) {
        hba.add(fmt::format("hostssl all {} {} {}", hba_name(settings.postgres.user), loopback,
                            kByCertificate));
    }
}

}  // namespace

YamlValue render_authentication(const Settings& settings) {
    const auto& patroni = *settings.patroni;
    YamlValue result;
    result.at("superuser") = login(settings, settings.postgres.user, settings.postgres.password);
    result.at("replication") =
        login(settings, patroni.replication.username, patroni.replication.password);
    result.at("rewind") = login(settings, patroni.rewind.username, patroni.rewind.password);
    return result;
}

YamlValue render_hba(const Settings& settings, const ha::Host& host) {
    const auto& patroni = *settings.patroni;
    const bool mesh = settings.citus.has_mesh();
    Hba hba;
    if (needs_map(settings, host)) {
        hba.add(fmt::format("local all {} peer map={}", hba_name(settings.postgres.user), kMap));
    }
    hba.add("local all all peer");
    add_patroni_users(settings, hba);
    hba.add_text(settings.postgresql_conf.hba);
    if (mesh) {
        hba.add_text(render::mesh_hba_lines(
            settings.citus, {hba_name(patroni.rewind.username), host.node_addresses}));
        if (settings.citus.role == Role::worker && !settings.citus.worker_clients) {
            return hba.take();
        }
    }
    const std::string& given = settings.postgres.host_auth_method;
    const std::string method = given.empty() ? "scram-sha-256" : given;
    hba.add("host all all 127.0.0.1/32 " + method);
    hba.add("host all all ::1/128 " + method);
    for (const std::string& network : allowed_networks(patroni)) {
        hba.add(fmt::format("host all all {} {}", network, method));
    }
    return hba.take();
}

void add_user_map(const Settings& settings, const ha::Host& host, YamlValue& postgresql) {
    if (!needs_map(settings, host)) {
        return;
    }
    YamlValue& lines = postgresql.at("pg_ident");
    if (lines.kind != YamlValue::Kind::list) {
        lines = YamlValue::list_of({});
    }
    lines.items.push_back(YamlValue::string(fmt::format(
        "{} {} {}", kMap, hba_name(host.system_user), hba_name(settings.postgres.user))));
}

void add_rest_api_access(const Settings& settings, YamlValue& rest_api) {
    const settings::RestApiSettings& rest = settings.patroni->rest_api;
    const auto files = render::own_files(settings);
    const bool mesh = settings.citus.has_mesh() && rest.cert_path.empty();
    rest_api.at("authentication") =
        YamlValue::map_of({{"username", YamlValue::string(rest.credentials.username)},
                           {"password", YamlValue::hidden(rest.credentials.password)}});
    if (mesh || !rest.cert_path.empty()) {
        rest_api.at("certfile") = YamlValue::string(mesh ? files.certificate : rest.cert_path);
        rest_api.at("keyfile") = YamlValue::string(mesh ? files.private_key : rest.key_path);
    }
    if (mesh || !rest.ca_path.empty()) {
        rest_api.at("cafile") =
            YamlValue::string(rest.ca_path.empty() ? files.authority : rest.ca_path);
    }
    // "optional": only requests that change something need a certificate, so that a load balancer
    // can ask who leads.
    switch (rest.verify_client.value_or(mesh ? ClientVerification::optional
                                             : ClientVerification::none)) {
        case ClientVerification::none:
            break;
        case ClientVerification::optional:
            rest_api.at("verify_client") = YamlValue::string("optional");
            break;
        case ClientVerification::required:
            rest_api.at("verify_client") = YamlValue::string("required");
            break;
    }
}

}  // namespace citus_init::patroni
