"""`citus-init plan`: what the coordinator's agent would do, told without doing it."""
import json
import os
import re
import subprocess

from citus_node import BINARY

OWN_OBJECTS = "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('citus_init')"


def plan(node, *arguments, environment=None, **variables):
    return subprocess.run(
        [BINARY, "plan", *arguments], capture_output=True, text=True, check=False, timeout=60,
        env={"PATH": os.environ["PATH"], "PGHOST": "nowhere.invalid",
             **node.environment(**variables), **(environment or {})})


def test_it_reports_what_would_be_done_and_why(coordinator, make_worker):
    fresh, dirty = make_worker("w1", 2), make_worker("w2", 3)
    dirty.sql("CREATE TABLE precious(a int)")
    workers = f"{fresh.address},{dirty.address}"
    coordinator.prepare(CITUS_WORKERS=workers)
    before = coordinator.value(OWN_OBJECTS)
    told = plan(coordinator, CITUS_WORKERS=workers)
    assert told.returncode == 0, told.stderr
    assert f"would add {fresh.address}: it is empty" in told.stdout
    assert "dirty" in told.stdout and "1 tables, views or sequences" in told.stdout
    assert coordinator.value("SELECT count(*) FROM pg_dist_node WHERE groupid <> 0") == "0"
    assert coordinator.value(OWN_OBJECTS) == before


def test_a_worker_that_the_checks_keep_out_is_not_to_be_added(coordinator, make_node):
    worker = make_node("w1", 2)
    worker.sql("CREATE DATABASE app TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'", "postgres")
    assert worker.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST="127.0.1.1").process.returncode == 0
    coordinator.prepare(CITUS_WORKERS=worker.address)
    planned = plan(coordinator, CITUS_WORKERS=worker.address)
    assert planned.returncode == 0, planned.stderr
    assert re.search(rf"{worker.address} +not ready .*the collation of the database is \"C.UTF-8\"", planned.stdout)
    assert "would add" not in planned.stdout


def test_it_can_be_read_by_a_program(coordinator, make_worker):
    worker = make_worker("w1", 2)
    with coordinator.agent(CITUS_WORKERS=worker.address) as agent:
        agent.wait_for("membership", "1 of 1")
    answer = json.loads(plan(coordinator, "-o", "json", CITUS_WORKERS=worker.address).stdout)
    assert answer["actions"] == [] and answer["stopped"] == ""
    node, = answer["nodes"]
    assert (node["address"], node["state"], node["found"]) == (worker.address, "active", "member")
    assert node["system_identifier"] == worker.value(
        "SELECT system_identifier FROM pg_control_system()")
    assert "nothing to do" in plan(coordinator, CITUS_WORKERS=worker.address).stdout


def test_it_says_why_it_cannot(coordinator):
    assert plan(coordinator, CITUS_ROLE="worker", CITUS_COORDINATOR_HOST="c").returncode == 78
    coordinator.stop()
    told = plan(coordinator)
    assert told.returncode == 69 and "no server runs" in told.stderr
