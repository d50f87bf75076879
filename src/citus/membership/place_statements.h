#pragma once

namespace citus_init::citus::statement {

// One text, so that it can be sent through master_run_on_worker(), which takes one column. Citus
// runs it in a session of its own, whose search path is the database's: operators and types are
// named with their schema.
inline constexpr const char* kServerRun =
    "SELECT pg_catalog.concat_ws(' ', (SELECT system_identifier FROM "
    "pg_catalog.pg_control_system()), (SELECT metadata OPERATOR(pg_catalog.->>) 'server_id' FROM "
    "pg_catalog.pg_dist_node_metadata), extract(epoch FROM "
    "pg_catalog.pg_postmaster_start_time())::pg_catalog.text, "
    "pg_catalog.pg_is_in_recovery()::pg_catalog.text)";

inline constexpr const char* kMemberCheckVersion =
    "SELECT pg_catalog.obj_description(pg_catalog.to_regprocedure("
    "'citus_init.member_at(integer, uuid)'), 'pg_proc')";
inline constexpr const char* kCurrentMemberCheckVersion = "citus-init member check, version 3";

// Over a connection of Citus' own, so with the credentials, the certificates and the name
// resolution that its queries use. The function's search path does not hold for the statement that
// is sent.
inline constexpr const char* kCreateMemberCheck =
    R"(CREATE OR REPLACE FUNCTION citus_init.member_at(member_group integer, server uuid,
    OUT nodename text, OUT nodeport integer, OUT recorded boolean, OUT answered boolean,
    OUT answer text) RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    member_id integer;
BEGIN
    IF EXISTS (SELECT FROM pg_dist_local_group WHERE groupid <> 0) THEN
        RAISE EXCEPTION 'this node is not the coordinator' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT node.nodeid, node.nodename, node.nodeport INTO member_id, nodename, nodeport
        FROM pg_dist_node node WHERE node.groupid = member_group AND node.groupid <> 0
        AND node.noderole = 'primary';
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT known.server_id = server INTO recorded FROM citus_init.node known
        WHERE known.nodeid = member_id;
    PERFORM set_config('citus.node_connection_timeout', '3s', true),
        set_config('statement_timeout', '5s', true);
    SELECT run.success, run.result INTO answered, answer FROM master_run_on_worker(
        ARRAY[nodename], ARRAY[nodeport], ARRAY[$query$)"
    "SELECT pg_catalog.concat_ws(' ', (SELECT system_identifier FROM "
    "pg_catalog.pg_control_system()), (SELECT metadata OPERATOR(pg_catalog.->>) 'server_id' FROM "
    "pg_catalog.pg_dist_node_metadata), extract(epoch FROM "
    "pg_catalog.pg_postmaster_start_time())::pg_catalog.text, "
    "pg_catalog.pg_is_in_recovery()::pg_catalog.text, "
    "pg_catalog.current_setting('citus_init.directory', true))"
    R"($query$], false) run;
    -- Before it serves anybody: from then on the original is the older one of the two.
    IF answered AND recorded AND split_part(answer, ' ', 5) = 'copied' AND NOT pg_is_in_recovery() THEN
        UPDATE citus_init.node known SET copy_seen = member_at.nodename || ':' || member_at.nodeport
            WHERE known.nodeid = member_id AND known.copy_seen IS NULL;
    END IF;
    answer := array_to_string((string_to_array(answer, ' '))[1:4], ' ');
    RETURN NEXT;
END
$body$)";
inline constexpr const char* kRevokeMemberCheck =
    "REVOKE ALL ON FUNCTION citus_init.member_at(integer, uuid) FROM PUBLIC";
inline constexpr const char* kCommentMemberCheck =
    "COMMENT ON FUNCTION citus_init.member_at(integer, uuid) IS ";  // + literal

inline constexpr const char* kMayCheckMembers =
    "SELECT pg_catalog.has_schema_privilege($1, 'citus_init', 'USAGE') AND "
    "pg_catalog.has_function_privilege($1, 'citus_init.member_at(integer, uuid)', 'EXECUTE')";
inline constexpr const char* kLetCheckMembers =  // a format: the role
    "DO $$BEGIN SET LOCAL citus.enable_ddl_propagation = off; "
    "GRANT USAGE ON SCHEMA citus_init TO {0}; "
    "GRANT EXECUTE ON FUNCTION citus_init.member_at(integer, uuid) TO {0}; END$$";

inline constexpr const char* kMemberAt =
    "SELECT nodename, nodeport, recorded, answered, answer "
    "FROM citus_init.member_at($1::pg_catalog.int4, $2::pg_catalog.uuid)";

inline constexpr const char* kShortNodeTimeout =
    "SELECT pg_catalog.set_config('citus.node_connection_timeout', '3s', false), "
    "pg_catalog.set_config('statement_timeout', '5s', false)";
inline constexpr const char* kUsualNodeTimeout =
    "SELECT pg_catalog.set_config(name, reset_val, false) FROM pg_catalog.pg_settings "
    "WHERE name IN ('citus.node_connection_timeout', 'statement_timeout')";
// On a worker: whom it has as coordinator, and who answers it there ($1: kServerRun).
inline constexpr const char* kLeaderOf =
    "SELECT leader.nodename, leader.nodeport, run.success, run.result "
    "FROM pg_catalog.pg_dist_node leader, LATERAL pg_catalog.master_run_on_worker("
    "ARRAY[leader.nodename], ARRAY[leader.nodeport], ARRAY[$1::pg_catalog.text], false) run "
    "WHERE leader.groupid = 0 AND leader.noderole = 'primary'";

}  // namespace citus_init::citus::statement
