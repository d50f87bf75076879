"""A renewed certificate gets to Patroni's REST API, and a reload does not end a Patroni that is starting."""
# pylint: disable=unused-import
import os
import signal
import subprocess

import pytest

from support.member_fixtures import TIMES, fixture_leader, fixture_member, fixture_networks
from support.patroni_member import what_is_missing

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))


def serial_of(pem):
    return subprocess.run(["openssl", "x509", "-noout", "-serial"], input=pem, capture_output=True, text=True,
                          check=False).stdout


def served(member):
    """The serial number of the certificate that Patroni's REST API shows; "" for none."""
    return serial_of(subprocess.run(
        ["ip", "netns", "exec", member.networks.namespace(member.name), "timeout", "5", "openssl", "s_client",
         "-connect", f"{member.networks.address(member.name)}:8008"],
        input="", capture_output=True, text=True, check=False).stdout)


def is_expired(pem):
    return subprocess.run(["openssl", "x509", "-noout", "-checkend", "0"], input=pem, capture_output=True, text=True,
                          check=False).returncode != 0


def test_it_is_served_though_patroni_was_frozen_until_the_old_one_expired(member):
    member.start(**TIMES, CITUS_CERTIFICATE_LIFETIME="30s")
    member.wait_ready()
    # Nobody ends a primary for a Patroni that does not answer.
    done = member.node.inside("patronictl", "-c", str(member.patroni_directory / "patroni.yml"), "pause",
                              member.settings["PATRONI_SCOPE"], "--group", "0", user="postgres", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    member.node.wait_output("Patroni is paused", stream="stderr")
    file = member.patroni_directory / "server.crt"
    before = file.read_text("ascii")
    assert served(member) == serial_of(before)
    pid = member.freeze_patroni()
    member.wait(lambda: file.read_text("ascii") != before and is_expired(before), "the renewal", 60)
    os.kill(pid, signal.SIGCONT)
    member.wait(lambda: served(member) not in ("", serial_of(before)), "the new certificate", 40)


def test_a_reload_does_not_end_a_patroni_that_starts(leader):
    old = leader.patroni()
    os.kill(old, signal.SIGKILL)
    leader.wait(lambda: leader.patroni() not in (None, old), "another Patroni")
    new = leader.patroni()
    for _ in range(3):
        os.kill(leader.node.pid1, signal.SIGHUP)
    leader.wait_leader()
    assert leader.patroni() == new, leader.log()
    assert "signal 1 (SIGHUP)" not in leader.node.stderr
    assert leader.stop() == 0, leader.log()
