"""The workers as replicas of one compose service, on one volume: 1 -> 4 -> 2 -> 4, down, up."""
import json
import re
import subprocess

import pytest

from support.compose import Stack, stack_of
from support.docker import docker, wait_for
from support.tier import nightly

pytestmark = [nightly, pytest.mark.xdist_group("engine")]
PROJECT = "citus-init-scale"
# The members stay registered through every scale; what is stopped is out of reach.
NODES = "SELECT count(*) FROM pg_dist_node WHERE noderole = 'primary' AND groupid <> 0"


class Replicas(Stack):
    def scale(self, number):
        self.compose("up", "-d", "--scale", f"worker={number}")
        self.coordinator.wait_healthy()
        for worker in self.workers():
            worker.wait_healthy()
        assert len(self.workers()) == number

    def workers(self):
        return self.containers("worker")

    def identities(self):
        """Container's name: (its slot, who it is)."""
        return {worker.inspect(".Name"): (
            worker.psql("SHOW data_directory"),
            worker.psql("SELECT system_identifier FROM pg_control_system()"))
                for worker in self.workers()}

    def wait_joined(self, number):
        wait_for(lambda: self.psql(NODES) == str(number), 90, f"{number} members")
        for worker in self.workers():
            wait_for(lambda node=worker: "joined as group" in membership(node), 90,
                     f"{worker.name} joined: {membership(worker)}")


def membership(worker):
    return json.loads(worker.execute("citus-init", "health", "-o", "json"))["membership"]


@pytest.fixture(scope="module")
def stack(image, base_image, tmp_path_factory):
    with stack_of(Replicas, PROJECT, ["compose.scale.yml"], (image, base_image),
                  tmp_path_factory.mktemp("secrets")) as stack:
        stack.environment["CITUS_STOP_PAUSE"] = "true"
        yield stack


def announced(stack):
    return stack.psql("SELECT nodename FROM citus_init.join_request ORDER BY 1").splitlines()


def test_a_worker_announces_itself_under_the_name_that_outlives_it(stack):
    stack.scale(1)
    name = stack.workers()[0].inspect(".Name").strip("/")
    wait_for(lambda: announced(stack), 60, "an announcement")
    assert announced(stack) == [f"{name}.{PROJECT}_scale"]


def test_every_worker_keeps_its_slot_through_every_scale(stack):
    stack.scale(4)
    before = stack.identities()
    assert sorted(slot.rsplit("/", 1)[1] for slot, _ in before.values()) == \
        ["slot-1", "slot-2", "slot-3", "slot-4"]
    stack.scale(2)
    stack.scale(4)
    assert stack.identities() == before
    wait_for(lambda: len(announced(stack)) == 4, 60, "four announcements, each name once")


def test_down_and_up_find_every_worker_under_its_name(stack):
    before = stack.identities()
    stack.compose("down")
    stack.scale(4)
    assert stack.identities() == before
    assert len(announced(stack)) == 4


def test_a_killed_worker_comes_back_to_its_slot(stack):
    before = stack.identities()
    victim = stack.workers()[0]
    docker("kill", "--signal", "KILL", victim.name)
    stack.scale(4)
    assert stack.identities() == before


def test_the_verbs_in_a_worker_find_its_slot(stack):
    worker = stack.workers()[0]
    assert worker.psql("SHOW data_directory") in worker.execute("citus-init", "render")
    assert "valid" in worker.execute("citus-init", "check")


def test_the_workers_are_members_and_hold_the_shards(stack):
    stack.wait_joined(4)
    stack.psql("CREATE TABLE event (device bigint, value bigint)")
    stack.psql("SELECT create_distributed_table('event', 'device')")
    stack.psql("INSERT INTO event SELECT number % 50, number FROM generate_series(1, 5000) AS number")
    stack.compose("down")
    stack.scale(4)
    wait_for(lambda: stack.psql("SELECT count(*), sum(value) FROM event") == "5000|12502500", 60,
             "all rows after down and up")
    assert stack.psql(NODES) == "4"


def distribute_counter(stack):
    """A table that can move online, for Load; skips where nothing is really distributed."""
    if "stand-in" in stack.psql("SELECT citus_version()").lower():
        pytest.skip("the stand-in sends no query to a worker and moves no shards")
    stack.psql("DROP TABLE IF EXISTS event, counter")
    stack.psql("CREATE TABLE counter (id int PRIMARY KEY, value bigint)")
    stack.psql("SELECT create_distributed_table('counter', 'id', shard_count => 8)")
    stack.psql("INSERT INTO counter SELECT number, 0 FROM generate_series(1, 1000) AS number")


def test_all_workers_restart_one_after_the_other_under_load_and_nobody_notices(stack):
    distribute_counter(stack)
    with Load(stack.coordinator) as load:
        for worker in stack.workers():
            before = load.transactions()
            docker("restart", worker.name)
            worker.wait_healthy()
            wait_for(lambda seen=before: load.transactions() > seen, 30, "the load goes on")
    assert load.failed == 0 and load.done > 0, load.output
    assert stack.psql("SELECT sum(value) FROM counter") == str(load.done)


def test_a_worker_leaves_and_comes_back_under_load_and_nobody_notices(stack):
    distribute_counter(stack)
    leaving = stack.psql("SELECT nodename FROM pg_dist_node WHERE groupid <> 0 ORDER BY nodeid DESC LIMIT 1")
    container = next(worker for worker in stack.workers()
                     if worker.inspect(".Name").strip("/") == leaving.split(".")[0])
    with Load(stack.coordinator) as load:
        stack.coordinator.execute("citus-init", "remove", leaving, timeout=300)
        assert stack.psql(NODES) == "3"
        docker("restart", container.name)
        container.wait_healthy()
        stack.coordinator.execute("citus-init", "scale", "4", "--wait", "60s", timeout=300)
    assert load.failed == 0 and load.done > 0, load.output
    assert stack.psql("SELECT sum(value) FROM counter") == str(load.done)
    shards = stack.psql("SELECT count(*) FROM citus_shards WHERE table_name = 'counter'::regclass GROUP BY nodename")
    assert shards.splitlines() == ["2", "2", "2", "2"]


class Load:
    """Updates through the coordinator until the block ends; then how many were done, and how many failed."""

    SCRIPT = "\\set id random(1, 1000)\nUPDATE counter SET value = value + 1 WHERE id = :id;\n"

    def __init__(self, coordinator):
        self.coordinator = coordinator
        self.output, self.done, self.failed = "", 0, -1

    def __enter__(self):
        self.coordinator.execute("sh", "-c", f"printf %s '{self.SCRIPT}' > /tmp/load.sql; rm -f /tmp/load.*g /tmp/load.end")
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["docker", "exec", self.coordinator.name, "sh", "-c",
             "while [ ! -e /tmp/load.end ]; do pgbench -n -c 2 -T 5 -f /tmp/load.sql -U postgres postgres "
             ">> /tmp/load.log 2>&1; done"])
        wait_for(lambda: self.transactions() > 0, 60, "the load")
        return self

    def __exit__(self, *_):
        self.coordinator.execute("touch", "/tmp/load.end")
        self.process.wait(60)
        self.output = self.log()
        numbers = {word: sum(int(found) for found in re.findall(word + r": (\d+)", self.output))
                   for word in ("actually processed", "failed transactions")}
        self.done, self.failed = numbers["actually processed"], numbers["failed transactions"]
        self.failed += self.output.count("aborted") + self.output.count("ERROR")

    def transactions(self):
        """Rounds of pgbench that came to their end."""
        return self.log().count("transactions actually processed")

    def log(self):
        return self.coordinator.execute("sh", "-c", "cat /tmp/load.log 2>/dev/null || true")
