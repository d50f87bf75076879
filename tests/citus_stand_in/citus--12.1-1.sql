-- STAND-IN for Citus, for tests only. See README.md.
\echo Use "CREATE EXTENSION citus" to load this file. \quit

DO $$ BEGIN RAISE NOTICE 'this is a STAND-IN for Citus, made for tests: nothing is distributed'; END $$;

-- Catalogs. Like Citus: made elsewhere, since pg_catalog takes no new tables, then moved there.
CREATE SCHEMA citus;
CREATE SCHEMA citus_internal;
GRANT USAGE ON SCHEMA citus, citus_internal TO public;

CREATE SEQUENCE citus.pg_dist_node_nodeid_seq MINVALUE 1 MAXVALUE 4294967296;
CREATE SEQUENCE citus.pg_dist_groupid_seq MINVALUE 1 MAXVALUE 4294967296;
CREATE SEQUENCE citus.pg_dist_shardid_seq MINVALUE 102008;
CREATE SEQUENCE citus.pg_dist_placement_placementid_seq;
CREATE SEQUENCE citus.pg_dist_colocationid_seq;
CREATE TYPE citus.noderole AS ENUM ('primary', 'secondary', 'unavailable');

CREATE TABLE citus.pg_dist_node (
    nodeid int NOT NULL DEFAULT nextval('citus.pg_dist_node_nodeid_seq') PRIMARY KEY,
    groupid int NOT NULL DEFAULT nextval('citus.pg_dist_groupid_seq'),
    nodename text NOT NULL,
    nodeport int NOT NULL DEFAULT 5432,
    noderack text NOT NULL DEFAULT 'default',
    hasmetadata bool NOT NULL DEFAULT false,
    isactive bool NOT NULL DEFAULT true,
    noderole citus.noderole NOT NULL DEFAULT 'primary',
    nodecluster name NOT NULL DEFAULT 'default',
    metadatasynced bool NOT NULL DEFAULT false,
    shouldhaveshards bool NOT NULL DEFAULT true,
    UNIQUE (nodename, nodeport));
CREATE TABLE citus.pg_dist_local_group (groupid int NOT NULL PRIMARY KEY);
CREATE TABLE citus.pg_dist_node_metadata (metadata jsonb NOT NULL);
-- How to log in to other nodes, beyond citus.node_conninfo; node 0 stands for all.
CREATE TABLE citus.pg_dist_authinfo (
    nodeid int NOT NULL,
    rolename name NOT NULL,
    authinfo text NOT NULL,
    UNIQUE (rolename, nodeid));
REVOKE ALL ON citus.pg_dist_authinfo FROM public;
CREATE TABLE citus.pg_dist_partition (
    logicalrelid regclass NOT NULL PRIMARY KEY,
    partmethod "char" NOT NULL,
    partkey text,
    colocationid int NOT NULL DEFAULT 0,
    repmodel "char" NOT NULL DEFAULT 's',
    autoconverted bool NOT NULL DEFAULT false);
CREATE TABLE citus.pg_dist_shard (
    logicalrelid regclass NOT NULL,
    shardid bigint NOT NULL PRIMARY KEY,
    shardstorage "char" NOT NULL DEFAULT 't',
    shardminvalue text,
    shardmaxvalue text);
CREATE TABLE citus.pg_dist_placement (
    placementid bigint NOT NULL DEFAULT nextval('citus.pg_dist_placement_placementid_seq')
        PRIMARY KEY,
    shardid bigint NOT NULL,
    shardstate int NOT NULL DEFAULT 1,
    shardlength bigint NOT NULL DEFAULT 0,
    groupid int NOT NULL);

CREATE TABLE citus.pg_dist_transaction (groupid int NOT NULL, gid text NOT NULL, UNIQUE (groupid, gid));

INSERT INTO citus.pg_dist_local_group VALUES (0);
-- The version of the library that created it, as Citus writes it, not that of this script.
INSERT INTO citus.pg_dist_node_metadata
SELECT jsonb_build_object('server_id', gen_random_uuid()::text, 'last_upgrade_version',
                          default_version, 'partitioned_citus_table_exists_pre_11', false)
FROM pg_available_extensions() WHERE name = 'citus';

ALTER TABLE citus.pg_dist_node SET SCHEMA pg_catalog;
ALTER TABLE citus.pg_dist_local_group SET SCHEMA pg_catalog;
ALTER TABLE citus.pg_dist_node_metadata SET SCHEMA pg_catalog;
ALTER TABLE citus.pg_dist_transaction SET SCHEMA pg_catalog;
ALTER TABLE citus.pg_dist_authinfo SET SCHEMA pg_catalog;
ALTER TABLE citus.pg_dist_partition SET SCHEMA pg_catalog;
ALTER TABLE citus.pg_dist_shard SET SCHEMA pg_catalog;
ALTER TABLE citus.pg_dist_placement SET SCHEMA pg_catalog;
ALTER TYPE citus.noderole SET SCHEMA pg_catalog;
ALTER SEQUENCE citus.pg_dist_node_nodeid_seq SET SCHEMA pg_catalog;
ALTER SEQUENCE citus.pg_dist_groupid_seq SET SCHEMA pg_catalog;
ALTER SEQUENCE citus.pg_dist_shardid_seq SET SCHEMA pg_catalog;
ALTER SEQUENCE citus.pg_dist_placement_placementid_seq SET SCHEMA pg_catalog;
ALTER SEQUENCE citus.pg_dist_colocationid_seq SET SCHEMA pg_catalog;
GRANT SELECT ON pg_catalog.pg_dist_node, pg_catalog.pg_dist_local_group,
    pg_catalog.pg_dist_partition, pg_catalog.pg_dist_shard, pg_catalog.pg_dist_placement TO public;

-- Connections to other nodes, with the server's own dblink.so, not its extension.
CREATE FUNCTION citus_internal.dblink_connect(text, text) RETURNS text
    LANGUAGE c STRICT AS '$libdir/dblink', 'dblink_connect';
CREATE FUNCTION citus_internal.dblink_disconnect(text) RETURNS text
    LANGUAGE c STRICT AS '$libdir/dblink', 'dblink_disconnect';
CREATE FUNCTION citus_internal.dblink_exec(text, text) RETURNS text
    LANGUAGE c STRICT AS '$libdir/dblink', 'dblink_exec';
CREATE FUNCTION citus_internal.dblink(text, text) RETURNS SETOF record
    LANGUAGE c STRICT AS '$libdir/dblink', 'dblink_record';
CREATE FUNCTION citus_internal.dblink_get_connections() RETURNS text[]
    LANGUAGE c STRICT AS '$libdir/dblink', 'dblink_get_connections';
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA citus_internal FROM public;

-- A connection named "H:P", as the current role, to the database of the same name.
CREATE FUNCTION citus_internal.open(host text, port int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    label text := host || ':' || port;
    wait int := greatest(2, ceil(extract(epoch FROM coalesce(
        nullif(current_setting('citus.node_connection_timeout', true), ''), '30s')::interval))::int);
    reason text;
BEGIN
    PERFORM citus_internal.dblink_connect(label, format(
        'host=%L port=%s dbname=%L user=%L connect_timeout=%s %s %s', host, port, current_database(),
        current_user, wait, current_setting('citus.node_conninfo', true),
        (SELECT authinfo FROM pg_dist_authinfo WHERE nodeid = 0 AND rolename = current_user)));
    RETURN label;
EXCEPTION WHEN sqlclient_unable_to_establish_sqlconnection THEN
    GET STACKED DIAGNOSTICS reason = PG_EXCEPTION_DETAIL;
    RAISE EXCEPTION USING ERRCODE = '08006', MESSAGE = format(
        'connection to the remote node %s@%s failed with the following error: %s',
        current_user, label, reason);
END $$;

CREATE FUNCTION citus_internal.close_all() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus_internal.dblink_disconnect(label)
    FROM unnest(citus_internal.dblink_get_connections()) label;
END $$;

-- Runs the statements on all active workers but one, in a transaction each, all or none unless a
-- commit fails.
CREATE FUNCTION citus_internal.on_workers(statements text, but_node int DEFAULT 0) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    label text;
BEGIN
    FOR label IN SELECT citus_internal.open(nodename, nodeport) FROM pg_dist_node
        WHERE groupid <> 0 AND isactive AND nodeid <> but_node ORDER BY nodeid
    LOOP
        PERFORM citus_internal.dblink_exec(label, 'BEGIN; ' || statements);
    END LOOP;
    FOR label IN SELECT unnest(citus_internal.dblink_get_connections()) LOOP
        PERFORM citus_internal.dblink_exec(label, 'COMMIT');
    END LOOP;
    PERFORM citus_internal.close_all();
EXCEPTION WHEN OTHERS THEN
    PERFORM citus_internal.close_all();
    RAISE;
END $$;

-- The whole of pg_dist_node as statements that make it so elsewhere.
CREATE FUNCTION citus_internal.node_rows() RETURNS text LANGUAGE sql AS $$
    SELECT 'DELETE FROM pg_catalog.pg_dist_node; ' || coalesce(string_agg(format(
        'INSERT INTO pg_catalog.pg_dist_node (nodeid, groupid, nodename, nodeport, hasmetadata, '
        'isactive, metadatasynced, shouldhaveshards) VALUES (%s, %s, %L, %s, %L, %L, %L, %L)',
        nodeid, groupid, nodename, nodeport, hasmetadata, isactive, metadatasynced,
        shouldhaveshards), '; '), '')
    FROM pg_catalog.pg_dist_node
$$;

CREATE FUNCTION citus_internal.check_version() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    installed text := (SELECT extversion FROM pg_extension WHERE extname = 'citus');
    available text := (SELECT default_version FROM pg_available_extensions() WHERE name = 'citus');
BEGIN
    IF installed <> available
       AND coalesce(current_setting('citus.enable_version_checks', true), 'on') <> 'off' THEN
        RAISE EXCEPTION USING ERRCODE = 'XX000',
            MESSAGE = 'loaded Citus library version differs from installed extension version',
            DETAIL = format('Loaded library requires %s, but the installed extension version is %s.',
                            split_part(available, '-', 1), installed),
            HINT = 'Run ALTER EXTENSION citus UPDATE and try again.';
    END IF;
END $$;

CREATE FUNCTION citus_internal.check_coordinator() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus_internal.check_version();
    IF (SELECT groupid FROM pg_dist_local_group) <> 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE = 'operation is not allowed on this node',
            HINT = 'Connect to the coordinator and run it again.';
    END IF;
END $$;

CREATE FUNCTION citus_internal.check_superuser() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE = 'operation is not allowed',
            HINT = 'Run the command with a superuser.';
    END IF;
END $$;

-- The node's row, or Citus' error.
CREATE FUNCTION citus_internal.node(host text, port int) RETURNS pg_catalog.pg_dist_node
LANGUAGE plpgsql AS $$
DECLARE
    found pg_catalog.pg_dist_node;
BEGIN
    SELECT * INTO found FROM pg_dist_node WHERE nodename = host AND nodeport = port;
    IF found.nodeid IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'XX000',
            MESSAGE = format('node at "%s:%s" does not exist', host, port);
    END IF;
    RETURN found;
END $$;

-- What Citus' metadata sync leaves: the worker's own group, and everybody's rows.
CREATE FUNCTION citus_internal.sync(node pg_catalog.pg_dist_node) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    label text := citus_internal.open(node.nodename, node.nodeport);
    theirs text;
BEGIN
    SELECT id INTO theirs FROM citus_internal.dblink(label,
        $q$SELECT coalesce((SELECT extversion FROM pg_extension WHERE extname = 'citus'), '')$q$)
        AS answer(id text);
    IF theirs = '' THEN
        RAISE WARNING USING ERRCODE = '42883', MESSAGE =
            'function assign_distributed_transaction_id(integer, integer, unknown) does not exist';
        RAISE EXCEPTION USING ERRCODE = 'XX000',
            MESSAGE = 'failure on connection marked as essential: ' || label;
    END IF;
    SELECT id INTO theirs FROM citus_internal.dblink(label,
        $q$SELECT metadata->>'server_id' FROM pg_catalog.pg_dist_node_metadata$q$)
        AS answer(id text);
    IF theirs = (SELECT metadata->>'server_id' FROM pg_dist_node_metadata) THEN
        RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE = 'Node cannot add itself as a worker.',
            HINT = 'Add the node as a coordinator by using: SELECT '
                   'citus_set_coordinator_host(''<hostname>'')';
    END IF;
    UPDATE pg_dist_node SET isactive = true, hasmetadata = true, metadatasynced = true
    WHERE nodeid = node.nodeid;
    PERFORM citus_internal.dblink_exec(label, format(
        'BEGIN; UPDATE pg_catalog.pg_dist_local_group SET groupid = %s; %s; COMMIT',
        node.groupid, citus_internal.node_rows()));
    PERFORM citus_internal.close_all();
EXCEPTION WHEN OTHERS THEN
    PERFORM citus_internal.close_all();
    RAISE;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA citus_internal FROM public;
GRANT EXECUTE ON FUNCTION citus_internal.check_version(), citus_internal.check_coordinator(),
    citus_internal.check_superuser() TO public;

-- Functions that users and citus-init call.
CREATE FUNCTION pg_catalog.recover_prepared_transactions() RETURNS int LANGUAGE sql AS $$SELECT 0$$;
CREATE FUNCTION pg_catalog.citus_version() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'Citus 13.2.2 STAND-IN for tests (nothing is distributed)'::text
$$;

CREATE FUNCTION pg_catalog.citus_is_coordinator() RETURNS bool LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM citus_internal.check_version();
    RETURN (SELECT groupid FROM pg_dist_local_group) = 0 AND EXISTS (SELECT FROM pg_dist_node);
END $$;

CREATE FUNCTION pg_catalog.citus_set_coordinator_host(
    host text, port int DEFAULT current_setting('port')::int,
    node_role noderole DEFAULT 'primary', node_cluster name DEFAULT 'default')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus_internal.check_coordinator(), citus_internal.check_superuser();
    LOCK TABLE pg_dist_node IN EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0) THEN
        UPDATE pg_dist_node SET nodename = host, nodeport = port WHERE groupid = 0;
    ELSE
        INSERT INTO pg_dist_node
            (groupid, nodename, nodeport, hasmetadata, metadatasynced, shouldhaveshards)
        VALUES (0, host, port, true, true, false);
    END IF;
    PERFORM citus_internal.on_workers(citus_internal.node_rows());
END $$;

CREATE FUNCTION pg_catalog.citus_set_node_property(
    nodename text, nodeport int, property text, value bool) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    changed int;
BEGIN
    PERFORM citus_internal.check_coordinator();
    LOCK TABLE pg_dist_node IN EXCLUSIVE MODE;
    changed := (citus_internal.node($1, $2)).nodeid;
    IF property <> 'shouldhaveshards' THEN
        RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE =
            'only the ''shouldhaveshards'' property can be set using this function';
    END IF;
    UPDATE pg_dist_node SET shouldhaveshards = value WHERE nodeid = changed;
    PERFORM citus_internal.on_workers(citus_internal.node_rows());
END $$;

-- As 13.2's: locks on the coordinator only, its own point first.
CREATE FUNCTION pg_catalog.citus_create_restore_point(name text) RETURNS pg_lsn LANGUAGE plpgsql AS $$
DECLARE
    label text;
    lsn pg_lsn;
BEGIN
    PERFORM citus_internal.check_version(), citus_internal.check_superuser(),
        citus_internal.check_coordinator();
    IF octet_length(name) > 63 THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'value too long for restore point (maximum 63 characters)';
    END IF;
    LOCK TABLE pg_dist_node IN SHARE MODE;
    FOR label IN SELECT citus_internal.open(nodename, nodeport) FROM pg_dist_node
        WHERE groupid <> 0 AND isactive ORDER BY nodeid
    LOOP
        PERFORM citus_internal.dblink_exec(label, 'BEGIN');
    END LOOP;
    LOCK TABLE pg_dist_node, pg_dist_partition, pg_dist_transaction IN EXCLUSIVE MODE;
    lsn := pg_create_restore_point(name);
    PERFORM FROM unnest(citus_internal.dblink_get_connections()) opened, LATERAL
        citus_internal.dblink(opened, format('SELECT pg_create_restore_point(%L)', name)) AS t (made pg_lsn);
    PERFORM citus_internal.close_all();
    RETURN lsn;
EXCEPTION WHEN OTHERS THEN
    PERFORM citus_internal.close_all();
    RAISE;
END $$;

CREATE FUNCTION pg_catalog.citus_add_node(
    nodename text, nodeport int, groupid int DEFAULT -1, noderole noderole DEFAULT 'primary',
    nodecluster name DEFAULT 'default') RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    existing int;
    added pg_catalog.pg_dist_node;
BEGIN
    PERFORM citus_internal.check_coordinator(), citus_internal.check_superuser();
    LOCK TABLE pg_dist_node IN EXCLUSIVE MODE;
    SELECT n.nodeid INTO existing FROM pg_dist_node n WHERE n.nodename = $1 AND n.nodeport = $2;
    IF existing IS NOT NULL THEN
        RETURN existing;
    END IF;
    IF EXISTS (SELECT FROM pg_dist_node n WHERE n.groupid = 0 AND n.nodename = 'localhost')
       AND $1 <> 'localhost' THEN
        RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE =
            'cannot add a worker node when the coordinator hostname is set to localhost',
            DETAIL = 'Worker nodes need to be able to connect to the coordinator to transfer data.',
            HINT = 'Use SELECT citus_set_coordinator_host(''<hostname>'') to configure the '
                   'coordinator hostname';
    END IF;
    -- Every active worker has to answer before anything is changed.
    PERFORM citus_internal.on_workers('SET LOCAL lock_timeout TO DEFAULT');
    IF $3 < 0 THEN
        $3 := nextval('pg_catalog.pg_dist_groupid_seq');
    END IF;
    INSERT INTO pg_dist_node (groupid, nodename, nodeport) VALUES ($3, $1, $2) RETURNING * INTO added;
    PERFORM citus_internal.sync(added);
    PERFORM citus_internal.on_workers(citus_internal.node_rows(), added.nodeid);
    RETURN added.nodeid;
END $$;

CREATE FUNCTION pg_catalog.citus_activate_node(nodename text, nodeport int) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    found pg_catalog.pg_dist_node;
BEGIN
    PERFORM citus_internal.check_coordinator(), citus_internal.check_superuser();
    LOCK TABLE pg_dist_node IN EXCLUSIVE MODE;
    found := citus_internal.node($1, $2);
    PERFORM citus_internal.sync(found);
    PERFORM citus_internal.on_workers(citus_internal.node_rows(), found.nodeid);
    RETURN found.nodeid;
END $$;

CREATE FUNCTION pg_catalog.citus_update_node(
    node_id int, new_node_name text, new_node_port int, force bool DEFAULT false,
    lock_cooldown int DEFAULT 10000) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    known pg_catalog.pg_dist_node;
BEGIN
    PERFORM citus_internal.check_coordinator();
    LOCK TABLE pg_dist_node IN EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM pg_dist_node n WHERE n.nodename = new_node_name
               AND n.nodeport = new_node_port AND n.nodeid <> node_id) THEN
        RAISE EXCEPTION USING ERRCODE = '55000',
            MESSAGE = 'there is already another node with the specified hostname and port';
    END IF;
    UPDATE pg_dist_node n SET nodename = new_node_name, nodeport = new_node_port
    WHERE n.nodeid = node_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'P0002', MESSAGE = format('node %s not found', node_id);
    END IF;
    -- The target is not even looked at; Citus' daemon tells those that answer, a little later.
    FOR known IN SELECT * FROM pg_dist_node WHERE groupid <> 0 AND isactive LOOP
        BEGIN
            PERFORM citus_internal.dblink_exec(
                citus_internal.open(known.nodename, known.nodeport), citus_internal.node_rows());
        EXCEPTION WHEN OTHERS THEN
            RAISE DEBUG 'not told: %', known.nodename;
        END;
        PERFORM citus_internal.close_all();
    END LOOP;
END $$;

CREATE FUNCTION pg_catalog.citus_remove_node(nodename text, nodeport int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    found pg_catalog.pg_dist_node;
BEGIN
    PERFORM citus_internal.check_coordinator();
    LOCK TABLE pg_dist_node IN EXCLUSIVE MODE;
    found := citus_internal.node($1, $2);
    IF EXISTS (SELECT FROM pg_dist_placement p WHERE p.groupid = found.groupid) THEN
        RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE = format(
            'cannot remove or disable the node %s:%s because because it contains the only shard '
            'placement for shard %s', $1, $2, (SELECT min(p.shardid) FROM pg_dist_placement p
                                               WHERE p.groupid = found.groupid));
    END IF;
    -- The removed node is told nothing, so it goes on as if it were a member.
    DELETE FROM pg_dist_node n WHERE n.nodeid = found.nodeid;
    PERFORM citus_internal.on_workers(citus_internal.node_rows());
END $$;

CREATE FUNCTION pg_catalog.stop_metadata_sync_to_node(
    nodename text, nodeport int, clear_metadata bool DEFAULT true) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    label text;
BEGIN
    PERFORM citus_internal.check_coordinator();
    PERFORM citus_internal.node($1, $2);
    UPDATE pg_dist_node n SET hasmetadata = false, metadatasynced = false
    WHERE n.nodename = $1 AND n.nodeport = $2;
    IF clear_metadata THEN
        RAISE NOTICE 'dropping metadata on the node (%,%)', $1, $2;
        label := citus_internal.open($1, $2);
        PERFORM citus_internal.dblink_exec(label, 'UPDATE pg_catalog.pg_dist_local_group SET '
            'groupid = 0; DELETE FROM pg_catalog.pg_dist_node');
        PERFORM citus_internal.close_all();
    END IF;
END $$;

CREATE FUNCTION pg_catalog.citus_get_active_worker_nodes(OUT node_name text, OUT node_port bigint)
RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus_internal.check_version();
    RETURN QUERY SELECT nodename, nodeport::bigint FROM pg_dist_node
        WHERE isactive AND (groupid <> 0 OR shouldhaveshards);
END $$;

CREATE FUNCTION pg_catalog.shard_name(object_name regclass, shard_id bigint) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN n.nspname = 'public' THEN '' ELSE quote_ident(n.nspname) || '.' END
        || quote_ident(c.relname || '_' || $2)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1
$$;

-- No table is distributed: the row is all there is to it. Its one shard is the table itself or, on a
-- worker, an empty table with a shard's name.
CREATE FUNCTION citus_internal.record_table(relation regclass, method "char", key text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    home int;
    shard bigint := nextval('pg_catalog.pg_dist_shardid_seq');
BEGIN
    PERFORM citus_internal.check_coordinator();
    IF NOT EXISTS (SELECT FROM pg_dist_node) THEN
        INSERT INTO pg_dist_node (groupid, nodename, nodeport, hasmetadata, metadatasynced)
        VALUES (0, 'localhost', current_setting('port')::int, true, true);
    END IF;
    SELECT groupid INTO home FROM pg_dist_node WHERE isactive AND shouldhaveshards
    ORDER BY groupid LIMIT 1;
    IF home IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'replication_factor (1) exceeds number of worker nodes (0)',
            HINT = 'Add more worker nodes or try again with a lower replication factor.';
    END IF;
    IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RAISE EXCEPTION USING ERRCODE = '42P16',
            MESSAGE = format('table "%s" is already distributed', relation);
    END IF;
    INSERT INTO pg_dist_partition (logicalrelid, partmethod, partkey, colocationid)
    VALUES (relation, method, key, nextval('pg_catalog.pg_dist_colocationid_seq'));
    INSERT INTO pg_dist_shard (logicalrelid, shardid) VALUES (relation, shard);
    INSERT INTO pg_dist_placement (shardid, groupid) VALUES (shard, home);
    IF home <> 0 THEN
        PERFORM citus_internal.dblink_exec(
            (SELECT citus_internal.open(nodename, nodeport) FROM pg_dist_node WHERE groupid = home),
            format('CREATE TABLE %s ()', shard_name(relation, shard)));
        PERFORM citus_internal.close_all();
    END IF;
END $$;
REVOKE ALL ON FUNCTION citus_internal.record_table(regclass, "char", text) FROM public;

CREATE FUNCTION pg_catalog.create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash',
    colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL) RETURNS void
LANGUAGE sql AS $$ SELECT citus_internal.record_table($1, 'h', $2) $$;

CREATE FUNCTION pg_catalog.create_reference_table(table_name regclass) RETURNS void
LANGUAGE sql AS $$ SELECT citus_internal.record_table($1, 'n', NULL) $$;

CREATE PROCEDURE pg_catalog.citus_finish_citus_upgrade() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus_internal.check_version();
    RAISE NOTICE 'already at the latest distributed schema version (%)',
        (SELECT metadata->>'last_upgrade_version' FROM pg_dist_node_metadata);
END $$;

-- pg_upgrade takes no rows of tables in pg_catalog along.
CREATE FUNCTION pg_catalog.citus_prepare_pg_upgrade() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    -- Other versions of PostgreSQL have other ones. Here they are only after an attempt was taken back.
    FOR name IN SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
        AND prokind = 'a' AND proname IN ('array_cat_agg', 'any_value') AND oid >= 16384
    LOOP
        EXECUTE format('ALTER EXTENSION citus DROP AGGREGATE %s', name);
        EXECUTE format('DROP AGGREGATE %s', name);
    END LOOP;
    IF to_regprocedure('any_value_agg(anyelement, anyelement)') IS NOT NULL THEN
        ALTER EXTENSION citus DROP FUNCTION any_value_agg(anyelement, anyelement);
        DROP FUNCTION any_value_agg(anyelement, anyelement);
    END IF;
    FOR name IN SELECT relname FROM pg_class WHERE relname ~ '^pg_dist_' AND relkind = 'r'
        AND relnamespace = 'pg_catalog'::regnamespace
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS public.%I', name);
        EXECUTE format('CREATE TABLE public.%1$I AS TABLE pg_catalog.%1$I', name);
    END LOOP;
END $$;

CREATE FUNCTION pg_catalog.citus_finish_pg_upgrade() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relname ~ '^pg_dist_' AND relkind = 'r'
        AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('INSERT INTO pg_catalog.%1$I TABLE public.%1$I', name);
        EXECUTE format('DROP TABLE public.%I', name);
    END LOOP;
    PERFORM setval('pg_catalog.pg_dist_node_nodeid_seq', coalesce(max(nodeid), 1)),
        setval('pg_catalog.pg_dist_groupid_seq', greatest(max(groupid), 1)) FROM pg_dist_node;
END $$;

REVOKE ALL ON FUNCTION pg_catalog.citus_set_coordinator_host(text, int, noderole, name),
    pg_catalog.citus_set_node_property(text, int, text, bool),
    pg_catalog.citus_add_node(text, int, int, noderole, name),
    pg_catalog.citus_activate_node(text, int), pg_catalog.citus_remove_node(text, int),
    pg_catalog.citus_update_node(int, text, int, bool, int),
    pg_catalog.stop_metadata_sync_to_node(text, int, bool), pg_catalog.citus_prepare_pg_upgrade(),
    pg_catalog.citus_finish_pg_upgrade() FROM public;

-- One command a node, one column of one row each; a failure is a result.
CREATE FUNCTION pg_catalog.master_run_on_worker(
    worker_name text[], port int[], command text[], parallel bool,
    OUT node_name text, OUT node_port int, OUT success bool, OUT result text)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
    label text;
BEGIN
    FOR i IN 1 .. cardinality(worker_name) LOOP
        node_name := worker_name[i];
        node_port := port[i];
        BEGIN
            label := citus_internal.open(node_name, node_port);
            SELECT answer.one INTO result FROM citus_internal.dblink(label, command[i]) AS answer(one text);
            success := true;
        EXCEPTION WHEN OTHERS THEN
            success := false;
            result := format('failed to connect to %s:%s', node_name, node_port);
        END;
        PERFORM citus_internal.close_all();
        RETURN NEXT;
    END LOOP;
END $$;
