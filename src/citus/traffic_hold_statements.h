#pragma once

namespace citus_init::citus::statement {

// The comment has the version of the functions that is there.
inline constexpr const char* kTrafficHoldVersion =
    "SELECT pg_catalog.obj_description(pg_catalog.to_regprocedure("
    "'citus_init.hold_traffic(text, integer, interval)'), 'pg_proc')";
inline constexpr const char* kCurrentTrafficHoldVersion = "citus-init traffic hold, version 1";

// The process that holds the traffic of a node, as its advisory lock shows; NULL: none does.
inline constexpr const char* kCreateTrafficHolder =
    R"(CREATE OR REPLACE FUNCTION citus_init.traffic_holder(name text, port integer)
RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT lock.pid FROM pg_locks lock, pg_dist_node node
    WHERE node.nodename = name AND node.nodeport = port AND node.noderole = 'primary'
        AND lock.locktype = 'advisory' AND lock.granted AND lock.objsubid = 2
        AND lock.classid = 716338841 AND lock.objid = node.nodeid
        AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    LIMIT 1
$body$)";

// Reads take no lock that is about a worker (those that citus_update_node() takes keep off writes
// alone), so that the tables themselves are locked, here only: lock_relation_if_exists() is not
// passed on to workers as LOCK TABLE is. DDL takes ROW SHARE on pg_dist_node, changes of the
// cluster take more. An attempt is shorter than deadlock_timeout: while it waits for one table it
// keeps others, and a transaction that has the one may need the others. It is the hold that gives
// way, before PostgreSQL or Citus look for a victim; the next attempt takes the other direction.
inline constexpr const char* kCreateHoldTraffic =
    R"(CREATE OR REPLACE FUNCTION citus_init.hold_traffic(name text, port integer, longest interval)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $body$
DECLARE
    start CONSTANT timestamptz := clock_timestamp();
    worker pg_dist_node;
    direction integer := 1;
    tables oid[];
    relation oid;
BEGIN
    IF longest IS NULL OR longest NOT BETWEEN interval '0' AND interval '5 minutes' THEN
        RAISE EXCEPTION 'traffic is held for 5 minutes at most'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT * INTO worker FROM pg_dist_node
        WHERE nodename = name AND nodeport = port AND noderole = 'primary' AND groupid <> 0;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no worker %:% is registered', name, port USING ERRCODE = 'no_data_found';
    END IF;
    SELECT array_agg(DISTINCT shard.logicalrelid::oid) INTO tables
        FROM pg_dist_placement placement JOIN pg_dist_shard shard USING (shardid)
        WHERE placement.groupid = worker.groupid;
    IF cardinality(tables) > current_setting('max_locks_per_transaction')::integer
            * current_setting('max_connections')::integer / 4 THEN
        RAISE EXCEPTION '% tables are more than can be locked at once', cardinality(tables)
            USING ERRCODE = 'configuration_limit_exceeded',
            HINT = 'Raise max_locks_per_transaction on the coordinator.';
    END IF;
    PERFORM set_config('lock_timeout', least(200, setting::integer / 2)::text, true)
        FROM pg_settings WHERE pg_settings.name = 'deadlock_timeout';
    PERFORM pg_cancel_backend(citus_init.traffic_holder(name, port));
    LOOP
        BEGIN
            FOR relation IN SELECT * FROM unnest(tables) one ORDER BY one::bigint * direction LOOP
                PERFORM lock_relation_if_exists(relation::regclass::text, 'ACCESS EXCLUSIVE');
            END LOOP;
            PERFORM lock_relation_if_exists('pg_catalog.pg_dist_node', 'EXCLUSIVE');
            PERFORM pg_advisory_xact_lock(716338841, worker.nodeid);
            RAISE LOG 'citus-init: queries wait until the worker %:% is back, % at most',
                name, port, longest;
            WHILE clock_timestamp() < start + longest LOOP
                PERFORM pg_sleep(0.02);
            END LOOP;
            RAISE EXCEPTION 'the worker is not back in time' USING ERRCODE = 'CIH01';
        EXCEPTION
            WHEN query_canceled THEN
                RAISE LOG 'citus-init: the worker %:% is back, queries go on after %',
                    name, port, clock_timestamp() - start;
                RETURN 'released';
            WHEN SQLSTATE 'CIH01' THEN
                RAISE LOG 'citus-init: the worker %:% is not back within %, queries go on',
                    name, port, longest;
                RETURN 'not back in time';
            WHEN lock_not_available OR deadlock_detected THEN
                IF clock_timestamp() > start + least(longest, interval '1.5 seconds') THEN
                    RAISE;
                END IF;
        END;
        direction := -direction;
        PERFORM pg_sleep(0.02);
    END LOOP;
END
$body$)";

// Tried from here, since that is where the queries come from: a server that accepts connections may
// not yet have read whom to let in.
inline constexpr const char* kCreateReleaseTraffic =
    R"(CREATE OR REPLACE FUNCTION citus_init.release_traffic(name text, port integer)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    holder CONSTANT integer := citus_init.traffic_holder(name, port);
BEGIN
    IF holder IS NULL THEN
        RETURN true;
    END IF;
    IF NOT citus_check_connection_to_node(name, port) THEN
        RETURN false;
    END IF;
    PERFORM pg_cancel_backend(holder);
    RETURN true;
END
$body$)";

inline constexpr const char* kRevokeTrafficHold =
    "REVOKE ALL ON FUNCTION citus_init.traffic_holder(text, integer), "
    "citus_init.hold_traffic(text, integer, interval), "
    "citus_init.release_traffic(text, integer) FROM PUBLIC";
inline constexpr const char* kCommentTrafficHold =
    "COMMENT ON FUNCTION citus_init.hold_traffic(text, integer, interval) IS ";  // + literal

inline constexpr const char* kMayHoldTraffic =
    "SELECT pg_catalog.has_schema_privilege($1, 'citus_init', 'USAGE') AND "
    "pg_catalog.has_function_privilege($1, 'citus_init.traffic_holder(text, integer)', 'EXECUTE') "
    "AND pg_catalog.has_function_privilege($1, "
    "'citus_init.hold_traffic(text, integer, interval)', 'EXECUTE') AND "
    "pg_catalog.has_function_privilege($1, 'citus_init.release_traffic(text, integer)', 'EXECUTE')";
inline constexpr const char* kLetHoldTraffic =  // a format: the role
    "DO $$BEGIN SET LOCAL citus.enable_ddl_propagation = off; "
    "GRANT USAGE ON SCHEMA citus_init TO {0}; "
    "GRANT EXECUTE ON FUNCTION citus_init.traffic_holder(text, integer), "
    "citus_init.hold_traffic(text, integer, interval), "
    "citus_init.release_traffic(text, integer) TO {0}; END$$";

// What would end the statement before its time: a limit of the session, and a check whether the
// client is still there, which it is not meant to be.
inline constexpr const char* kLetNothingEndTheHold =
    "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name IN "
    "('statement_timeout', 'transaction_timeout', 'client_connection_check_interval')";
inline constexpr const char* kHoldTraffic =
    "SELECT citus_init.hold_traffic($1, $2::pg_catalog.int4, $3::pg_catalog.interval)";
inline constexpr const char* kIsTrafficHeld =
    "SELECT citus_init.traffic_holder($1, $2::pg_catalog.int4) IS NOT NULL";
inline constexpr const char* kReleaseTraffic =
    "SELECT citus_init.release_traffic($1, $2::pg_catalog.int4)";

}  // namespace citus_init::citus::statement
