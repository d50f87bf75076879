"""`citus-init backup`: base backups of all groups, one restore point, and what comes in between."""
# pylint: disable=redefined-outer-name
import json
import os
import re
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.backed_up_cluster import backed_up_cluster
from support.citus_under_test import major_version
from support.node import POSTGRES
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import DEADLINE, wait_until
from support.scratch import SCRATCH

pytestmark = [needs_pgbackrest, pytest.mark.xdist_group(__name__)]


@pytest.fixture(scope="module")
def backed_up(programs):
    with backed_up_cluster(programs, 64) as cluster:
        yield cluster


def restored(cluster, point, group, index, directory):
    """The rows of a group that was restored to the point by hand, with nothing but the repository."""
    data, port = Path(directory) / group["stanza"], str(7990 + index)
    data.mkdir(mode=0o700)
    os.chown(data, POSTGRES.pw_uid, POSTGRES.pw_gid)
    configuration = cluster.places[index].run / "citus_init/pgbackrest.conf"
    as_postgres = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]
    done = subprocess.run([
        *as_postgres, "pgbackrest", f"--config={configuration}", f"--stanza={group['stanza']}", f"--pg1-path={data}",
        f"--lock-path={data}.lock", "--archive-mode=off", "--type=name", f"--target={point['target']}",
        "--target-action=promote", "restore"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    settings = {"listen_addresses": "", "unix_socket_directories": directory, "port": port, "ssl": "off",
                "citus.recover_2pc_interval": "-1", "citus.distributed_deadlock_detection_factor": "-1",
                **{name: cluster.sql(index, f"SHOW {name}") for name in (
                    "shared_preload_libraries", "max_connections", "max_worker_processes", "max_wal_senders",
                    "max_prepared_transactions", "max_locks_per_transaction", "wal_level")}}
    log = data / "restore.log"
    with open(log, "wb") as output:
        # pylint: disable-next=consider-using-with
        server = subprocess.Popen([*as_postgres, f"{cluster.programs}/postgres", "-D", str(data),
                                   *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))],
                                  stdout=output, stderr=output)

    def answer(statement):
        return subprocess.run([f"{cluster.programs}/psql", "-XAtq", "-h", directory, "-p", port, "-U", "postgres", "-d", "app",
                               "-c", statement], capture_output=True, text=True, check=False).stdout.strip()
    try:
        wait_until(lambda: answer("SELECT pg_is_in_recovery()") == "f", log.read_text)
        return answer("SELECT string_agg(v, ' ' ORDER BY v) FROM public.kept")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(DEADLINE)


def test_a_backup_from_a_worker_makes_a_point_that_each_group_can_be_restored_to(backed_up):
    for index in range(3):
        backed_up.sql(index, "SET citus.enable_ddl_propagation = off; CREATE TABLE public.kept (v text); "
                             "INSERT INTO public.kept VALUES ('base')")
    assert "run `citus-init backup`" in backed_up.verb(0, "restore-point", "early", code=1)
    whole = json.loads(backed_up.verb(1, "backup", "--type", "full", "-o", "json"))
    stanzas = [group["stanza"] for group in whole["point"]["groups"]]
    assert stanzas[0] == "shop-0" and len(set(stanzas)) == 3
    assert re.fullmatch(r"shop-\d{8}T\d{6}Z", whole["point"]["name"])
    assert [backup["type"] for backup in whole["backups"]] == ["full"] * 3
    assert all(backup["bytes"] > 1000000 and backup["repository_bytes"] > 0 for backup in whole["backups"])
    nodes = backed_up.sql(0, "SELECT nodename FROM pg_dist_node ORDER BY groupid").split()
    assert [node["host"] for node in whole["point"]["nodes"]] == nodes
    # Nothing in the repository can be read without the passphrase.
    stored = backed_up.repository.path / "citus-init/shop/points" / f"{whole['point']['name']}.json"
    assert stored.read_bytes().startswith(b"Salted__") and b"shop-0" not in stored.read_bytes()

    for index in range(3):
        backed_up.sql(index, "INSERT INTO public.kept VALUES ('before')")
    text = backed_up.verb(0, "restore-point", "wanted")
    assert text.startswith("restore point wanted: 3 groups")
    for index in range(3):
        backed_up.sql(index, "INSERT INTO public.kept VALUES ('after')")
    assert "has a restore point wanted already" in backed_up.verb(2, "restore-point", "wanted", code=1)
    for bad in ("a/b", "latest", "x" * 55):
        assert "restore-point" not in backed_up.verb(2, "restore-point", bad, code=64)
    listing = backed_up.listing()
    assert [(point["name"], point["restorable"]) for point in listing["points"]] == [
        ("wanted", True), (whole["point"]["name"], True)]
    point = listing["points"][0]["manifest"]
    assert point["database"] == "app" and point["citus_version"] and point["target"].startswith("wanted.")
    for group in point["groups"]:
        assert group["wal_file"] in backed_up.repository.segments(group["stanza"])
    with tempfile.TemporaryDirectory(prefix="citus_init_restored.", dir=SCRATCH) as directory:
        os.chown(directory, POSTGRES.pw_uid, POSTGRES.pw_gid)
        hosts = {node["group"]: node["host"] for node in point["nodes"]}
        with ThreadPoolExecutor() as pool:
            rows = pool.map(lambda group: restored(
                backed_up, point, group, backed_up.cluster.hosts.index(hosts[group["group"]]), directory), point["groups"])
            assert list(rows) == ["base before"] * 3


def test_one_caller_and_one_backup_of_a_group_at_once(backed_up):
    points, backups = backed_up.counts()
    with backed_up.session(0, "SELECT pg_advisory_lock(716338842, 1)"):
        assert "another caller is at work on this cluster" in backed_up.verb(1, "restore-point", code=75)
    with backed_up.gates() as open_gates, backed_up.calling(1, "backup", "--type=incr") as caller:
        backed_up.wait_states("running", "running", "running")
        assert "another caller is at work on this cluster: citus-init backup on " in backed_up.verb(2, "backup", code=75)
        caller.kill()
        caller.wait()
        # The agents go on without it, and who comes meanwhile is told whose backup runs.
        refused = wait_until(lambda: next(iter(re.findall("a base backup of shop-0 is under way.*", backed_up.verb(
            0, "backup", code=75))), None), "refused")
        assert "asked for by " in refused
        open_gates()
        backed_up.wait_states("done", "done", "done")
    assert backed_up.counts() == (points, [count + 1 for count in backups])


def test_a_backup_that_loses_a_part_makes_the_point_from_what_each_group_has(backed_up):
    points, backups = backed_up.counts()
    with backed_up.gates() as open_gates, backed_up.calling(0, "backup") as caller:
        backed_up.wait_states("running", "running", "running")
        for pid in backed_up.pids_of(1, "backup", "--type=incr"):
            os.kill(pid, signal.SIGKILL)
        agents = backed_up.pids_of(2, "agent")
        os.kill(agents[0], signal.SIGKILL)
        open_gates()
        output, errors = caller.communicate(timeout=DEADLINE)
    assert caller.returncode == 1, errors
    first, second = (f"shop-{backed_up.sql(i, 'SELECT groupid FROM pg_dist_local_group')}" for i in (1, 2))
    last = errors.splitlines()[-1]
    assert re.search(f"not every group has a new base backup: .*{first} .* failed: .*signal 9", last), last
    assert re.search(f"{second} .* lost: the server or the agent that ran it ended", last), last
    assert "Those of shop-0 are complete and stay" in last
    listing = backed_up.listing()
    assert f"The restore point {listing['points'][0]['name']} was made" in last and f"restore point {listing['points'][0]['name']}" in output
    assert listing["points"][0]["restorable"]
    assert [group["label"] for group in listing["points"][0]["manifest"]["groups"]] == [
        stanza["backups"][-1]["label"] for stanza in listing["stanzas"]]
    assert backed_up.counts() == (points + 1, [backups[0] + 1, *backups[1:]])
    wait_until(lambda: backed_up.pids_of(2, "agent"), "a new agent")


def test_a_point_that_lacks_wal_is_refused_until_there_is_a_base_backup(backed_up):
    stanza, points = f"shop-{backed_up.sql(1, 'SELECT groupid FROM pg_dist_local_group')}", backed_up.counts()[0]
    newest = next(one for one in backed_up.listing()["points"][0]["manifest"]["groups"] if one["stanza"] == stanza)
    lost, = backed_up.repository.path.glob(f"archive/{stanza}/*/*/{newest['wal_file']}-*")
    kept = lost.rename(backed_up.repository.path.with_name("lost"))
    missing = rf"WAL of {stanza} is missing between \w+ and \w+: {newest['wal_file']}"
    refused = backed_up.verb(2, "restore-point", "with-a-gap", code=1)
    assert re.search(missing + r"\. Take a base backup \(`citus-init backup`\)", refused), refused
    newest, *others = backed_up.listing()["points"]
    assert not newest["restorable"] and re.search(missing, newest["problem"]), newest
    assert others and backed_up.counts()[0] == points
    backed_up.verb(0, "backup", "--name", "after-the-gap")
    assert backed_up.listing()["points"][0]["restorable"]
    kept.rename(lost)


def test_an_interrupted_backup_is_cancelled_everywhere(backed_up):
    before = backed_up.counts()
    with backed_up.gates(), backed_up.calling(2, "backup") as caller:
        backed_up.wait_states("running", "running", "running")
        caller.send_signal(signal.SIGINT)
        _, errors = caller.communicate(timeout=DEADLINE)
        backed_up.wait_states("cancelled", "cancelled", "cancelled")
    assert caller.returncode == 1 and "given up on request; no restore point was made" in errors
    assert backed_up.counts() == before


def test_a_point_waits_for_open_ddl_and_for_the_archive_and_says_so(backed_up):
    with backed_up.session(0, "BEGIN; LOCK TABLE pg_dist_partition IN ROW EXCLUSIVE MODE") as ddl, \
            backed_up.calling(1, "restore-point", "patient") as caller:
        line = caller.stderr.readline()
        assert re.search(r"waits for locks: .*process \d+ \(psql, postgres\).* end its transaction", line), line
        broken = backed_up.places[2].programs / "broken"
        broken.write_text("")
        ddl.stdin.close()
        ddl.wait(DEADLINE)
        line = caller.stderr.readline()
        while "waits for locks" in line:
            line = caller.stderr.readline()
        assert re.search(r"WAL of shop-\d is not archived: the repository's disk is full", line), line
        assert "patient" not in [point["name"] for point in backed_up.listing()["points"]]
        broken.unlink()
        backed_up.sql(2, "SELECT pg_create_restore_point('x'), pg_switch_wal()")
        _, errors = caller.communicate(timeout=DEADLINE)
        assert caller.returncode == 0, errors
    assert backed_up.listing()["points"][0]["name"] == "patient"


def test_a_point_that_waits_for_a_worker_holds_nobody_up_for_long(backed_up, is_real):
    if not is_real and major_version(backed_up.programs) >= 14:
        pytest.skip("the stand-in's restore point locks nothing on workers, as before Citus 14")
    with backed_up.session(1, "BEGIN; LOCK TABLE pg_catalog.pg_dist_transaction IN ROW EXCLUSIVE MODE") as writer, \
            backed_up.calling(2, "restore-point", "worker") as caller:
        line = caller.stderr.readline()
        host = backed_up.cluster.hosts[1]
        assert re.search(rf"waits for locks: .*process \d+ \(psql, postgres\).* on {host}:\d+ holds .* end its transaction", line), line
        # Between two attempts, which wait for 2 s at most, the coordinator's metadata is free.
        backed_up.sql(0, "SET lock_timeout = '6s'; BEGIN; LOCK TABLE pg_catalog.pg_dist_partition IN ROW EXCLUSIVE MODE; COMMIT")
        writer.stdin.close()
        writer.wait(DEADLINE)
        _, errors = caller.communicate(timeout=DEADLINE)
        assert caller.returncode == 0, errors
    assert backed_up.listing()["points"][0]["name"] == "worker"


def test_a_point_holds_up_the_writers_of_another_database(backed_up):
    """A restore brings it back, too."""
    backed_up.add_database("books")
    for index, where in ((0, "in another database"), (1, "on a worker, in another database")):
        with backed_up.session(index, "BEGIN; LOCK TABLE pg_catalog.pg_dist_transaction IN ROW EXCLUSIVE MODE", "books") as writer, \
                backed_up.calling(2, "restore-point", f"books{index}") as caller:
            line = caller.stderr.readline()
            assert re.search(rf"waits for locks: .*process \d+ \(psql, postgres\).* {where} with Citus holds .* end its transaction", line), line
            writer.stdin.close()
            writer.wait(DEADLINE)
            _, errors = caller.communicate(timeout=DEADLINE)
            assert caller.returncode == 0, errors
    # Its worker has gone: what can be whole is, and the rest is said.
    backed_up.sql(2, "ALTER DATABASE books ALLOW_CONNECTIONS false", "postgres")
    with backed_up.calling(1, "restore-point", "without") as caller:
        _, errors = caller.communicate(timeout=DEADLINE)
        assert caller.returncode == 0, errors
    assert 'warning: only transactions in the database "app" are whole at this point: cannot ask the database "books" of 127.' in errors, errors
    backed_up.sql(2, "ALTER DATABASE books ALLOW_CONNECTIONS true", "postgres")


def test_what_is_away_is_named_and_nothing_is_begun(backed_up):
    away = backed_up.repository.path.with_name("away")
    backed_up.repository.path.rename(away)
    try:
        for verb in ("backups", "restore-point"):
            assert "has no stanza of shop" in backed_up.verb(0, verb, code=69)
    finally:
        away.rename(backed_up.repository.path)
    before = backed_up.counts()
    assert backed_up.nodes[2].stop() == 0
    host = backed_up.cluster.hosts[2]
    for verb in ("backup", "restore-point"):
        assert re.search(f"cannot connect to {host}:.*Nothing was begun", backed_up.verb(1, verb, code=69))
    assert backed_up.counts() == before
