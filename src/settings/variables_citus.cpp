#include "settings/declaration.h"

namespace citus_init::settings {

namespace {

Parsed<std::vector<std::string>> parse_extensions(const std::string& text) {
    std::vector<std::string> names;
    for (const auto& part : split(text, ',')) {
        auto name = parse_name(trim(part));
        if (!name || name->empty()) {
            return complain("has an empty or unprintable name in it",
                            "Set it to names of extensions, separated by commas");
        }
        if (*name == "citus" || *name == "citus_columnar") {
            return complain("names Citus, which CITUS_AUTO_UPGRADE is for",
                            "Take it out, and set CITUS_AUTO_UPGRADE");
        }
        names.push_back(std::move(*name));
    }
    return names;
}

using std::chrono::milliseconds;

const Choices<Role>& roles() {
    static const Choices<Role> choices{{"coordinator", Role::coordinator},
                                       {"worker", Role::worker}};
    return choices;
}

const Choices<InternodeAuth>& internode_auths() {
    static const Choices<InternodeAuth> choices{{"certificate", InternodeAuth::certificate},
                                                {"password", InternodeAuth::password},
                                                {"trust", InternodeAuth::trust}};
    return choices;
}

const Choices<AutoUpgrade>& auto_upgrades() {
    static const Choices<AutoUpgrade> choices{
        {"off", AutoUpgrade::off}, {"minor", AutoUpgrade::minor}, {"major", AutoUpgrade::major}};
    return choices;
}

Parsed<Role> parse_role(const std::string& text) {
    if (auto role = parse_choice(text, roles())) {
        return role;
    }
    return complain("is not a role",
                    "Set it to coordinator or worker; a coordinator without workers is the "
                    "standalone node");
}

std::vector<Declaration> node_declarations() {
    return {
        {{.name = "CITUS_ENABLE",
          .group = Group::citus,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "citus.enable",
          .meaning = "Switch Citus on"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.enable, parse_boolean(value.text));
         }},
        {{.name = "CITUS_ROLE",
          .group = Group::citus,
          .type = ValueType::choice,
          .default_text = "`coordinator`",
          .yaml_key = "citus.role",
          .meaning = "What this node is. A coordinator without workers is the standalone node: "
                     "it holds the shards itself",
          .allowed = names_of(roles())},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.role, parse_role(value.text));
         }},
        {{.name = "CITUS_COORDINATOR_HOST",
          .group = Group::citus,
          .type = ValueType::host,
          .default_text = "`CITUS_NODE_HOST` on the coordinator; needed on a worker",
          .yaml_key = "citus.coordinator_host",
          .meaning = "How every node reaches the coordinator"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.coordinator_host, parse_host(value.text));
         }},
        {{.name = "CITUS_COORDINATOR_PORT",
          .group = Group::citus,
          .type = ValueType::port,
          .default_text = "`5432`; on the coordinator its own port",
          .yaml_key = "citus.coordinator_port",
          .meaning = "The coordinator's port"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.coordinator_port, parse_port(value.text));
         }},
    };
}

// What a start with another Citus than before is refused without.
std::vector<Declaration> permission_declarations() {
    return {
        {{.name = "CITUS_ALLOW_DISABLE",
          .group = Group::citus,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "citus.allow_disable",
          .meaning = "Start a data directory that holds Citus without Citus. Writes to its "
                     "distributed tables are then lost to the cluster"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.allow_disable, parse_boolean(value.text));
         }},
        {{.name = "CITUS_ALLOW_RECREATE",
          .group = Group::citus,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "citus.allow_recreate",
          .meaning = "Make the Citus database, or the extension in it, anew where this data "
                     "directory had it and it is gone, or `CITUS_DATABASE` names another one. "
                     "For one start: what was dropped does not come back"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.allow_recreate, parse_boolean(value.text));
         }},
    };
}

std::vector<Declaration> place_declarations() {
    return {
        {{.name = "CITUS_SERVE_UNCONFIRMED",
          .group = Group::citus,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "citus.serve_unconfirmed",
          .meaning = "Serve clients although no other node has confirmed that this data directory "
                     "is the member that it was, and not a copy. Only where no other server runs "
                     "with the same data",
          .since = "0.2"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.serve_unconfirmed, parse_boolean(value.text));
         }},
        {{.name = "CITUS_NODE_HOST",
          .group = Group::citus,
          .type = ValueType::host,
          .default_text =
              "on a worker the name that the resolver has for its address and that leads "
              "back to it, such as Docker's `CONTAINER.NETWORK`; else the host name",
          .yaml_key = "citus.node_host",
          .meaning = "The name that this node is registered under; it must resolve on every node"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.node_host, parse_host(value.text));
         }},
        {{.name = "CITUS_NODE_PORT",
          .group = Group::citus,
          .type = ValueType::port,
          .default_text = "the server's port",
          .yaml_key = "citus.node_port",
          .meaning = "The port that this node is registered under"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.node_port, parse_port(value.text));
         }},
        {{.name = "CITUS_DATABASE",
          .group = Group::citus,
          .default_text = "`POSTGRES_DB`",
          .yaml_key = "citus.database",
          .meaning = "The database that Citus lives in; the same on every node"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.database, parse_name(value.text));
         }},
    };
}

std::vector<Declaration> cluster_declarations() {
    return {
        {{.name = "CITUS_WORKERS",
          .group = Group::citus,
          .type = ValueType::host_list,
          .default_text = "none",
          .yaml_key = "citus.workers",
          .meaning = "On the coordinator: `host[:port],...`, the workers to register"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.workers, parse_host_list(value.text));
         }},
        {{.name = "CITUS_WORKER_DISCOVERY",
          .group = Group::citus,
          .default_text = "none",
          .yaml_key = "citus.worker_discovery",
          .meaning = "On the coordinator: workers found by name, `dns:NAME[:port]` (every address "
                     "of it) or `srv:NAME`, asked anew at each pass. Workers also announce "
                     "themselves"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.worker_discovery, parse_worker_discovery(value.text));
         }},
        {{.name = "CITUS_INTERNODE_AUTH",
          .group = Group::citus,
          .type = ValueType::choice,
          .default_text = "`certificate`",
          .yaml_key = "citus.internode_auth",
          .meaning = "How nodes prove themselves to each other: by certificates, which "
                     "`CITUS_CLUSTER_SECRET` or `CITUS_TLS_CA_PATH` make possible; with "
                     "`POSTGRES_PASSWORD`, which serves the superuser only; or not at all, which "
                     "is for closed test networks",
          .allowed = names_of(internode_auths())},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.internode_auth,
                        parse_choice(value.text, internode_auths()));
         }},
    };
}

std::vector<Declaration> upgrade_declarations() {
    return {
        {{.name = "CITUS_AUTO_UPGRADE",
          .group = Group::citus,
          .type = ValueType::choice,
          .default_text = "`minor`",
          .yaml_key = "citus.auto_upgrade",
          .meaning = "Which steps of a newer Citus library are followed by `ALTER EXTENSION citus "
                     "UPDATE` at the start",
          .allowed = names_of(auto_upgrades())},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.auto_upgrade,
                        parse_choice(value.text, auto_upgrades()));
         }},
        {{.name = "CITUS_UPDATE_EXTENSIONS",
          .group = Group::citus,
          .default_text = "none: outdated ones are only logged",
          .yaml_key = "citus.update_extensions",
          .meaning = "Other extensions, separated by commas, that get `ALTER EXTENSION UPDATE` in "
                     "every database after a change of the image",
          .since = "0.3"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.update_extensions, parse_extensions(value.text));
         }},
    };
}

std::vector<Declaration> reconcile_declarations() {
    return {
        {{.name = "CITUS_RECONCILE_INTERVAL",
          .group = Group::citus,
          .type = ValueType::duration,
          .default_text = "`10s`",
          .yaml_key = "citus.reconcile_interval",
          .meaning = "How often the agent compares the cluster with what was asked for; with "
                     "`CITUS_HA=patroni` how often it checks the addresses of the members, its own "
                     "login and the archiving"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.reconcile_interval,
                        parse_duration(value.text, milliseconds(100), std::chrono::hours(24)));
         }},
    };
}

std::vector<Declaration> operating_declarations() {
    return {
        {{.name = "CITUS_REBALANCE_ON_JOIN",
          .group = Group::citus,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "citus.rebalance_on_join",
          .meaning = "On the coordinator: after workers have joined, shards are moved to them in "
                     "the background, online or not at all"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.rebalance_on_join, parse_boolean(value.text));
         }},
        {{.name = "CITUS_STOP_PAUSE",
          .group = Group::citus,
          .type = ValueType::boolean,
          .default_text = "`false`",
          .yaml_key = "citus.stop_pause",
          .meaning = "A worker that is to stop has the coordinator hold the queries that need "
                     "it until it is back: a restart delays them instead of failing them"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.stop_pause, parse_boolean(value.text));
         }},
        {{.name = "CITUS_STOP_PAUSE_LONGEST",
          .group = Group::citus,
          .type = ValueType::duration,
          .default_text = "`10s`",
          .yaml_key = "citus.stop_pause_longest",
          .meaning = "When the coordinator lets them go on although the worker is not back"},
         [](Draft& draft, const Sourced& value) {
             return put(draft.settings.citus.stop_pause_longest,
                        parse_duration(value.text, milliseconds(100), std::chrono::minutes(5)));
         }},
    };
}

Parsed<void> put_high_availability(Draft& draft, const Sourced& value) {
    auto wanted = parse_choice(value.text, Choices<bool>{{"none", false}, {"patroni", true}});
    if (!wanted) {
        return tl::unexpected(std::move(wanted.error()));
    }
    if (*wanted) {
        draft.settings.patroni.emplace();
    }
    return {};
}

std::vector<Declaration> high_availability_declaration() {
    return {
        {{.name = "CITUS_HA",
          .group = Group::citus,
          .type = ValueType::choice,
          .default_text = "`none`",
          .yaml_key = "citus.ha",
          .meaning = "`patroni`: this node is a member of a cluster that Patroni manages, which "
                     "citus-init starts and supervises in place of the server. See "
                     "high-availability.md",
          .since = "0.2",
          .allowed = {"none", "patroni"}},
         put_high_availability},
    };
}

}  // namespace

std::vector<Declaration> citus_declarations() {
    return concatenated({node_declarations(), permission_declarations(), place_declarations(),
                         cluster_declarations(), upgrade_declarations(), reconcile_declarations(),
                         mesh_declarations(), operating_declarations(),
                         high_availability_declaration()});
}

}  // namespace citus_init::settings
