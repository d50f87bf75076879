"""What PID 1 does with a server that crashes, hangs or is told to stop, and what it tells of it."""
# pylint: disable=redefined-outer-name,unused-import
import json
import os
import signal
import socket
import struct
import time

import pytest

from support.http_probe import free_port

from support.node import BINDIR, READY_LINE, control_data
from support.node_fixtures import FAST, PASSWORD, SERVER, initialised, place, template
from support.pid_namespace import children_of, command_line, postmaster_of, stat_of, status_field, wait_until
from support.tier import first_by_day

SIGNALS = {"TERM": signal.SIGTERM, "QUIT": signal.SIGQUIT}


def host_pid(node, pid):
    """The host's number of a process that the namespace knows as `pid`."""
    for entry in os.listdir("/proc"):
        if entry.isdigit() and status_field(entry, "NSpid").split()[1:] == [str(pid)]:
            if os.readlink(f"/proc/{entry}/ns/pid") == os.readlink(f"/proc/{node.pid1}/ns/pid"):
                return int(entry)
    return None


def kill_postmaster(node):
    os.kill(host_pid(node, node.postmaster()), signal.SIGKILL)


def stop_a_backend(node):
    """It sleeps, and acknowledges no shutdown."""
    node.inside("sh", "-c", f"{BINDIR}/psql -U postgres -c 'SELECT pg_sleep(600)' >/dev/null 2>&1 &")
    sleeper = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()"
    backend = int(wait_until(lambda: node.psql(sleeper), "the sleeper"))
    os.kill(host_pid(node, backend), signal.SIGSTOP)


def answers(node):
    return node.psql("SELECT answer FROM kept") == "42"


def wait_answer(node):
    wait_until(lambda: node.psql("SELECT answer FROM kept", check=False) == "42", node.output)


def health(node):
    """What `citus-init health` says, and its exit code."""
    done = node.inside("citus-init", "health", "-o", "json", check=False)
    return {**json.loads(done.stdout), "exit": done.returncode}


def test_a_killed_postmaster_is_started_again(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        before = node.postmaster()
        kill_postmaster(node)
        node.wait_output(READY_LINE, times=2, stream="stdout")
        assert answers(node)
        assert node.postmaster() != before
        assert health(node)["restarts"] == 1
        assert node.stop() == 0


def test_a_stopped_postmaster_is_not_ready(initialised):
    """Without Citus there is no agent that would connect."""
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        postmaster = host_pid(node, node.postmaster())
        for _ in range(2):
            os.kill(postmaster, signal.SIGSTOP)
            wait_until(lambda: health(node)["state"] == "starting", node.output)
            stopped = health(node)
            assert stopped["exit"] == 1
            assert f"PostgreSQL's process {node.postmaster()} was stopped by a signal" in stopped["reason"], stopped
            os.kill(postmaster, signal.SIGCONT)
            wait_until(lambda: health(node)["state"] == "ready", node.output)
        os.kill(postmaster, signal.SIGSTOP)
        node.wait_output("was stopped by a signal", stream="stderr")
        os.kill(postmaster, signal.SIGKILL)
        node.wait_output(READY_LINE, times=2, stream="stdout")
        assert answers(node)
        assert node.stop() == 0


def test_a_server_that_does_not_accept_in_time_ends_with_69(initialised):
    (initialised.data / "recovery.signal").touch()
    owner = os.stat(initialised.data)
    os.chown(initialised.data / "recovery.signal", owner.st_uid, owner.st_gid)
    with initialised.start(*SERVER, "-c", "restore_command=sleep 3600", CITUS_START_TIMEOUT="2s", **FAST) as node:
        assert node.wait() == 69, node.output()
        assert "did not accept connections within 2 s (CITUS_START_TIMEOUT)" in node.output()


def test_a_busy_orphan_does_not_keep_the_next_server_from_starting(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        loop = node.inside("sh", "-c", f"{BINDIR}/psql -U postgres -c "
                           "'DO $$ BEGIN LOOP NULL; END LOOP; END $$' >/dev/null 2>&1 & echo $!")
        assert loop.stdout.strip()
        busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"
        wait_until(lambda: node.psql(busy) == "1", "the busy backend")
        kill_postmaster(node)
        node.wait_output(READY_LINE, times=2, stream="stdout")
        assert "still in use" not in node.stderr
        assert answers(node)
        assert node.stop() == 0


def test_a_server_that_keeps_dying_ends_the_container_with_its_status(initialised):
    with initialised.start(*SERVER, CITUS_RESTART_LIMIT="2") as node:
        for ready in (1, 2, 3):
            node.wait_output(READY_LINE, times=ready, stream="stdout")
            kill_postmaster(node)
        assert node.wait() == 128 + signal.SIGKILL
        assert "after 2 restarts within 300 s" in node.stderr.splitlines()[-1]


def test_a_stop_while_waiting_to_restart_is_obeyed_at_once(initialised):
    with initialised.start(*SERVER, CITUS_RESTART_LIMIT="100") as node:
        for ready in range(1, 6):
            node.wait_output(READY_LINE, times=ready, stream="stdout")
            kill_postmaster(node)
        wait_until(lambda: "waiting to restart" in health(node)["reason"], "the backoff")
        assert node.stop() == 137  # of the server that crashed last: ADR 43


def test_data_survives_the_death_of_pid_1(initialised):
    for _ in range(3):
        with initialised.start(*SERVER) as node:
            node.wait_ready()
            assert answers(node)
            node.signal(signal.SIGKILL)
            node.wait()
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        assert answers(node)
        assert node.stop() == 0


def test_the_state_of_a_former_run_is_not_taken_for_that_of_this_one(initialised):
    """`docker restart` keeps the file, and whatever runs now has the same pid."""
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        assert health(node)["exit"] == 0
        node.stop(signal.SIGKILL)
    with initialised.start("sh", "-c", "echo it runs; sleep 600") as node:
        node.wait_output("it runs")
        told = health(node)
        assert (told["exit"], told["pid"]) == (1, 1) and "is gone" in told["reason"]


def test_a_stop_that_was_cut_off_is_reported_once(initialised):
    """What a container runtime does at the end of its grace period, while a backend holds up the shutdown."""
    record = initialised.data / "citus_init/stop.json"
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        stop_a_backend(node)
        node.signal(signal.SIGTERM)
        wait_until(record.exists, node.output)
        node.stop(signal.SIGKILL)
    with initialised.start(*SERVER, CITUS_STOP_TIMEOUT="9s") as node:
        node.wait_ready()
        text = "was cut off before the server had shut down"
        assert text in node.stderr and "CITUS_STOP_TIMEOUT (9 s)" in node.stderr, node.output()
        done = node.inside("citus-init", "doctor", check=False, environment={"PGDATA": str(initialised.data)})
        assert "stop-cut-off" in done.stdout, done
        node.stop(signal.SIGKILL)
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        assert text not in node.stderr, node.output()
        assert node.stop() == 0
        assert not record.exists()


@pytest.mark.parametrize("name", first_by_day(SIGNALS))
def test_a_second_signal_escalates(initialised, name):
    """A stopped backend never acknowledges a fast shutdown; an immediate one SIGKILLs it in the end."""
    with initialised.start(*SERVER, CITUS_STOP_TIMEOUT="60s") as node:
        node.wait_ready()
        stop_a_backend(node)
        node.signal(signal.SIGTERM)
        node.wait_output("received SIGTERM: fast shutdown")
        node.signal(SIGNALS[name])
        started = time.monotonic()
        node.wait()
        assert time.monotonic() - started < 15  # long before CITUS_STOP_TIMEOUT


def test_a_server_that_ignores_a_fast_shutdown_is_ended_by_the_deadline(initialised):
    """A stopped backend holds it up."""
    with initialised.start(*SERVER, CITUS_STOP_TIMEOUT="500ms") as node:
        node.wait_ready()
        stop_a_backend(node)
        assert node.stop() == 128 + signal.SIGKILL
        assert "not stopped within the deadline; still there:" in node.stderr


def test_a_stopped_postmaster_is_continued_to_shut_down(initialised):
    with initialised.start(*SERVER, CITUS_STOP_TIMEOUT="60s") as node:
        node.wait_ready()
        postmaster = host_pid(node, node.postmaster())
        os.kill(postmaster, signal.SIGSTOP)
        wait_until(lambda: stat_of(postmaster)[1] == "T", "the postmaster is stopped")
        assert node.stop() == 0, node.output()
    assert control_data(initialised.data)["Database cluster state"] == "shut down"


def test_hup_reads_the_settings_again_and_keeps_them_if_they_are_wrong(initialised):
    yaml = initialised.file("settings.yaml", "postgresql:\n  work_mem: 5MB\n")
    with initialised.start(*SERVER, CITUS_CONFIG_PATH=str(yaml)) as node:
        node.wait_ready()
        assert node.psql("SHOW work_mem") == "5MB"
        yaml.write_text("postgresql:\n  work_mem: 6MB\n")
        node.signal(signal.SIGHUP)
        wait_until(lambda: node.psql("SHOW work_mem") == "6MB", node.output)
        yaml.write_text("postgresql:\n  work_memory: 7MB\n")
        node.signal(signal.SIGHUP)
        node.wait_output("The settings stay as they were")
        assert node.psql("SHOW work_mem") == "6MB"
        # A value that only the table of settings knows to be wrong; and a server that is restarted then.
        yaml.write_text("postgresql:\n  work_mem: fast\n")
        node.signal(signal.SIGHUP)
        node.wait_output("The settings stay as they were", 2)
        os.kill(postmaster_of(node.pid1), signal.SIGKILL)
        node.wait_output(READY_LINE, 2, stream="stdout")
        assert node.psql("SHOW work_mem") == "6MB"
        assert health(node)["restarts"] == 1
        assert node.stop() == 0


def test_hup_keeps_what_only_root_may_read_and_reads_the_rest_again(initialised):
    password = initialised.file("password", "root-only secret\n", 0o400)
    database = initialised.file("database", "postgres")
    yaml = initialised.file("settings.yaml", "postgresql:\n  work_mem: 5MB\n", 0o400)
    conf = initialised.file("conf", "temp_buffers = 9MB\n")
    with initialised.start(*SERVER, POSTGRES_PASSWORD_FILE=password, POSTGRES_DB_FILE=database,
                           CITUS_POSTGRESQL_CONF_FILE=conf, CITUS_CONFIG_PATH=yaml) as node:
        node.wait_ready()
        password.write_text("another secret\n")
        conf.write_text("temp_buffers = 10MB\n")
        node.signal(signal.SIGHUP)
        wait_until(lambda: node.psql("SHOW temp_buffers") == "10MB", node.output)
        assert node.psql("SHOW work_mem") == "5MB"
        for place_of_it, path in [("POSTGRES_PASSWORD_FILE", password), ("CITUS_CONFIG_PATH", yaml)]:
            assert f'{place_of_it}: "{path}" was not read again' in node.stderr, node.output()
        assert "POSTGRES_DB_FILE" not in node.stderr and "secret" not in node.output()
        conf.write_text("temp_buffers = 11MB\n")
        password.unlink()
        node.signal(signal.SIGHUP)
        node.wait_output("The settings stay as they were")
        assert f'POSTGRES_PASSWORD_FILE: cannot open "{password}"' in node.stderr
        assert node.psql("SHOW temp_buffers") == "10MB"
        assert node.stop() == 0


@pytest.mark.parametrize("key", ["postgres:\n  database: other\n", "postgres:\n  user: other\n", "citus:\n  enable: true\n"])
def test_hup_makes_no_other_node_of_it(initialised, key):
    yaml = initialised.file("settings.yaml", "")
    with initialised.start(*SERVER, CITUS_CONFIG_PATH=str(yaml)) as node:
        node.wait_ready()
        yaml.write_text(key)
        node.signal(signal.SIGHUP)
        node.wait_output("It does not change while the node runs")
        assert answers(node)
        yaml.write_text("postgresql:\n  work_mem: 6MB\n")
        node.signal(signal.SIGHUP)
        wait_until(lambda: node.psql("SHOW work_mem") == "6MB", node.output)
        assert node.stop() == 0


def test_hup_ends_no_server_that_only_just_starts(initialised):
    def hang_up_until_ready(times):
        while node.stdout.count(READY_LINE) < times and node.process.poll() is None:
            node.signal(signal.SIGHUP)

    with initialised.start(*SERVER) as node:
        hang_up_until_ready(1)
        kill_postmaster(node)
        hang_up_until_ready(2)
        assert health(node)["restarts"] == 1, node.output()
        assert node.stop() == 0


def test_hup_is_obeyed_between_a_crash_and_the_next_start(initialised):
    yaml = initialised.file("settings.yaml", "postgresql:\n  work_mem: 5MB\n")
    with initialised.start(*SERVER, CITUS_CONFIG_PATH=str(yaml), CITUS_RESTART_LIMIT="20") as node:
        node.wait_ready()
        for crashes in range(1, 7):  # the pause before the seventh start is 1.6 s
            kill_postmaster(node)
            node.wait_output(READY_LINE, times=1 + crashes, stream="stdout")
        yaml.write_text("postgresql:\n  work_mem: 6MB\n")
        kill_postmaster(node)
        wait_until(lambda: health(node)["state"] == "recovering", node.output)
        node.signal(signal.SIGHUP)
        node.wait_output(READY_LINE, times=8, stream="stdout")
        assert "received SIGHUP: reloading" in node.stderr
        assert node.psql("SHOW work_mem") == "6MB"
        assert node.stop() == 0


def test_health_distinguishes_the_phases(place):
    place.init_file("wait.sh", "echo in the script; read -r line < /run/postgresql/gate\n", 0o755)
    gate = place.run / "gate"
    os.mkfifo(gate)
    gate.chmod(0o666)
    with place.start(*SERVER, **FAST) as node:
        node.wait_output("in the script")
        during = health(node)
        assert (during["state"], during["exit"]) == ("bootstrapping", 1)
        with open(gate, "w", encoding="utf-8") as writer:
            writer.write("go\n")
        node.wait_ready()
        ready = health(node)
        assert (ready["state"], ready["exit"]) == ("ready", 0)
        assert ready["postmaster"] == node.postmaster()
        assert node.inside("citus-init", "health", "--wait", "5s").stdout.startswith("ready: ")
        pid1 = node.pid1
        assert node.stop() == 0
        assert not stat_of(pid1)


def test_hold_keeps_a_failed_node_for_inspection(initialised):
    with initialised.start(*SERVER, CITUS_ON_FATAL="hold",
                           CITUS_POSTGRESQL_CONF="shared_buffers = '99999GB'") as node:
        node.wait_output("staying up for inspection")
        held = health(node)
        assert (held["state"], held["exit"]) == ("failed", 1)
        assert "99999GB" in held["reason"]
        assert node.process.poll() is None
        assert node.stop() == 78


@pytest.mark.parametrize("settings", [{"CITUS_ROLE": "nonsense", "CITUS_ON_FATAL": " Hold"}, {"CITUS_PG_BINDIR": "/usr/share"}],
                         ids=["as it stands", "in the YAML file"])
def test_hold_is_understood_before_there_is_a_node(place, settings):
    path = place.file("citus-init.yaml", "supervisor: {on_fatal: hold}\n")
    with place.start(*SERVER, **FAST, **{"CITUS_CONFIG_PATH": str(path), **settings}) as node:
        node.wait_output("staying up for inspection")
        assert node.process.poll() is None
        assert node.stop() != 0


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGPWR, signal.SIGRTMIN + 3])
def test_what_stops_a_node_ends_a_held_start(place, number):
    with place.start(*SERVER, **FAST, CITUS_ROLE="nonsense", CITUS_ON_FATAL="hold") as node:
        node.wait_output("staying up for inspection")
        assert node.stop(number) == 78


def test_an_agent_that_has_nothing_more_to_do_is_no_restart(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        wait_until(lambda: not any("agent" in command_line(pid) for pid in children_of(node.pid1)), node.output)
        assert health(node)["agent_restarts"] == 0
        assert node.stop() == 0


def test_hold_keeps_a_server_that_never_came_up(initialised):
    with initialised.start(*SERVER, "-c", "listen_addresses=192.0.2.1", CITUS_ON_FATAL="hold") as node:
        node.wait_output("staying up for inspection")
        assert health(node)["state"] == "failed"
        assert "before it was ready" in health(node)["reason"]
        assert node.process.poll() is None
        assert node.stop() == 1


def test_hold_waits_in_peace_and_then_lists_what_holds_up_its_stop(initialised):
    with initialised.start(*SERVER, "-c", "listen_addresses=192.0.2.1", CITUS_ON_FATAL="hold", CITUS_STOP_TIMEOUT="1s") as node:
        node.wait_output("staying up for inspection")
        # Longer than any deadline of a stop: nothing is being stopped.
        time.sleep(3)
        assert "still there" not in node.stderr and health(node)["state"] == "failed"
        assert node.stop() == 1
    # One that runs: the backend that does not end is named, with its number and its state.
    with initialised.start(*SERVER, CITUS_ON_FATAL="hold", CITUS_STOP_TIMEOUT="1s") as node:
        node.wait_ready()
        node.inside("sh", "-c", f"(sleep 600 | PGAPPNAME=held {BINDIR}/psql -XU postgres) >/dev/null 2>&1 &")
        backend = wait_until(lambda: node.psql("SELECT pid FROM pg_stat_activity WHERE application_name = 'held'"),
                             "a client")
        server = node.postmaster()
        os.kill(host_pid(node, int(backend)), signal.SIGSTOP)
        assert node.stop() != 0
        listed = node.stderr.split("not stopped within the deadline; still there:\n", 1)[1].splitlines()
        held_up = [line for line in listed if line.startswith(f"    pid {backend}, T ")]
        assert held_up and held_up[0].endswith(" idle"), listed
        assert any(line.startswith(f"    pid {server}, ") for line in listed), listed


def test_usr1_and_strange_signals_never_harm_the_server(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        before = node.postmaster()
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU, signal.SIGVTALRM, signal.SIGPROF,
                       signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGWINCH, signal.SIGRTMIN + 5):
            node.signal(number)
        node.wait_output("state: ready")
        assert answers(node)
        assert node.postmaster() == before
        node.signal(signal.SIGRTMIN + 3)  # systemd's stop
        assert node.wait() == 0


def test_json_logs_are_one_object_a_line(initialised):
    with initialised.start(*SERVER, CITUS_LOG_FORMAT="json") as node:
        node.wait_ready()
        node.psql("SELECT * FROM nowhere", check=False)
        node.wait_output("nowhere")
        assert node.stop() == 0
        lines = [json.loads(line) for line in (node.stdout + node.stderr).splitlines()]
        assert {line["logger"] for line in lines} == {"citus-init", "postgres"}
        assert all(line["ts"].endswith("Z") and isinstance(line["pid"], int) and line["level"].islower()
                   for line in lines), lines
        failed = next(line for line in lines if "nowhere" in line["msg"])
        assert failed["level"] == "error"
        assert failed["record"]["sql_state_code"] == "42P01"
        assert failed["record"]["query"] == "SELECT * FROM nowhere"
        assert failed["record"]["database_name"] == "postgres"
        assert failed["record"]["backend_type"] == "client backend"
        assert any("database system is shut down" in line["msg"] for line in lines)


def startup_packet(user):
    body = struct.pack("!i", 3 << 16) + b"user\0" + user.encode() + b"\0database\0postgres\0\0"
    return struct.pack("!i", len(body) + 4) + body


def test_json_logs_have_no_record_that_a_client_wrote(initialised):
    names = ["a\n2026-01-01 00:00:00 UTC [1] PANIC:  forged", "b\tpostgres\tpsql\tclient\t0\tPANIC:  forged",
             "c\n1764378000.123\t1\tXX000\t\t\t\tx\t0\tPANIC:  forged"]
    port = free_port()
    with initialised.start(*SERVER, "-c", "listen_addresses=127.0.0.1", network="host", CITUS_LOG_FORMAT="json",
                           CITUS_GUC_PORT=str(port)) as node:
        node.wait_ready()
        for name in names:
            with socket.create_connection(("127.0.0.1", port), 10) as client:
                client.sendall(startup_packet(name))
                client.recv(4096)
        wait_until(lambda: node.stderr.count("forged") >= len(names), node.output)
        assert node.stop() == 0
        records = [line for line in map(json.loads, node.stderr.splitlines()) if "forged" in json.dumps(line)]
        assert {record["record"]["user_name"] for record in records} == set(names)
        assert {record["level"] for record in records} == {"error"}
        assert "PANIC" not in {record["record"]["error_severity"] for record in records}


def test_json_logs_of_a_first_start_have_init_scripts_and_the_ready_line(place):
    place.init_file("01.sh", "echo from a script; echo to stderr >&2\n")
    place.init_file("02.sql", "SELECT 'from SQL';\n")
    with place.start(*SERVER, CITUS_LOG_FORMAT="json", **FAST) as node:
        node.wait_ready()
        assert node.stop() == 0
        lines = [json.loads(line) for line in (node.stdout + node.stderr).splitlines()]
        scripts = [line["msg"] for line in lines if line["logger"] == "init-scripts"]
        assert {"from a script", "to stderr"} <= set(scripts) and any("from SQL" in line for line in scripts), scripts
        assert READY_LINE in "".join(line["msg"] for line in lines) or READY_LINE in node.stdout


def test_a_log_that_nobody_reads_holds_neither_the_server_nor_its_stop(initialised, tmp_path):
    """A pipe as the container's stderr whose reader has stopped; the server logs megabytes."""
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    keeper = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)  # it is open for reading, and never read until the end
    tmp_path.chmod(0o755)
    fifo.chmod(0o666)
    wrapper = initialised.programs / "with-log"
    wrapper.write_text(f'#!/bin/sh\nexec citus-init "$@" 2>"{fifo}"\n')
    wrapper.chmod(0o755)
    with initialised.start(*SERVER, program="with-log", CITUS_LOG_FORMAT="json") as node:
        node.wait_ready()
        node.psql("DO $$ BEGIN FOR i IN 1..60000 LOOP RAISE LOG 'line % %', i, repeat('x', 100); END LOOP; END $$")
        assert answers(node)
        assert node.stop() == 0
    text = b""
    try:
        while part := os.read(keeper, 1 << 20):
            text += part
    except BlockingIOError:
        pass
    os.close(keeper)
    assert b"line 1 " in text


def test_a_stopped_log_relay_goes_on(initialised):
    with initialised.start(*SERVER, CITUS_LOG_FORMAT="json") as node:
        node.wait_ready()
        relay = next(pid for pid in children_of(node.pid1) if "relay-log" in command_line(pid))
        os.kill(relay, signal.SIGSTOP)
        # More than its pipe takes.
        node.psql("DO $$ BEGIN FOR i IN 1..2000 LOOP RAISE LOG 'line % %', i, repeat('x', 100); END LOOP; END $$")
        node.wait_output("the log relay was stopped by a signal")
        node.wait_output("line 2000 ")
        assert node.stop() == 0
        assert all(f"line {number} " in node.stderr for number in range(1, 2001))


def test_a_killed_log_relay_is_replaced(initialised):
    with initialised.start(*SERVER, CITUS_LOG_FORMAT="json") as node:
        node.wait_ready()
        relays = [pid for pid in children_of(node.pid1) if "relay-log" in command_line(pid)]
        assert len(relays) == 1
        with open(f"/proc/{relays[0]}/comm", encoding="ascii") as name:
            assert name.read() == "citus-init\n"
        os.kill(relays[0], signal.SIGKILL)
        node.wait_output("the log relay ended with")
        node.psql("SELECT * FROM after_the_relay", check=False)
        node.wait_output("after_the_relay")
        assert answers(node)
        assert node.stop() == 0


def test_no_secret_in_argv_environment_or_log(place):
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
        for pid in children_of(node.pid1):
            for name in ("cmdline", "environ"):
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    assert PASSWORD.encode() not in file.read()
        readable = node.inside("cat", f"/proc/{1}/environ", user="postgres", check=False)
        assert readable.returncode != 0, "the server's user can read PID 1's environment"
        assert node.stop() == 0
        assert PASSWORD not in node.output()


def test_a_configuration_is_validated_once(initialised):
    """The server's own judgement costs 0.1 s: only what has changed is asked about again."""
    def validations(**settings):
        with initialised.start(*SERVER, CITUS_LOG_LEVEL="debug", **settings) as node:
            node.wait_ready()
            assert node.stop() == 0
            return node.stderr.count("-> validation")
    validations()
    assert validations() == 0
    assert validations(CITUS_GUC_WORK_MEM="5MB") == 1
    assert validations(CITUS_GUC_WORK_MEM="5MB") == 0


def test_pid_1_does_not_wake_up_when_nothing_happens(initialised):
    """Against the budget of one wake-up in ten seconds; an observer's own switches do not count."""
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        wait_until(lambda: len(children_of(node.pid1)) == 1, "the agent's end")

        def switches():
            return int(status_field(node.pid1, "voluntary_ctxt_switches"))
        start, end = switches(), time.monotonic() + 3
        wait_until(lambda: time.monotonic() > end, "three seconds")
        assert switches() - start <= 1
        assert node.stop() == 0


def test_a_backend_is_to_go_before_the_postmaster(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()

        def score(pid):
            with open(f"/proc/{host_pid(node, pid)}/oom_score_adj", encoding="utf-8") as file:
                return int(file.read())
        node.inside("sh", "-c", f"{BINDIR}/psql -U postgres -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 &")
        sleeper = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()"
        backend = int(wait_until(lambda: node.psql(sleeper), "a backend"))
        assert score(backend) > score(node.postmaster())
        assert score(backend) > score(1)
        assert node.stop() == 0
