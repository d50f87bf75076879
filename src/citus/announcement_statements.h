#pragma once

namespace citus_init::citus::statement {

// The comment has the version of the function that is there.
inline constexpr const char* kAnnouncementVersion =
    "SELECT pg_catalog.obj_description(pg_catalog.to_regprocedure("
    "'citus_init.announce(text, integer, numeric, uuid)'), 'pg_proc')";
inline constexpr const char* kCurrentAnnouncementVersion = "citus-init announcements, version 3";

// Two agents at once would otherwise meet in the catalogs ("tuple concurrently updated").
inline constexpr const char* kAnnouncementPrologue =
    "SELECT pg_catalog.set_config('citus.enable_ddl_propagation', 'off', true), "
    "pg_catalog.set_config('client_min_messages', 'warning', true), "
    "pg_catalog.set_config('lock_timeout', '5s', true), "
    "pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('citus_init.announce'))";

inline constexpr const char* kCreateSchema = "CREATE SCHEMA citus_init";
inline constexpr const char* kCreateMissingSchema = "CREATE SCHEMA IF NOT EXISTS citus_init";

inline constexpr const char* kCreateJoinRequest =
    "CREATE TABLE IF NOT EXISTS citus_init.join_request ("
    "nodename text NOT NULL, nodeport integer NOT NULL, system_identifier numeric NOT NULL, "
    "server_id uuid NOT NULL, first_announced_at timestamptz NOT NULL, "
    "announced_at timestamptz NOT NULL, PRIMARY KEY (nodename, nodeport)) WITH (fillfactor = 70)";

inline constexpr const char* kCreateAnnounce =
    R"(CREATE OR REPLACE FUNCTION citus_init.announce(
    name text, port integer, system numeric, server uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    most CONSTANT integer := 1000;
    most_names CONSTANT integer := 4;
    moment CONSTANT timestamptz := clock_timestamp();
BEGIN
    IF coalesce(name, '') !~ '^[A-Za-z0-9_.:][A-Za-z0-9_.:%-]{0,252}$' THEN
        RAISE EXCEPTION 'an announced node name has 1 to 253 letters, digits, dots, dashes, '
            'underscores or colons' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF coalesce(port, 0) NOT BETWEEN 1 AND 65535 THEN
        RAISE EXCEPTION 'an announced port is a number from 1 to 65535'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF server IS NULL OR coalesce(system, -1) NOT BETWEEN 0 AND 18446744073709551615
        OR system <> trunc(system) THEN
        RAISE EXCEPTION 'an announcement needs the system identifier, a whole number, and the server id of its node'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF system = (SELECT system_identifier FROM pg_control_system())
        AND server::text = (SELECT metadata->>'server_id' FROM pg_dist_node_metadata) THEN
        RAISE EXCEPTION 'the node that announces itself as %:% is this coordinator itself', name, port
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'CITUS_COORDINATOR_HOST has to lead to the coordinator, not to the worker.';
    END IF;
    -- Before the first write: two who had both written would wait for each other here.
    LOCK TABLE citus_init.join_request IN SHARE ROW EXCLUSIVE MODE;
    UPDATE citus_init.join_request SET announced_at = moment, system_identifier = trunc(system),
        server_id = server, first_announced_at = CASE
            WHEN (system_identifier, server_id) = (system, server) THEN first_announced_at
            ELSE moment END
        WHERE nodename = name AND nodeport = port;
    IF NOT FOUND THEN
        -- Who is still there announces himself again: the row that is longest silent goes, those of
        -- members last.
        DELETE FROM citus_init.join_request WHERE (nodename, nodeport) IN (
            SELECT old.nodename, old.nodeport FROM citus_init.join_request old
            ORDER BY EXISTS (SELECT FROM pg_dist_node node WHERE node.nodeport = old.nodeport
                AND lower(node.nodename) = lower(old.nodename)) DESC, old.announced_at DESC
            OFFSET most - 1);
        INSERT INTO citus_init.join_request VALUES (name, port, trunc(system), server, moment, moment)
            ON CONFLICT (nodename, nodeport) DO UPDATE SET announced_at = moment,
                system_identifier = excluded.system_identifier, server_id = server;
    END IF;
    -- A node has one name, and some old ones.
    DELETE FROM citus_init.join_request WHERE (nodename, nodeport) IN (
        SELECT old.nodename, old.nodeport FROM citus_init.join_request old
        WHERE (old.system_identifier, old.server_id) = (system, server)
        ORDER BY old.announced_at DESC OFFSET most_names);
END
$body$)";

inline constexpr const char* kRevokeAnnounce =
    "REVOKE ALL ON FUNCTION citus_init.announce(text, integer, numeric, uuid) FROM PUBLIC";
inline constexpr const char* kCommentAnnounce =
    "COMMENT ON FUNCTION citus_init.announce(text, integer, numeric, uuid) IS ";  // + literal

inline constexpr const char* kMayAnnounce =
    "SELECT pg_catalog.has_schema_privilege($1, 'citus_init', 'USAGE') AND "
    "pg_catalog.has_function_privilege($1, "
    "'citus_init.announce(text, integer, numeric, uuid)', 'EXECUTE')";
inline constexpr const char* kLetAnnounce =  // a format: the role
    "DO $$BEGIN SET LOCAL citus.enable_ddl_propagation = off; "
    "GRANT USAGE ON SCHEMA citus_init TO {0}; "
    "GRANT EXECUTE ON FUNCTION citus_init.announce(text, integer, numeric, uuid) TO {0}; END$$";

inline constexpr const char* kAnnounce =
    "SELECT citus_init.announce($1, $2::pg_catalog.int4, $3::pg_catalog.numeric, "
    "$4::pg_catalog.uuid)";

// A member announces itself seldom, one that is down not at all: it stays desired until it is
// removed. Of a server with several names the last one within $1 counts, else the registered one.
inline constexpr const char* kAnnouncements =
    "WITH request AS (SELECT *, "
    "announced_at > pg_catalog.clock_timestamp() - $1::pg_catalog.interval AS is_recent "
    "FROM citus_init.join_request) "
    "SELECT nodename, nodeport, system_identifier, server_id, is_recent FROM ("
    "SELECT DISTINCT ON (system_identifier, server_id) * FROM request "
    "WHERE is_recent OR EXISTS (SELECT FROM pg_catalog.pg_dist_node node "
    "WHERE node.groupid <> 0 AND node.noderole = 'primary' AND node.nodeport = request.nodeport "
    "AND pg_catalog.lower(node.nodename) = pg_catalog.lower(request.nodename)) "
    "ORDER BY system_identifier, server_id, is_recent DESC, announced_at DESC) latest "
    "ORDER BY first_announced_at, nodename, nodeport";

inline constexpr const char* kOwnPlace =
    "SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system()), "
    "(SELECT metadata->>'server_id' FROM pg_catalog.pg_dist_node_metadata), "
    "own.groupid, node.nodename, node.nodeport FROM pg_catalog.pg_dist_local_group own "
    "LEFT JOIN pg_catalog.pg_dist_node node ON node.groupid = own.groupid "
    "AND node.noderole = 'primary'";

}  // namespace citus_init::citus::statement
