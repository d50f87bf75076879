"""The collector of metrics on a coordinator: every node's own series, while one of them hangs or is gone."""
import os
import signal
import time

import pytest

from citus_node import wait_until
from support.metrics import Collector, errors_in
from support.owner_trap import PUBLIC_TRAP
from support.tier import first_by_day

NODE_SERIES = ("citus_node_shard_bytes", "citus_node_round_trip_seconds", "citus_node_connections", "citus_node_in_recovery")


@pytest.fixture
def cluster(make_node):
    """A coordinator and two workers that have shards."""
    nodes = []
    for number, name in enumerate(("c", "w1", "w2"), start=1):
        node = make_node(name, number, wal_level="logical", max_prepared_transactions=80,
                         **{"citus.local_hostname": f"127.0.1.{number}"})
        node.prepare(CITUS_COORDINATOR_HOST="127.0.1.1", CITUS_ROLE="coordinator" if name == "c" else "worker")
        nodes.append(node)
    coordinator = nodes[0]
    coordinator.sql(f"SELECT citus_set_coordinator_host('{coordinator.host}', {coordinator.port})")
    for worker in nodes[1:]:
        coordinator.sql(f"SELECT citus_add_node('{worker.host}', {worker.port})")
    coordinator.sql("CREATE TABLE t(a int PRIMARY KEY, b text); SELECT create_distributed_table('t', 'a');"
                    "CREATE TABLE r(a int PRIMARY KEY); SELECT create_reference_table('r')")
    return nodes


def collector_of(coordinator, interval_ms=300):
    return Collector(coordinator.directory, coordinator.port, interval_ms=interval_ms)


def up(node):
    return f'citus_node_up{{node="{node.address}"}}'


def size(node):
    return f'citus_node_shard_bytes{{node="{node.address}"}}'


def series_of(series, node):
    return {name: value for name, value in series.items() if f'node="{node.address}"' in name}


def own_series(series, node):
    """Connections of the pools come and go."""
    return {name: value for name, value in series_of(series, node).items() if name.startswith("citus_node_")}


def all_up(nodes):
    return lambda series: all(series.get(up(node)) == 1 and size(node) in series for node in nodes)


def test_a_cluster_has_every_part_and_no_error(cluster, is_real):
    coordinator, first, second = cluster
    if is_real:
        coordinator.sql("INSERT INTO t SELECT i, repeat('x', 500) FROM generate_series(1, 3000) i")
    with collector_of(coordinator) as collector:
        series = collector.wait_for(all_up(cluster), "all nodes")
        assert errors_in(series) == []
        assert series['citus_nodes{state="active"}'] == 3
        assert series['citus_tables{kind="distributed"}'] == 1
        for node in (first, second):
            shards = int(coordinator.value(
                f"SELECT count(*) FROM pg_dist_placement JOIN pg_dist_node USING (groupid) WHERE nodename = '{node.host}'"))
            assert series[f'citus_node_shards{{node="{node.address}"}}'] == shards
            assert all(f'{name}{{node="{node.address}"}}' in series for name in NODE_SERIES)
        if is_real:  # the stand-in's shards are empty, and its reference tables are not marked
            assert series['citus_tables{kind="reference"}'] == 1
            for node in (first, second):
                assert series[size(node)] == float(coordinator.value(
                    f"SELECT sum(shard_size) FROM citus_shards WHERE nodename = '{node.host}'"))
            assert 1 <= series['citus_imbalance_ratio{by="shards"}'] < 1.1  # 32 shards on three nodes
            assert 1 <= series['citus_imbalance_ratio{by="bytes"}'] < 1.5
            assert series["citus_max_shared_pool_size"] == 40
            assert series['citus_background_tasks{status="running"}'] == 0
            assert series['citus_rebalance_moves{state="moving"}'] == 0
            assert series['citus_transaction_records'] >= 0
        # A worker has no cluster of its own to show.
    with Collector(first.directory, first.port) as collector:
        series = collector.wait_for_passes(2)
        assert series["pg_up"] == 1 and errors_in(series) == []
        assert not [name for name in series if name.startswith("citus_") and not name.startswith("citus_init_")]


def test_sizes_of_tables_are_read_without_what_the_owner_of_the_database_has_made(cluster):
    """On the nodes that know their shards, as all do."""
    coordinator, *_ = cluster
    for node in cluster:
        node.sql("SET citus.enable_ddl_propagation = off; CREATE ROLE owner LOGIN; ALTER DATABASE app OWNER TO owner")
        node.sql("SET citus.enable_ddl_propagation = off; " + PUBLIC_TRAP, user="owner")
    with Collector(coordinator.directory, coordinator.port, tables=True) as collector:
        collector.wait_for(all_up(cluster), "the sizes that every node has", deadline=20)
        assert 'citus_table_bytes{table="public.t",kind="distributed"}' in collector.series()
    for node in cluster:
        assert node.value("SELECT rolsuper FROM pg_roles WHERE rolname OPERATOR(pg_catalog.=) 'owner'",
                          database="postgres") == "f", node.address


@pytest.mark.parametrize("way", first_by_day(["frozen", "killed"]))
def test_a_worker_that_does_not_answer_costs_its_own_series_only(cluster, way):
    coordinator, first, second = cluster
    with collector_of(coordinator) as collector:
        before = collector.wait_for(all_up(cluster), "all nodes")
        if way == "frozen":
            os.kill(second.process.pid, signal.SIGSTOP)
        else:
            second.process.send_signal(signal.SIGQUIT)
            second.process.wait(30)
        try:
            collector.wait_for(lambda series: series[up(second)] == 0, "the failure")
            begin, first_passes = time.monotonic(), collector.series()["citus_init_collection_passes_total"]
            while time.monotonic() < begin + 12:
                series = collector.series()
                # Its metadata is the coordinator's to tell, nothing of what it reports itself is left.
                assert not [name for name in series_of(series, second) if name.startswith(NODE_SERIES)]
                assert not [name for name in series if name.startswith('citus_imbalance_ratio{by="bytes"')]
                assert series['citus_nodes{state="active"}'] == 3
                for node in (coordinator, first):
                    assert series[up(node)] == 1 and series[size(node)] >= before[size(node)]
                    assert own_series(series, node).keys() == own_series(before, node).keys()
                assert series['citus_init_collection_age_seconds{part="server"}'] < 5
                assert errors_in(series) == []
                time.sleep(0.2)
            # Passes go on at their pace, slow as this machine may be.
            assert series["citus_init_collection_passes_total"] - first_passes >= 5
            assert series[f'citus_node_consecutive_failures{{node="{second.address}"}}'] >= 2
        finally:
            if way == "frozen":
                os.kill(second.process.pid, signal.SIGCONT)
        if way == "killed":
            second.start(wal_level="logical", max_prepared_transactions=80, **{"citus.local_hostname": second.host})
        after = collector.wait_for(all_up(cluster), "its return", 120)
        assert after[size(second)] >= before[size(second)]


def test_a_frozen_worker_does_not_keep_the_collector_from_ending(cluster):
    coordinator, _, second = cluster
    with collector_of(coordinator) as collector:
        collector.wait_for(all_up(cluster), "all nodes")
        os.kill(second.process.pid, signal.SIGSTOP)
        try:
            collector.wait_for(lambda series: series[up(second)] == 0, "the failure")
            begin = time.monotonic()
            collector.process.stdin.close()
            collector.process.wait(60)
            assert time.monotonic() - begin < 15
        finally:
            os.kill(second.process.pid, signal.SIGCONT)


def test_the_workers_are_seen_while_the_coordinators_server_is_gone(cluster):
    coordinator, first, second = cluster
    with collector_of(coordinator) as collector:
        collector.wait_for(all_up(cluster), "all nodes")
        coordinator.stop()
        series = collector.wait_for(
            lambda series: series["pg_up"] == 0 and series.get(up(coordinator)) == 0, "the end")
        assert series[up(first)] == 1 and series[up(second)] == 1
        assert size(first) in series and size(coordinator) not in series


def test_the_workers_are_seen_while_the_coordinator_does_not_say_what_it_is(cluster, is_real):
    coordinator, first, _ = cluster
    refused = 'citus_init_collection_error{part="cluster",sqlstate="55P03"}'

    def failed(series):  # Citus itself lets nobody in meanwhile
        return series.get(up(coordinator)) == 0 if is_real else refused in series

    with collector_of(coordinator) as collector, coordinator.session() as session:
        collector.wait_for(all_up(cluster), "all nodes")
        session.run("BEGIN; LOCK TABLE pg_dist_local_group IN ACCESS EXCLUSIVE MODE")
        collector.wait_for(failed, "the refusal")
        series = collector.wait_for_passes(2)
        assert failed(series) and series[up(first)] == 1 and size(first) in series
        session.run("ROLLBACK")
        collector.wait_for(lambda series: not failed(series) and series.get('citus_nodes{state="active"}') == 3, "its end")


def test_a_worker_without_metadata_is_asked_by_the_coordinators_names(cluster, is_real):
    coordinator, first, _ = cluster
    with collector_of(coordinator) as collector:
        before = collector.wait_for(all_up(cluster), "all nodes")
    coordinator.sql(f"SELECT stop_metadata_sync_to_node('{first.host}', {first.port})")
    # What it would find in metadata of its own.
    first.sql("SET citus.enable_ddl_propagation TO off; DELETE FROM pg_dist_placement")
    with collector_of(coordinator) as collector:
        after = collector.wait_for(all_up(cluster), "all nodes")
    assert after[f'citus_node_has_metadata{{node="{first.address}"}}'] == 0
    assert after[size(first)] == before[size(first)]
    assert after[size(first)] > 0 or not is_real


def test_no_session_stays_on_any_node(cluster):
    with collector_of(cluster[0], interval_ms=600_000) as collector:
        collector.wait_for(all_up(cluster), "all nodes")
        for node in cluster:
            wait_until(lambda node=node: node.value(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'citus-init http'") == "0", "its end")


def test_a_removed_node_has_no_series(cluster):
    coordinator, _, second = cluster
    coordinator.sql("DROP TABLE t, r")
    with collector_of(coordinator) as collector:
        collector.wait_for(all_up(cluster), "all nodes")
        coordinator.sql(f"SELECT citus_remove_node('{second.host}', {second.port})")
        series = collector.wait_for(lambda series: up(second) not in series, "its removal")
        assert series_of(series, second) == {}


def test_counters_and_moves_are_there_where_the_version_has_them(cluster, is_real):
    coordinator, first, _ = cluster
    if not is_real:
        pytest.skip("needs real Citus")
    has_counters = coordinator.value("SELECT to_regclass('citus_stat_counters')") != ""
    with collector_of(coordinator) as collector:
        series = collector.wait_for(all_up(cluster), "all nodes")
        names = [name for name in series if name.startswith("citus_stat_")]
        assert bool(names) == has_counters
        # The session's connections stay cached until it ends.
        with coordinator.session() as client:
            assert client.value("SELECT count(*) FROM t") == "0"
            pool = f'citus_remote_connections{{node="{first.address}",datname="app"}}'
            series = collector.wait_for(lambda series: series.get(pool, 0) >= 1, "its connections")
        assert errors_in(series) == []


def test_tenants_that_are_not_tracked_any_more_have_no_series(cluster, is_real):
    if not is_real:
        pytest.skip("needs real Citus")
    coordinator = cluster[0]

    def track(what):
        coordinator.sql(f"ALTER SYSTEM SET citus.stat_tenants_track = '{what}'")
        coordinator.sql("SELECT pg_reload_conf()")

    def has_tenants(series):
        return any(name.startswith("citus_tenant_queries") for name in series)

    coordinator.sql(f"SELECT citus_set_node_property('{coordinator.host}', {coordinator.port}, 'shouldhaveshards', true);"
                    "CREATE TABLE o(a int); SELECT create_distributed_table('o', 'a', colocate_with => 'none')")
    track("all")
    coordinator.sql(";".join(f"SELECT FROM o WHERE a = {tenant}" for tenant in range(30)))
    with collector_of(coordinator) as collector:
        collector.wait_for(has_tenants, "tenants")
        track("none")
        collector.wait_for(lambda series: all_up(cluster)(series) and not has_tenants(series), "no tenants")
