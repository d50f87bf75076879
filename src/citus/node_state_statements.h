#pragma once

namespace citus_init::citus::statement {

// The comment has the version of the table; NULL without the table.
inline constexpr const char* kNodeStateTableVersion =
    "SELECT CASE WHEN pg_catalog.to_regclass('citus_init.node_state') IS NOT NULL THEN "
    "pg_catalog.obj_description(pg_catalog.to_regprocedure("
    "'citus_init.state_of(text, integer, uuid)'), 'pg_proc') END";
inline constexpr const char* kCurrentNodeStateTableVersion = "citus-init node states, version 2";

// since: in this state; changed_at: anything in the row.
inline constexpr const char* kCreateNodeState =
    "CREATE TABLE IF NOT EXISTS citus_init.node_state ("
    "nodename text NOT NULL, nodeport integer NOT NULL, nodeid integer, state text NOT NULL, "
    "standing text, reason text NOT NULL, alarm boolean NOT NULL, desired boolean NOT NULL, "
    "system_identifier numeric, server_id uuid, since timestamptz NOT NULL, "
    "changed_at timestamptz NOT NULL, PRIMARY KEY (nodename, nodeport)) WITH (fillfactor = 70)";
inline constexpr const char* kRevokeNodeState = "REVOKE ALL ON citus_init.node_state FROM PUBLIC";

// Its result has other columns than before.
inline constexpr const char* kDropStateOf =
    "DROP FUNCTION IF EXISTS citus_init.state_of(text, integer, uuid)";
inline constexpr const char* kCreateStateOf =
    R"(CREATE FUNCTION citus_init.state_of(name text, port integer, server uuid,
    OUT state text, OUT standing text, OUT reason text, OUT alarm boolean, OUT registered boolean,
    OUT same_server boolean, OUT recorded_server boolean, OUT nodeid integer,
    OUT system_identifier numeric, OUT wal_timeline integer, OUT wal_lsn pg_lsn)
RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN QUERY SELECT entry.state, entry.standing, entry.reason, entry.alarm,
        EXISTS (SELECT FROM pg_dist_node node WHERE node.nodeid = entry.nodeid),
        entry.server_id = server, known.nodeid IS NOT NULL, known.nodeid,
        known.system_identifier, known.wal_timeline, known.wal_lsn
        FROM citus_init.node_state entry LEFT JOIN citus_init.node known
        ON known.nodeid = entry.nodeid AND known.server_id = server
        WHERE entry.nodename = name AND entry.nodeport = port;
END
$body$)";
inline constexpr const char* kRevokeStateOf =
    "REVOKE ALL ON FUNCTION citus_init.state_of(text, integer, uuid) FROM PUBLIC";
inline constexpr const char* kCommentStateOf =
    "COMMENT ON FUNCTION citus_init.state_of(text, integer, uuid) IS ";  // + literal

inline constexpr const char* kMayAskState =
    "SELECT pg_catalog.has_schema_privilege($1, 'citus_init', 'USAGE') AND "
    "pg_catalog.has_function_privilege($1, 'citus_init.state_of(text, integer, uuid)', 'EXECUTE')";
inline constexpr const char* kLetAskState =  // a format: the role
    "DO $$BEGIN SET LOCAL citus.enable_ddl_propagation = off; "
    "GRANT USAGE ON SCHEMA citus_init TO {0}; "
    "GRANT EXECUTE ON FUNCTION citus_init.state_of(text, integer, uuid) TO {0}; END$$";

inline constexpr const char* kReportedStates =
    "SELECT nodename, nodeport, coalesce(nodeid, 0), state, standing, reason, alarm, desired, "
    "system_identifier, server_id FROM citus_init.node_state";
inline constexpr const char* kRecordState =
    "INSERT INTO citus_init.node_state AS entry (nodename, nodeport, nodeid, state, standing, "
    "reason, alarm, desired, system_identifier, server_id, since, changed_at) VALUES ($1, "
    "$2::pg_catalog.int4, nullif($3::pg_catalog.int4, 0), $4, nullif($5, ''), $6, "
    "$7::pg_catalog.bool, $8::pg_catalog.bool, nullif($9, '')::pg_catalog.numeric, "
    "nullif($10, '')::pg_catalog.uuid, "
    "pg_catalog.clock_timestamp() - $11::pg_catalog.interval, pg_catalog.clock_timestamp()) "
    "ON CONFLICT (nodename, nodeport) DO UPDATE SET nodeid = excluded.nodeid, "
    "state = excluded.state, standing = excluded.standing, reason = excluded.reason, "
    "alarm = excluded.alarm, desired = excluded.desired, "
    "system_identifier = excluded.system_identifier, server_id = excluded.server_id, "
    "since = CASE WHEN entry.state = excluded.state THEN entry.since ELSE excluded.since END, "
    "changed_at = excluded.changed_at";
inline constexpr const char* kForgetState =
    "DELETE FROM citus_init.node_state WHERE nodename = $1 AND nodeport = $2::pg_catalog.int4";

// A coordinator of an older version does not return the last ones.
inline constexpr const char* kAskState =
    "SELECT state, standing, reason, alarm, registered, same_server, recorded_server, "
    "pg_catalog.to_jsonb(own) ->> 'nodeid', pg_catalog.to_jsonb(own) ->> 'system_identifier', "
    "pg_catalog.to_jsonb(own) ->> 'wal_timeline', "
    "(pg_catalog.to_jsonb(own) ->> 'wal_lsn')::pg_catalog.pg_lsn - '0/0'::pg_catalog.pg_lsn "
    "FROM citus_init.state_of($1, $2::pg_catalog.int4, $3::pg_catalog.uuid) own";

}  // namespace citus_init::citus::statement
