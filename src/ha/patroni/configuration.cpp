#include "citus_init/ha/patroni/configuration.h"

#include <iterator>

#include <fmt/core.h>

#include "citus_init/backup/stanza.h"
#include "citus_init/base/text.h"
#include "citus_init/base/utf8.h"
#include "citus_init/ha/patroni/yaml_text.h"
#include "citus_init/render/own_files.h"

#include "ha/patroni/access.h"
#include "ha/patroni/initdb_options.h"
#include "ha/patroni/server_settings.h"
#include "ha/patroni/user_part.h"

namespace citus_init::patroni {

namespace {

using settings::ListenAddress;
using settings::Problem;
using settings::Settings;
using settings::SynchronousMode;
using settings::YamlValue;

YamlValue string(std::string text) {
    return YamlValue::string(std::move(text));
}

// What others write for it, an IPv6 address in brackets.
YamlValue address(const HostPort& where) {
    const bool is_ipv6 = where.host.find(':') != std::string::npos;
    return string(is_ipv6 ? fmt::format("[{}]:{}", where.host, where.port) : where.text());
}

YamlValue rest_api(const Settings& settings, const ha::Host& host) {
    const settings::RestApiSettings& rest = settings.patroni->rest_api;
    YamlValue result;
    result.at("listen") = string(fmt::format("{}:{}", rest.listen.hosts, rest.listen.port));
    result.at("connect_address") =
        address(rest.connect_address.value_or(HostPort{host.address, rest.listen.port}));
    add_rest_api_access(settings, result);
    return result;
}

// How this member asks the others: it needs a certificate where they ask for one, for POST /citus
// and POST /failsafe too. Patroni 4 takes it from `ctl` alone, before that `restapi` did as well.
YamlValue client_access(const YamlValue& rest_api) {
    YamlValue result;
    for (const auto& [there, here] :
         {std::pair{"authentication", "authentication"}, std::pair{"certfile", "certfile"},
          std::pair{"keyfile", "keyfile"}, std::pair{"cafile", "cacert"}}) {
        if (const YamlValue* value = rest_api.find(there)) {
            result.at(here) = *value;
        }
    }
    return result;
}

YamlValue etcd3(const settings::Etcd3Settings& etcd) {
    YamlValue result;
    if (!etcd.hosts.empty()) {
        std::vector<YamlValue> hosts;
        for (const HostPort& server : etcd.hosts) {
            hosts.push_back(address(server));
        }
        result.at("hosts") = YamlValue::list_of(std::move(hosts));
    }
    const bool tls = !etcd.ca_path.empty() || !etcd.cert_path.empty();
    const std::string protocol = etcd.protocol.empty() && tls ? "https" : etcd.protocol;
    const std::vector<std::pair<const char*, const std::string&>> fields{
        {"url", etcd.url},
        {"srv", etcd.service},
        {"protocol", protocol},
        {"cacert", etcd.ca_path},
        {"cert", etcd.cert_path},
        {"key", etcd.key_path},
        {"username", etcd.credentials.username}};
    for (const auto& [key, value] : fields) {
        if (!value.empty()) {
            result.at(key) = string(value);
        }
    }
    if (!etcd.credentials.password.empty()) {
        result.at("password") = YamlValue::hidden(etcd.credentials.password);
    }
    return result;
}

void add_synchronous_mode(SynchronousMode mode, const Version& version, YamlValue& dcs) {
    const auto set = [&dcs](YamlValue value, bool strict) {
        dcs.at("synchronous_mode") = std::move(value);
        dcs.at("synchronous_mode_strict") = YamlValue::boolean(strict);
    };
    switch (mode) {
        case SynchronousMode::automatic:
            return add_synchronous_mode(
                has_quorum_mode(version) ? SynchronousMode::quorum : SynchronousMode::on, version,
                dcs);
        case SynchronousMode::off:
            return set(YamlValue::boolean(false), false);
        case SynchronousMode::on:
            return set(YamlValue::boolean(true), false);
        case SynchronousMode::strict:
            return set(YamlValue::boolean(true), true);
        case SynchronousMode::quorum:
            return set(string("quorum"), false);
    }
}

// Taken at a group's first start only, from the member that makes its cluster.
YamlValue dcs_defaults(const settings::PatroniSettings& patroni, const Version& version,
                       YamlValue parameters) {
    constexpr long long kLagOnFailover = 1 << 20;
    YamlValue dcs;
    dcs.at("ttl") = YamlValue::number(patroni.ttl.count());
    dcs.at("loop_wait") = YamlValue::number(patroni.loop_wait.count());
    dcs.at("retry_timeout") = YamlValue::number(patroni.retry_timeout.count());
    dcs.at("maximum_lag_on_failover") = YamlValue::number(kLagOnFailover);
    add_synchronous_mode(patroni.synchronous_mode, version, dcs);
    dcs.at("failsafe_mode") = YamlValue::boolean(patroni.failsafe_mode);
    YamlValue& postgresql = dcs.at("postgresql");
    postgresql.at("use_pg_rewind") = YamlValue::boolean(true);
    postgresql.at("use_slots") = YamlValue::boolean(true);
    postgresql.at("parameters") = std::move(parameters);
    return dcs;
}

YamlValue callbacks(const std::string& program) {
    YamlValue result;
    for (const char* event : {"on_start", "on_stop", "on_restart", "on_reload", "on_role_change"}) {
        result.at(event) = string(program + " callback");
    }
    return result;
}

YamlValue base_backup(const settings::PostgresSettings& postgres) {
    // Otherwise it waits for the next checkpoint, minutes.
    std::vector<YamlValue> options{YamlValue::map_of({{"checkpoint", string("fast")}})};
    if (!postgres.initdb_waldir.empty()) {
        options.push_back(YamlValue::map_of({{"waldir", string(postgres.initdb_waldir)}}));
    }
    return YamlValue::list_of(std::move(options));
}

// Patroni passes each key on as an argument of the command, with how to reach the leader. A list of
// the user's own takes the place of ours.
void add_replica_methods(const Settings& settings, const ha::Host& host, YamlValue& server) {
    const auto own = render::own_files(settings);
    server.at("create_replica_methods") =
        YamlValue::list_of({string("pgbackrest"), string("basebackup")});
    YamlValue& method = server.at("pgbackrest");
    method.at("command") = string(host.program + " restore-replica");
    method.at("keep_data") = YamlValue::boolean(true);
    method.at("configuration") = string(own.pgbackrest_conf);
    method.at("stanza") = string(backup::stanza_name(*settings.backup, settings.patroni->group));
    method.at("repository") = string(settings.backup->repository.text());
    method.at("source-note") = string(own.replica_source);
    if (!settings.postgres.initdb_waldir.empty()) {
        method.at("wal-directory") = string(settings.postgres.initdb_waldir);
    }
}

YamlValue server(const Settings& settings, const render::GucStack& stack, const ha::Host& host,
                 ServerSettings divided) {
    const auto& patroni = *settings.patroni;
    const ListenAddress listen = patroni.listen.value_or(ListenAddress{"0.0.0.0", 5432});
    YamlValue result;
    result.at("listen") = string(fmt::format("{}:{}", listen.hosts, listen.port));
    result.at("connect_address") = address(server_address(patroni, host.address));
    result.at("data_dir") = string(settings.postgres.data_directory);
    result.at("bin_dir") = string(host.bin_directory);
    result.at("pgpass") =
        string(patroni.pgpass_path.empty() ? patroni.directory + "/pgpass" : patroni.pgpass_path);
    result.at("authentication") = render_authentication(settings);
    if (settings.backup) {
        add_replica_methods(settings, host, result);
    }
    result.at("basebackup") = base_backup(settings.postgres);
    result.at("remove_data_directory_on_rewind_failure") = YamlValue::boolean(true);
    result.at("remove_data_directory_on_diverged_timelines") = YamlValue::boolean(true);
    result.at("callbacks") = callbacks(host.program);
    if (stack.user_file_named) {
        result.at("custom_conf") = string(stack.user_file);
    }
    result.at("pg_hba") = render_hba(settings, host);
    if (!divided.recovery.members.empty()) {
        result.at("recovery_conf") = std::move(divided.recovery);
    }
    result.at("parameters") = std::move(divided.local);
    return result;
}

// yaml-cpp would write another character in place of each byte that is none.
void check_texts(const YamlValue& value, const std::string& path, std::vector<Problem>& problems) {
    if (!is_utf8(value.text) || !is_utf8(value.secret.reveal())) {
        problems.push_back({settings::shown(path), "",
                            "is not UTF-8, which Patroni's file has to be",
                            "Write the value in UTF-8"});
    }
    for (const YamlValue& item : value.items) {
        check_texts(item, path, problems);
    }
    for (const auto& [key, member] : value.members) {
        const std::string here = path.empty() ? key : fmt::format("{}.{}", path, key);
        if (!is_utf8(key)) {
            problems.push_back({settings::shown(here), "",
                                "is not UTF-8, which Patroni's file "
                                "has to be",
                                "Write the key in UTF-8"});
        }
        check_texts(member, here, problems);
    }
}

}  // namespace

tl::expected<YamlValue, std::vector<Problem>> render_configuration(const Settings& settings,
                                                                   const render::GucStack& stack,
                                                                   const ha::Host& host,
                                                                   const Version& version) {
    const auto& patroni = *settings.patroni;
    ServerSettings divided = divide_server_settings(stack);
    std::vector<Problem> problems = std::move(divided.problems);
    YamlValue result;
    result.at("scope") = string(patroni.scope);
    result.at("namespace") = string(patroni.namespace_path);
    result.at("name") = string(member_name(patroni, host.host_name));
    result.at("log").at("level") = string("INFO");
    if (!stack.log_token.empty()) {
        // As its default, which parse_log_line() reads.
        result.at("log").at("format") =
            string(stack.log_token + "%(asctime)s %(levelname)s: %(message)s");
    }
    result.at("restapi") = rest_api(settings, host);
    // A copy first: a new member may move the others.
    YamlValue access = client_access(result.at("restapi"));
    result.at("ctl") = std::move(access);
    if (patroni.etcd3.is_named()) {
        result.at("etcd3") = etcd3(patroni.etcd3);
    }
    result.at("citus").at("group") = YamlValue::number(patroni.group);
    result.at("citus").at("database") = string(settings.citus.database);
    result.at("bootstrap").at("dcs") = dcs_defaults(patroni, version, std::move(divided.dcs));
    result.at("bootstrap").at("initdb") = render_initdb_options(settings.postgres, problems);
    result.at("postgresql") = server(settings, stack, host, std::move(divided));
    result.at("watchdog").at("mode") = string("off");
    result.at("tags") = YamlValue::map_of({});
    auto refused = merge_user_part(patroni.extra, result);
    std::move(refused.begin(), refused.end(), std::back_inserter(problems));
    add_user_map(settings, host, result.at("postgresql"));
    check_texts(result, "", problems);
    if (!problems.empty()) {
        return tl::unexpected(std::move(problems));
    }
    return result;
}

HostPort server_address(const settings::PatroniSettings& settings, const std::string& host) {
    const std::uint16_t port = settings.listen.value_or(ListenAddress()).port;
    return settings.connect_address.value_or(HostPort{host, port});
}

// It is also a slot's: what a host name may have beyond that becomes '-'.
std::string member_name(const settings::PatroniSettings& settings, const std::string& host_name) {
    std::string name = settings.name.empty() ? to_lower(host_name) : settings.name;
    for (char& c : name) {
        const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        c = fits ? c : '-';
    }
    return name;
}

ha::Lease lease_of(const settings::PatroniSettings& settings) {
    return {settings.ttl, settings.loop_wait, settings.retry_timeout, settings.failsafe_mode,
            settings.synchronous_mode != SynchronousMode::off};
}

std::string configuration_path(const settings::PatroniSettings& settings) {
    return settings.directory + "/patroni.yml";
}

}  // namespace citus_init::patroni
