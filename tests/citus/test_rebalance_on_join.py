"""CITUS_REBALANCE_ON_JOIN: workers that join get their share of the shards by themselves."""
import signal
import subprocess
import threading

import pytest

from citus_node import wait_until

ROWS = 3000
JOBS = "SELECT count(*) FROM pg_dist_background_job"
SCRIPT = f"""\\set a random(1, {ROWS})
BEGIN;
UPDATE t SET n = n + 1 WHERE a = :a;
INSERT INTO log SELECT n, :a FROM t WHERE a = :a;
END;
SELECT count(*) FROM t;
"""


@pytest.fixture
def cluster(make_node, is_real):
    """A coordinator and workers that can send shards; nobody has joined yet."""
    if not is_real:
        pytest.skip("needs real Citus: the stand-in moves no shards")
    nodes = []
    for number, name in enumerate(("c", "w1", "w2", "w3"), start=1):
        node = make_node(name, number, wal_level="logical", **{"citus.local_hostname": f"127.0.1.{number}"})
        if name != "c":
            node.prepare(CITUS_COORDINATOR_HOST="127.0.1.1", CITUS_ROLE="worker")
        nodes.append(node)
    return nodes


def agent_of(coordinator, *workers, **variables):
    return coordinator.agent(**{"CITUS_WORKERS": ",".join(worker.address for worker in workers),
                                "CITUS_REBALANCE_ON_JOIN": "true", **variables})


def joined(coordinator, *workers):
    """The workers are members; no table is there yet, so that there is nothing to balance."""
    with agent_of(coordinator, *workers) as agent:
        agent.wait_for("membership", f"{len(workers)} of {len(workers)} workers registered")
        wait_until(lambda: coordinator.value("SELECT count(*) FROM citus_init.joined") == "0", "all is settled")
    assert coordinator.value(JOBS) == "0"


def with_table(coordinator, extra=""):
    coordinator.sql("CREATE TABLE t(a int PRIMARY KEY, n int); SELECT create_distributed_table('t', 'a', shard_count => 12);"
                    f"INSERT INTO t SELECT i, 0 FROM generate_series(1, {ROWS}) i;" + extra)


def spread(coordinator):
    return [int(row[0]) for row in coordinator.sql(
        "SELECT count(*) FROM citus_shards WHERE table_name = 't'::regclass GROUP BY nodename ORDER BY nodename")]


def balanced(coordinator, shares, deadline=120):
    wait_until(lambda: spread(coordinator) == shares and coordinator.value(
        "SELECT count(*) FROM citus_init.joined") == "0", "the shards are spread", deadline)


class Load(threading.Thread):
    """Transactions over several shards, until it is ended."""

    def __init__(self, node, directory):
        super().__init__()
        script = directory / "load.sql"
        script.write_text(SCRIPT)
        self.node, self.output = node, ""
        self.process = subprocess.Popen(
            [f"{node.programs}/pgbench", "-n", "-h", node.directory, "-p", str(node.port), "-U", "postgres", "-f", script,
             "-c", "4", "-T", "600", "app"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self):
        self.output = self.process.communicate()[0]

    def __enter__(self):
        self.start()
        wait_until(lambda: int(self.node.value("SELECT count(*) FROM log")) > 20, "it runs")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.join()


def test_a_third_worker_gets_its_share_under_load(cluster, tmp_path):
    coordinator, *workers = cluster
    joined(coordinator, *workers[:2])
    with_table(coordinator, "CREATE TABLE log(n int, a int, id bigserial, PRIMARY KEY (a, id));"
                            "SELECT create_distributed_table('log', 'a', colocate_with => 't')")
    assert spread(coordinator) == [6, 6]
    with Load(coordinator, tmp_path) as load, agent_of(coordinator, *workers) as agent:
        agent.wait_for("membership", "the rebalance after a join waits for its job")
        balanced(coordinator, [4, 4, 4])
        before = int(coordinator.value("SELECT count(*) FROM log"))
        wait_until(lambda: int(coordinator.value("SELECT count(*) FROM log")) > before + 20, "it goes on")
        assert load.process.poll() is None, load.output  # a client ends at its first error
        wait_until(lambda: "the shards are balanced (job 1)" in agent.stderr, "the log tells")
    assert "ERROR" not in load.output and "aborted" not in load.output, load.output
    assert coordinator.value(JOBS) == "1"
    assert coordinator.value("SELECT (SELECT sum(n) FROM t) = (SELECT count(*) FROM log)") == "t"


def test_workers_that_join_together_get_one_rebalance(cluster):
    coordinator, *workers = cluster
    joined(coordinator, workers[0])
    with_table(coordinator)
    with agent_of(coordinator, *workers):
        balanced(coordinator, [4, 4, 4])
    assert coordinator.value(JOBS) == "1"


def test_a_coordinator_killed_after_the_join_balances_when_it_is_back(cluster):
    coordinator, *workers = cluster
    joined(coordinator, *workers[:2])
    with_table(coordinator)
    with agent_of(coordinator, *workers, CITUS_RECONCILE_INTERVAL="1h") as agent:
        agent.wait_for("membership", "the rebalance after a join waits for others that may join")
        agent.process.kill()
    coordinator.process.send_signal(signal.SIGQUIT)  # as a crash
    coordinator.process.wait()
    coordinator.start(wal_level="logical", **{"citus.local_hostname": coordinator.host})
    assert (spread(coordinator), coordinator.value(JOBS)) == ([6, 6], "0")
    with agent_of(coordinator, *workers):
        balanced(coordinator, [4, 4, 4])
    assert coordinator.value(JOBS) == "1"


def test_what_cannot_be_moved_online_is_reported_and_not_forced(cluster):
    coordinator, *workers = cluster
    joined(coordinator, *workers[:2])
    with_table(coordinator, "CREATE TABLE plain(a int); SELECT create_distributed_table('plain', 'a', colocate_with => 't')")
    with agent_of(coordinator, *workers) as agent:
        warning = agent.wait_for("warning", "no shards were moved to the workers that joined")
        assert "table public.plain has no primary key" in warning and "citus-init rebalance --mode block_writes" in warning
        assert warning in agent.wait_for("membership", "table public.plain")
        assert (spread(coordinator), coordinator.value(JOBS)) == ([6, 6], "0")
        coordinator.sql("ALTER TABLE plain ADD PRIMARY KEY (a)")
        agent.socket.send(b"\n")  # SIGHUP
        balanced(coordinator, [4, 4, 4])


def test_nothing_is_moved_unasked(cluster):
    coordinator, *workers = cluster
    joined(coordinator, *workers[:2])
    with_table(coordinator)
    with agent_of(coordinator, *workers, CITUS_REBALANCE_ON_JOIN="false") as agent:
        agent.wait_for("membership", "3 of 3 workers registered")
    assert coordinator.value("SELECT count(*) FROM citus_init.joined") == "0"
    assert spread(coordinator) == [6, 6]
