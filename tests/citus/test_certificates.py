"""The certificates of nodes: renewed in time, whatever the clock does, and those of an own authority."""
import glob
import json
import pathlib
import subprocess
from signal import SIGHUP

import pytest

from support.mesh import SECRET, Load
from support.node import Place
from support.pid_namespace import wait_until

HEALTHY = "SELECT bool_and(result) FROM citus_check_cluster_node_health()"


def serial(mesh, name):
    """Of the certificate that the running server shows to a client."""
    done = subprocess.run(
        ["nsenter", f"--net=/run/netns/{mesh.networks.namespace('client')}", "openssl", "s_client", "-starttls",
         "postgres", "-connect", f"{mesh.networks.address(name)}:5432"], stdin=subprocess.DEVNULL,
        capture_output=True, check=False)
    shown = subprocess.run(["openssl", "x509", "-noout", "-serial"], input=done.stdout, capture_output=True,
                           check=False)
    return shown.stdout.decode().strip()


def test_certificates_are_renewed_under_load_and_nobody_notices(mesh, is_real):
    """A short life instead of a jump of the clock: the clock of one process is not that of its server."""
    if not is_real:
        pytest.skip("the stand-in connects no nodes to each other")
    mesh.start_all(CITUS_CERTIFICATE_LIFETIME="12s", CITUS_LOG_LEVEL="info")
    mesh.sql("c", "CREATE TABLE t (id bigint)", "SELECT create_distributed_table('t', 'id')",
             "INSERT INTO t SELECT generate_series(1, 100)")
    nodes = ("c", "w1", "w2")
    postmasters = {name: mesh.nodes[name].postmaster() for name in nodes}
    first = {name: serial(mesh, name) for name in nodes}
    assert len(set(first.values())) == 3
    with Load(mesh) as load:
        # Two lives on: without a renewal every connection between nodes would fail.
        wait_until(lambda: all(mesh.nodes[name].stderr.count("renewed the node's certificate") >= 3
                               for name in nodes), lambda: mesh.nodes["c"].output(), 180)
        wait_until(lambda: load.done > 50, lambda: mesh.nodes["c"].output(), 180)
    assert not load.failures, load.failures[:3]
    for name in nodes:
        wait_until(lambda shown=name: serial(mesh, shown) != first[shown], "another certificate is shown")
        assert mesh.nodes[name].postmaster() == postmasters[name]


def faketime():
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    return found[0] if found else pytest.skip("libfaketime is not installed")


def test_a_certificate_is_renewed_at_once_when_the_clock_was_set(coordinator, tmp_path):
    certificate = pathlib.Path(coordinator.directory, "citus_init/server.crt")
    certificate.parent.mkdir()  # PID 1 would have made it
    clock = tmp_path / "clock"
    clock.write_text("+0")
    tmp_path.chmod(0o755)
    assert coordinator.prepare().process.returncode == 0
    with coordinator.agent(
            {"LD_PRELOAD": faketime(), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
             "DONT_FAKE_MONOTONIC": "1"}, CITUS_INTERNODE_AUTH="certificate", CITUS_CLUSTER_SECRET=SECRET) as agent:
        wait_until(lambda: "certificate lasts until" in agent.stderr, lambda: agent.stderr)
        before = certificate.read_bytes()
        clock.write_text("+70d")  # of 90; by the other clock the agent looks once an hour
        wait_until(lambda: "two thirds of its life were over" in agent.stderr, lambda: agent.stderr)
        assert certificate.read_bytes() != before


def test_doctor_reaches_every_node_by_certificates(mesh, is_real):
    if not is_real:
        pytest.skip("the stand-in connects no nodes to each other")
    mesh.start_all()
    for name in ("c", "w1"):
        done = mesh.nodes[name].inside("citus-init", "doctor", "-o", "json", check=False, environment=mesh.settings[name])
        report = json.loads(done.stdout)
        assert [node["answers"] for node in report["nodes"]] == [True] * 3, report
        assert {finding["check"] for finding in report["findings"]} == {"fsync-off", "pool-tight"}, report


def own_authority(place, names):
    """Files of a user's own authority, by openssl; they are readable by everybody."""
    directory = place.path / "tls"
    directory.mkdir()
    for name in ("ca", *names):
        issue(directory, name)
    return directory


def issue(directory, name, days=30):
    leaf = ["-CA", directory / "ca.crt", "-CAkey", directory / "ca.key", "-addext",
            f"subjectAltName=DNS:{name},DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]
    files = [directory / f"{name}.key", directory / f"{name}.crt"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
         str(days), "-subj", f"/CN={name}", "-keyout", files[0], "-out", files[1],
         *(leaf if name != "ca" else [])],
        check=True, capture_output=True)
    for file in files:
        file.chmod(0o644)


def test_certificates_of_an_own_authority_serve_as_well(mesh, is_real):
    with Place() as elsewhere:
        tls = own_authority(elsewhere, ("c", "w1", "w2"))
        for name in ("c", "w1", "w2"):
            mesh.start(name, CITUS_CLUSTER_SECRET=None, CITUS_TLS_CA_PATH=str(tls / "ca.crt"),
                       CITUS_TLS_CERT_PATH=str(tls / f"{name}.crt"), CITUS_TLS_KEY_PATH=str(tls / f"{name}.key"))
        for name in ("c", "w1", "w2"):
            mesh.nodes[name].wait_ready()
        if is_real:
            mesh.wait_members()
            assert mesh.sql("c", HEALTHY) == "t"
        key = mesh.places["w1"].run / "citus_init" / "server.key"
        assert key.stat().st_mode & 0o777 == 0o600
        before = serial(mesh, "w1")
        issue(tls, "w1")
        mesh.nodes["w1"].signal(SIGHUP)
        wait_until(lambda: serial(mesh, "w1") not in ("", before), mesh.nodes["w1"].output)
        issue(tls, "w1", days=3)
        mesh.nodes["w1"].signal(SIGHUP)
        mesh.nodes["w1"].wait_output("replace it, it is read again every minute", stream="stderr")
        (tls / "w1.crt").write_text("nonsense")
        mesh.nodes["w1"].signal(SIGHUP)
        mesh.nodes["w1"].wait_output("holds no certificate in PEM", stream="stderr")


def test_files_that_cannot_be_read_are_reported_before_anything_is_touched(mesh):
    names = ("CITUS_TLS_CA_PATH", "CITUS_TLS_CERT_PATH", "CITUS_TLS_KEY_PATH")
    node = mesh.start("w1", CITUS_CLUSTER_SECRET=None, **{name: f"/nowhere/{name}" for name in names})
    assert node.wait() == 78
    assert all(f'{name}: "/nowhere/{name}" cannot be read: No such file' in node.stderr for name in names), node.output()
    assert mesh.places["w1"].listing() is None


def test_a_certificate_for_another_node_is_refused(mesh):
    with Place() as elsewhere:
        tls = own_authority(elsewhere, ("w1", "w2"))
        node = mesh.start("w1", CITUS_CLUSTER_SECRET=None, CITUS_TLS_CA_PATH=str(tls / "ca.crt"),
                          CITUS_TLS_CERT_PATH=str(tls / "w2.crt"), CITUS_TLS_KEY_PATH=str(tls / "w2.key"))
        assert node.wait() == 78
        assert 'is not for "w1"' in node.stderr
