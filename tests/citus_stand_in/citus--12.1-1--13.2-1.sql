-- STAND-IN for Citus, for tests only. See README.md.
\echo Use "ALTER EXTENSION citus UPDATE" to load this file. \quit

-- 13.2's two columns, which older versions do not know.
ALTER TABLE pg_catalog.pg_dist_node
    ADD COLUMN nodeisclone bool NOT NULL DEFAULT false,
    ADD COLUMN nodeprimarynodeid int NOT NULL DEFAULT 0;

CREATE VIEW citus.citus_nodes AS
SELECT nodename, nodeport,
       CASE WHEN groupid = 0 THEN 'coordinator' ELSE 'worker' END AS role, isactive AS active
FROM pg_catalog.pg_dist_node;
ALTER VIEW citus.citus_nodes SET SCHEMA pg_catalog;
GRANT SELECT ON pg_catalog.citus_nodes TO public;
