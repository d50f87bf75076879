"""PID 1 runs Patroni, is its watchdog and stops it: on a real etcd, a real Patroni and a real server."""
# pylint: disable=unused-import
import json
import os
import subprocess
import time
from signal import SIGHUP, SIGKILL, SIGSTOP

import pytest

from support.ha_node import PATRONI, patroni_version
from support.member_fixtures import fixture_leader, fixture_member, fixture_networks
from support.node import POSTGRES
from support.patroni_member import what_is_missing
from support.pid_namespace import children_of, wait_until

# Of TIMES; the watchdog's timeout is ttl - loop_wait - 3.
TTL, ANSWER_TIMEOUT = 20, 7

# Ignores SIGTERM, and so does not stop.
UNRESPONSIVE_PATRONI = """#!/usr/bin/python3
import signal
import sys
sys.path[:0] = {places}
set_handler = signal.signal
set_handler(signal.SIGTERM, signal.SIG_IGN)
signal.signal = lambda number, handler: number == signal.SIGTERM or set_handler(number, handler)
if __name__ == "__main__":  # its children import it
    from patroni.__main__ import main
    sys.exit(main())
"""

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))


def ended_within(member, code, seconds):
    """It ends with that code, in that time, and nothing is left of it."""
    began = time.monotonic()
    unshare = member.node.process.pid
    codes = code if isinstance(code, tuple) else (code,)
    assert member.node.wait(seconds + 30) in codes, member.log()
    took = time.monotonic() - began
    assert took <= seconds, f"{took} s: {member.log()}"
    assert not children_of(unshare)


def control_state(member):
    out = subprocess.run([member.programs + "/pg_controldata", str(member.pgdata)], check=True,
                         capture_output=True, text=True, env={"LC_ALL": "C"}).stdout
    return next(line.split(":")[1].strip() for line in out.splitlines() if "cluster state" in line)


def test_it_leads_and_ends_cleanly_and_comes_back(leader):
    state = leader.state()
    assert (state["state"], state["role"], state["node"]) == ("ready", "coordinator", "c")
    assert leader.sql("SELECT pg_is_in_recovery()") == "f"
    assert leader.sql("SHOW ssl") == "on"
    with open(f"/proc/{leader.patroni()}/environ", encoding="utf-8") as file:
        environment = file.read()
    assert "CITUS_CLUSTER_SECRET" not in environment and "PATRONI_RESTAPI" not in environment
    assert "HOME=" + POSTGRES.pw_dir in environment.split("\0")
    leader.node.signal(15)
    ended_within(leader, 0, 20)
    assert control_state(leader) == "shut down"
    assert json.loads((leader.patroni_directory / "role").read_text())["event"]  # a callback's note
    leader.start(CITUS_LOG_FORMAT="json")
    leader.wait_ready()
    leader.sql("SELECT * FROM nowhere")
    token = leader.sql("SHOW log_line_prefix").split("%n")[0]
    assert leader.stop() == 0, leader.log()
    lines = [json.loads(line) for line in leader.node.stderr.splitlines()]
    assert {line["logger"] for line in lines} == {"citus-init", "patroni", "postgres"}
    assert next(line for line in lines if "nowhere" in line["msg"])["record"]["sql_state_code"] == "42P01"
    assert len(token) == 32 and token not in leader.node.stderr


def test_patroni_is_started_again(leader):
    server, patroni = leader.postmaster(), leader.patroni()
    os.kill(patroni, SIGKILL)
    leader.wait(lambda: leader.patroni() not in (None, patroni), "another Patroni")
    leader.wait_leader()
    # One before 3.3 would forget synchronous replication over the running primary. And on a busy machine the start of
    # the other one may take longer than the watchdog's timeout.
    kept = patroni_version() >= (3, 3) and "could go on beside a new one" not in leader.node.stderr
    assert (leader.postmaster() == server) == kept, leader.log()
    leader.wait(lambda: leader.state()["state"] == "ready", "readiness")
    assert leader.state()["restarts"] == 1
    assert leader.stop() == 0, leader.log()


def test_a_primary_whose_patroni_is_frozen_ends_before_the_leader_key_runs_out(leader):
    server = leader.postmaster()
    frozen = leader.freeze_patroni()
    began = time.monotonic()
    wait_until(lambda: leader.is_gone(server), leader.log, TTL)
    took = time.monotonic() - began
    assert ANSWER_TIMEOUT - 1 <= took <= TTL - 10 + 3, took  # renewed up to a loop_wait before
    wait_until(lambda: leader.is_gone(frozen), "the end of the frozen Patroni", 10)
    assert "does not answer any more" in leader.node.stderr
    leader.wait_leader()
    leader.wait(lambda: leader.state()["state"] == "ready", "readiness")
    assert leader.stop() == 0, leader.log()


def test_a_dead_postmaster_is_patronis_to_start(leader):
    server, patroni = leader.postmaster(), leader.patroni()
    os.kill(server, SIGKILL)
    leader.wait(lambda: leader.postmaster() not in (None, server), "another server", 60)
    leader.wait(lambda: leader.state()["state"] == "ready", "readiness", 60)
    assert leader.patroni() == patroni
    assert leader.stop() == 0, leader.log()


def test_an_agent_that_is_silent_is_replaced_and_proves_nothing(leader):
    server, agent = leader.postmaster(), leader.agent()
    os.kill(agent, SIGSTOP)
    leader.wait(lambda: leader.agent() not in (None, agent), "another agent")
    leader.wait(lambda: leader.state()["state"] == "ready", "readiness")
    assert leader.postmaster() == server
    assert leader.stop() == 0, leader.log()


def test_a_stop_is_not_held_up_by_a_frozen_patroni(leader):
    leader.freeze_patroni()
    leader.node.signal(15)
    ended_within(leader, 0, 20)
    assert control_state(leader) == "shut down"


def test_a_stop_is_not_held_up_by_a_patroni_that_ignores_sigterm(member):
    wrapper = member.place.programs / "patroni"
    wrapper.write_text(UNRESPONSIVE_PATRONI.format(places=[os.path.dirname(PATRONI)] if PATRONI else []))
    wrapper.chmod(0o755)
    member.start(CITUS_STOP_TIMEOUT="16s")
    member.wait_ready()
    member.node.signal(15)
    # Patroni may start the server once more, which is then ended in its start: not clean, and reported so.
    ended_within(member, (0, 1), 17)
    assert "the server has ended, shut down cleanly" in member.node.stderr


def test_an_immediate_stop_is_one_and_is_reported(leader):
    leader.node.signal(3)
    ended_within(leader, 1, 5)
    assert "did not shut down cleanly" in leader.node.stderr


def test_a_stop_in_mid_bootstrap_is_obeyed(member):
    member.start()
    member.wait(member.pgdata.exists, "initdb")
    member.node.signal(15)
    ended_within(member, 0, 25)


def test_in_pause_the_server_is_stopped_all_the_same(leader):
    assert leader.rest("/config", "-X", "PATCH", "-d", '{"pause": true}') == "200"
    leader.wait(lambda: leader.answer("/patroni").get("pause") is True, "the pause")
    leader.node.signal(15)
    ended_within(leader, 0, 20)
    assert control_state(leader) == "shut down"


def test_in_pause_the_watchdog_does_nothing(leader):
    assert leader.rest("/config", "-X", "PATCH", "-d", '{"pause": true}') == "200"
    leader.wait(lambda: leader.answer("/patroni").get("pause") is True, "the pause")
    leader.wait(lambda: "the watchdog does nothing" in leader.node.stderr, "that PID 1 knows", 30)
    server = leader.postmaster()
    patroni = leader.freeze_patroni()
    began = time.monotonic()
    leader.wait(lambda: time.monotonic() - began > ANSWER_TIMEOUT + 4, "the end of the watchdog's timeout", 30)
    assert (leader.postmaster(), leader.patroni()) == (server, patroni)
    assert leader.stop() == 0, leader.log()


def test_reload_renders_anew_and_signals_patroni(member):
    settings = member.place.file("citus-init.yaml", "postgresql: {work_mem: 5MB}\n")
    password = member.place.file("password", "of root", 0o400)
    member.start(CITUS_CONFIG_PATH=str(settings), POSTGRES_PASSWORD=None, POSTGRES_PASSWORD_FILE=str(password))
    member.wait_ready()
    assert member.sql("SHOW work_mem") == "5MB"
    member.place.file("citus-init.yaml", "postgresql: {work_mem: [}\n")
    member.node.signal(SIGHUP)
    member.wait(lambda: "The settings stay as they were" in member.node.stderr, "the complaint")
    member.place.file("citus-init.yaml", "postgresql: {work_mem: 7MB}\n")
    member.node.signal(SIGHUP)
    member.wait(lambda: member.sql("SHOW work_mem") == "7MB", "the new setting")
    assert f'POSTGRES_PASSWORD_FILE: "{password}" was not read again' in member.node.stderr
    assert member.stop() == 0, member.log()


def test_without_a_store_it_waits_and_stops_at_once(member):
    member.start(PATRONI_ETCD3_HOSTS=member.networks.address("c") + ":1")
    member.wait(lambda: "store" in member.state().get("reason", ""), "the wait")
    member.node.signal(15)
    ended_within(member, 0, 3)
