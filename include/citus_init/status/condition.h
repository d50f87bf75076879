#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/membership/place.h"

namespace citus_init::status {

// What a node is doing, what it waits for, or why it failed. condition.cpp has the code and the
// text of each in one table; what stands in braces there is a parameter.
enum class ConditionKind {
    none,
    other,  // of another version of citus-init: only its text is known
    // --- The start ---
    reading_settings,
    making_certificate,
    upgrading_data_directory,
    restoring_data_directory,
    initdb,
    validating_configuration,
    starting_bootstrap_server,
    preparing_database,
    running_init_scripts,
    stopping_bootstrap_server,
    syncing_data_directory,
    replaying_log,
    starting_server,
    preparing_citus,
    preparation_pending,
    letting_clients_in,
    // --- Running ---
    accepting_connections,
    accepting_reads,
    archive_recovery,
    standby_closed,
    crash_recovery,
    recovery_ending,
    // --- Failures and the end ---
    exited_unexpectedly,
    waiting_to_restart_server,
    waiting_to_restart_patroni,
    server_stopping_itself,
    waiting_for_processes,
    abandoning_bootstrap,
    holding_traffic,
    shutting_down,
    ended,
    state_file_missing,
    state_file_unreadable,
    process_gone,
    patroni_hung,
    // --- Why clients must not use a node that runs ---
    restoring,
    place_unconfirmed,
    place_assessed,
    database_gone,
    extension_gone,
    metadata_gone,
    database_closed,
    server_unresponsive,
    connection_slots_taken,
    server_stopped,
    writes_fail,
    impostor,
    own_connection_failed,
    own_connection_unknown,
    // --- A member that Patroni manages ---
    waiting_for_dcs,
    waiting_for_server,
    readiness_pending,
    patroni_silent,
    making_data_directory,
    server_state,
    server_unreachable,
    dcs_unreachable,
    group_without_leader,
    replica_lagging,
    replica_not_following,
    replica_without_wal,
    database_missing,
    extension_missing,
    primary_without_lead,
    promotion_pending,
    worker_groups_pending,
    worker_group_unregistered,
    worker_group_inactive,
    worker_group_without_metadata,
    init_files_elsewhere,
    init_files_next,
    init_files_running,
    init_files_failed,
    no_handover,
    degraded,
    dcs_silent,
    // --- Backup ---
    archiving_pending,
    archiving_failed,
    backup_failed,
    // --- Membership ---
    agent_silent,
    waiting_for_local_server,
    joined,
    joined_elsewhere,
    announced,
    not_joined,
    place_taken,
    coordinator_unready,
    coordinator_untrusted,
    coordinator_unreachable,
    coordinator_refused,
    recorded_state,
    other_server_answers,
    rebalance_pending,
};

// Which parameters a kind has: see the table. Texts are names of the database's, or what libpq, the
// server, Patroni or an error says.
struct Condition {
    ConditionKind kind = ConditionKind::none;
    std::string name{};    // of a database, role, file, member or finding
    std::string state{};   // of a member as Patroni names it, of a worker as the coordinator does
    std::string detail{};  // the cause
    std::string sqlstate{};
    std::optional<HostPort> address{};
    std::optional<HostPort> registered{};  // where that is another address
    std::optional<std::int64_t> number{};  // of a group; an exit code; seconds; how many
    bool with_certificates = false;        // nodes know each other by them, else by passwords
    citus::PlaceReason place{};            // of place_assessed
    std::vector<Condition> causes{};
    bool operator==(const Condition&) const = default;
};

inline bool is_none(const Condition& condition) {
    return condition.kind == ConditionKind::none;
}

// "accepting_connections"; "" = none.
const char* code_of(ConditionKind kind);
// None where there is no such code.
std::optional<ConditionKind> parse_condition_code(const std::string& code);

// One line for people: what it is, its cause, and the fix. "" = none.
std::string text_of(const Condition& condition);

}  // namespace citus_init::status
