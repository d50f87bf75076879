\pset footer off
\echo 'Citus:'
SELECT citus_version();
\echo 'The cluster:'
SELECT nodeid, nodename, nodeport, groupid, isactive, shouldhaveshards FROM pg_dist_node ORDER BY groupid;
\set QUIET on
SET client_min_messages = warning;
SELECT to_regclass('quickstart_measurement') IS NULL AS fresh \gset
\if :fresh
CREATE TABLE quickstart_measurement (device bigint, at timestamptz, value double precision);
SELECT create_distributed_table('quickstart_measurement', 'device') \g /dev/null
INSERT INTO quickstart_measurement
    SELECT number % 100, '2026-01-01'::timestamptz + number * interval '1 second', sqrt(number)
    FROM generate_series(1, 100000) AS number;
\endif
\echo 'Where the shards of a distributed table lie:'
SELECT nodename, nodeport, count(*) AS shards
FROM pg_dist_shard JOIN pg_dist_placement USING (shardid) JOIN pg_dist_node USING (groupid)
WHERE logicalrelid = 'quickstart_measurement'::regclass
GROUP BY nodename, nodeport ORDER BY nodename, nodeport;
\echo 'A distributed query (three devices with the highest sums of 100000 rows):'
SELECT device, count(*) AS measurements, round(sum(value)) AS total
FROM quickstart_measurement GROUP BY device ORDER BY total DESC, device LIMIT 3;
