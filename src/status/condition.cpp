#include "citus_init/status/condition.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/coordinator_advice.h"
#include "citus_init/citus/node_preparation.h"
#include "citus_init/citus/own_connection.h"

namespace citus_init::status {

namespace {

// A parameter that is computed only where a text uses it.
template <typename Compute>
struct Computed {
    explicit Computed(Compute function) : compute(std::move(function)) {}
    Compute compute;
};

}  // namespace

}  // namespace citus_init::status

template <typename Compute>
struct fmt::formatter<citus_init::status::Computed<Compute>> {
    static constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
    static auto format(const citus_init::status::Computed<Compute>& value,
                       fmt::format_context& context) {
        return fmt::format_to(context.out(), "{}", value.compute());
    }
};

namespace citus_init::status {

namespace {

struct Row {
    ConditionKind kind;
    const char* code;
    // {before} is the cause and "; ", {after} ": " and the cause, both "" without one.
    const char* text;
};

constexpr std::array kRows{
    Row{ConditionKind::none, "", ""},
    Row{ConditionKind::other, "other", "{detail}"},

    Row{ConditionKind::reading_settings, "reading_settings", "reading the settings"},
    Row{ConditionKind::making_certificate, "making_certificate", "making the certificate"},
    Row{ConditionKind::upgrading_data_directory, "upgrading_data_directory",
        "upgrading the data directory to this major version of PostgreSQL"},
    Row{ConditionKind::restoring_data_directory, "restoring_data_directory",
        "restoring the data directory from the repository"},
    Row{ConditionKind::initdb, "initdb", "initdb"},
    Row{ConditionKind::validating_configuration, "validating_configuration",
        "validating the configuration"},
    Row{ConditionKind::starting_bootstrap_server, "starting_bootstrap_server",
        "starting the bootstrap server"},
    Row{ConditionKind::preparing_database, "preparing_database", "preparing the database"},
    Row{ConditionKind::running_init_scripts, "running_init_scripts",
        "running the scripts of /docker-entrypoint-initdb.d"},
    Row{ConditionKind::stopping_bootstrap_server, "stopping_bootstrap_server",
        "stopping the bootstrap server"},
    Row{ConditionKind::syncing_data_directory, "syncing_data_directory",
        "writing the new data directory to the disk"},
    Row{ConditionKind::replaying_log, "replaying_log", "the server replays its log"},
    Row{ConditionKind::starting_server, "starting_server", "starting the server"},
    Row{ConditionKind::preparing_citus, "preparing_citus",
        "the server is up, Citus is being prepared"},
    Row{ConditionKind::preparation_pending, "preparation_pending", "{detail}"},
    Row{ConditionKind::letting_clients_in, "letting_clients_in", "letting clients in"},

    Row{ConditionKind::accepting_connections, "accepting_connections", "accepting connections"},
    Row{ConditionKind::accepting_reads, "accepting_reads",
        "standby, accepting connections for reading only"},
    Row{ConditionKind::archive_recovery, "archive_recovery",
        "archive recovery, writes fail until it ends"},
    Row{ConditionKind::standby_closed, "standby_closed",
        "standby that lets nobody in, because hot_standby is off. Set hot_standby = on, or promote "
        "it: pg_ctl promote"},
    Row{ConditionKind::crash_recovery, "crash_recovery",
        "the server restarted its processes after a crash and replays its log"},
    Row{ConditionKind::recovery_ending, "recovery_ending", ""},

    Row{ConditionKind::exited_unexpectedly, "exited_unexpectedly", "{detail}"},
    Row{ConditionKind::waiting_to_restart_server, "waiting_to_restart_server",
        "{before}waiting to restart it"},
    Row{ConditionKind::waiting_to_restart_patroni, "waiting_to_restart_patroni",
        "{before}waiting to start it again"},
    Row{ConditionKind::server_stopping_itself, "server_stopping_itself",
        "the server is being shut down from inside"},
    Row{ConditionKind::waiting_for_processes, "waiting_for_processes", "waiting for processes"},
    Row{ConditionKind::abandoning_bootstrap, "abandoning_bootstrap",
        "giving the bootstrap up{after}"},
    Row{ConditionKind::holding_traffic, "holding_traffic",
        "asking the coordinator to hold this node's traffic"},
    Row{ConditionKind::shutting_down, "shutting_down", "shutting down"},
    Row{ConditionKind::ended, "ended", "{detail}"},
    Row{ConditionKind::state_file_missing, "state_file_missing",
        "{detail}: no citus-init runs a server here, or CITUS_RUN_DIR differs"},
    Row{ConditionKind::state_file_unreadable, "state_file_unreadable", "\"{name}\"{after}"},
    Row{ConditionKind::process_gone, "process_gone",
        "the citus-init that wrote \"{name}\" is gone"},
    Row{ConditionKind::patroni_hung, "patroni_hung", "{detail}"},

    Row{ConditionKind::restoring, "restoring", "being restored to the restore point {name}{after}"},
    Row{ConditionKind::place_unconfirmed, "place_unconfirmed",
        "its place in the cluster is not confirmed yet"},
    Row{ConditionKind::place_assessed, "place_assessed", "{place}"},
    Row{ConditionKind::database_gone, "database_gone", "{gone}"},
    Row{ConditionKind::extension_gone, "extension_gone", "{gone}"},
    Row{ConditionKind::metadata_gone, "metadata_gone", "{gone}"},
    Row{ConditionKind::database_closed, "database_closed", "{detail}"},
    Row{ConditionKind::server_unresponsive, "server_unresponsive",
        "PostgreSQL has not responded to a connection for {number} s ({detail}). Check "
        "PostgreSQL's log and whether its process is stopped; restart the container if it stays "
        "unresponsive"},
    Row{ConditionKind::connection_slots_taken, "connection_slots_taken",
        "all connection slots of PostgreSQL, those for superusers included, have been taken for "
        "{number} s ({detail}). End idle sessions or stop the clients that opened them; a "
        "connection pooler or a higher max_connections keeps it from coming back"},
    Row{ConditionKind::server_stopped, "server_stopped",
        "PostgreSQL's process {number} was stopped by a signal (SIGSTOP) and answers nobody. Let "
        "it "
        "go on: kill -CONT {number}"},
    Row{ConditionKind::writes_fail, "writes_fail", "clients cannot write: {detail}"},
    Row{ConditionKind::impostor, "impostor", "clients must not use this node: {causes}"},
    Row{ConditionKind::own_connection_failed, "own_connection_failed", "{own_connection}"},
    Row{ConditionKind::own_connection_unknown, "own_connection_unknown", "{detail}"},

    Row{ConditionKind::waiting_for_dcs, "waiting_for_dcs", "waiting for the configuration store"},
    Row{ConditionKind::waiting_for_server, "waiting_for_server",
        "{before}Patroni has not started the server yet"},
    Row{ConditionKind::readiness_pending, "readiness_pending",
        "{before}server running, readiness check pending"},
    Row{ConditionKind::patroni_silent, "patroni_silent", "Patroni: it does not answer yet"},
    Row{ConditionKind::making_data_directory, "making_data_directory",
        "the data directory: {state}"},
    Row{ConditionKind::server_state, "server_state", "the server: {state}"},
    Row{ConditionKind::server_unreachable, "server_unreachable", "the server: {detail}"},
    Row{ConditionKind::dcs_unreachable, "dcs_unreachable",
        "Patroni: it does not reach the configuration store, and cannot tell whether this replica "
        "is up to date"},
    Row{ConditionKind::group_without_leader, "group_without_leader",
        "Patroni: group {number} has no leader that this replica could follow"},
    Row{ConditionKind::replica_lagging, "replica_lagging",
        "Patroni: the replica is too far behind its leader"},
    Row{ConditionKind::replica_not_following, "replica_not_following",
        "Patroni: the replica does not follow its leader yet"},
    Row{ConditionKind::replica_without_wal, "replica_without_wal",
        "the server: it gets nothing from its leader"},
    Row{ConditionKind::database_missing, "database_missing",
        "Citus: there is not even the database \"{name}\"; Patroni makes both on the leader that "
        "bootstraps the group, and never later: where that has ended, its log says why not"},
    Row{ConditionKind::extension_missing, "extension_missing",
        "Citus: it is not in the database \"{name}\"; Patroni makes both on the leader that "
        "bootstraps the group, and never later: where that has ended, its log says why not"},
    Row{ConditionKind::primary_without_lead, "primary_without_lead",
        "Patroni: the server is a primary that does not lead group {number}"},
    Row{ConditionKind::promotion_pending, "promotion_pending",
        "the server: its promotion is under way"},
    Row{ConditionKind::worker_groups_pending, "worker_groups_pending",
        "{number} worker group{s}: {causes}"},
    Row{ConditionKind::worker_group_unregistered, "worker_group_unregistered",
        "group {number} is not registered"},
    Row{ConditionKind::worker_group_inactive, "worker_group_inactive",
        "group {number} ({address}) is not active"},
    Row{ConditionKind::worker_group_without_metadata, "worker_group_without_metadata",
        "group {number} ({address}) is without the metadata"},
    Row{ConditionKind::init_files_elsewhere, "init_files_elsewhere",
        "init files: another agent sees to them"},
    Row{ConditionKind::init_files_next, "init_files_next", "init files: they run next"},
    Row{ConditionKind::init_files_running, "init_files_running", "init files: {name} runs"},
    Row{ConditionKind::init_files_failed, "init_files_failed", "init files: {detail}"},
    Row{ConditionKind::no_handover, "no_handover", "no handover is possible: {detail}"},
    Row{ConditionKind::degraded, "degraded", "degraded: {detail}"},
    Row{ConditionKind::dcs_silent, "dcs_silent", "no DCS: {detail}"},

    Row{ConditionKind::archiving_pending, "archiving_pending",
        "WAL waits to be archived: {detail}"},
    Row{ConditionKind::archiving_failed, "archiving_failed",
        "WAL is not archived to the stanza {name}: {detail}"},
    Row{ConditionKind::backup_failed, "backup_failed",
        "the scheduled {name} is not made: {detail}"},

    Row{ConditionKind::agent_silent, "agent_silent",
        "the agent has not responded for {number} s (stopped or hanging): it is killed, and "
        "another one started"},
    Row{ConditionKind::waiting_for_local_server, "waiting_for_local_server",
        "waiting for the local server: {detail}"},
    Row{ConditionKind::joined, "joined", "joined as group {number}"},
    Row{ConditionKind::joined_elsewhere, "joined_elsewhere",
        "joined as group {number} under {registered}, announced as {address}"},
    Row{ConditionKind::announced, "announced",
        "announced to {address}, not joined yet{after_causes}"},
    Row{ConditionKind::not_joined, "not_joined", "not joined: {causes}"},
    Row{ConditionKind::place_taken, "place_taken", "not joined: in the place of another node"},
    Row{ConditionKind::coordinator_unready, "coordinator_unready",
        "coordinator {address} takes no announcements yet"},
    Row{ConditionKind::coordinator_untrusted, "coordinator_untrusted",
        "coordinator {address} and this node do not trust each other: {detail}{advice}"},
    Row{ConditionKind::coordinator_unreachable, "coordinator_unreachable",
        "coordinator {address} cannot be reached: {detail}{advice}"},
    Row{ConditionKind::coordinator_refused, "coordinator_refused",
        "coordinator {address} refused the announcement: {detail}{advice}"},
    Row{ConditionKind::recorded_state, "recorded_state", "{address} ({state}) {detail}"},
    Row{ConditionKind::other_server_answers, "other_server_answers",
        "under {address} another server than this one answers the coordinator{which}"},
    Row{ConditionKind::rebalance_pending, "rebalance_pending", "{detail}"},
};

static_assert(kRows.size() == static_cast<std::size_t>(ConditionKind::rebalance_pending) + 1);

const Row& row_of(ConditionKind kind) {
    return *std::find_if(kRows.begin(), kRows.end(),
                         [&](const Row& row) { return row.kind == kind; });
}

std::string causes_of(const Condition& condition) {
    std::vector<std::string> texts;
    texts.reserve(condition.causes.size());
    for (const Condition& cause : condition.causes) {
        texts.push_back(text_of(cause));
    }
    return join(texts, ", ");
}

std::string advice_of(const Condition& condition) {
    const std::string advice =
        citus::coordinator_advice({condition.sqlstate, condition.detail, "", ""});
    return advice.empty() ? "" : ". " + advice;
}

std::string address_text(const std::optional<HostPort>& address) {
    return address ? address->text() : "";
}

std::string own_connection_text(const Condition& condition) {
    return condition.kind == ConditionKind::own_connection_failed
               ? to_string(citus::OwnConnectionFailure{condition.address.value_or(HostPort()),
                                                       condition.name, condition.detail,
                                                       condition.with_certificates})
               : "";
}

std::string gone_text(const Condition& condition) {
    constexpr std::array<std::pair<ConditionKind, citus::CitusLoss>, 3> kLosses{
        {{ConditionKind::database_gone, citus::CitusLoss::database},
         {ConditionKind::extension_gone, citus::CitusLoss::extension},
         {ConditionKind::metadata_gone, citus::CitusLoss::metadata}}};
    const auto* const loss = std::find_if(kLosses.begin(), kLosses.end(), [&](const auto& each) {
        return each.first == condition.kind;
    });
    return loss == kLosses.end() ? "" : to_string(loss->second, condition.name);
}

std::string prefixed(const char* prefix, const std::string& text) {
    return text.empty() ? "" : prefix + text;
}

}  // namespace

const char* code_of(ConditionKind kind) {
    return row_of(kind).code;
}

std::optional<ConditionKind> parse_condition_code(const std::string& code) {
    const auto* const row = std::find_if(kRows.begin(), kRows.end(),
                                         [&](const Row& each) { return code == each.code; });
    return row == kRows.end() ? std::nullopt : std::optional(row->kind);
}

std::string text_of(const Condition& condition) {
    const auto& detail = condition.detail;
    const Computed causes([&] { return causes_of(condition); });
    const Computed after_causes([&] { return prefixed(": ", causes_of(condition)); });
    const Computed advice([&] { return advice_of(condition); });
    const Computed gone([&] { return gone_text(condition); });
    const Computed place([&] { return to_string(condition.place); });
    const Computed own_connection([&] { return own_connection_text(condition); });
    return fmt::format(fmt::runtime(row_of(condition.kind).text), fmt::arg("name", condition.name),
                       fmt::arg("state", condition.state), fmt::arg("detail", detail),
                       fmt::arg("before", detail.empty() ? "" : detail + "; "),
                       fmt::arg("after", prefixed(": ", detail)),
                       fmt::arg("which", prefixed(", which ", detail)), fmt::arg("causes", causes),
                       fmt::arg("after_causes", after_causes),
                       fmt::arg("address", address_text(condition.address)),
                       fmt::arg("registered", address_text(condition.registered)),
                       fmt::arg("number", condition.number.value_or(0)),
                       fmt::arg("s", condition.number == 1 ? "" : "s"), fmt::arg("advice", advice),
                       fmt::arg("gone", gone), fmt::arg("place", place),
                       fmt::arg("own_connection", own_connection));
}

}  // namespace citus_init::status
