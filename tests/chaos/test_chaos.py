"""A cluster under random faults and a bank's load: no money is lost or made, and the cluster heals.

CITUS_INIT_CHAOS_SECONDS: how long (60). CITUS_INIT_CHAOS_SEED: which faults. The stand-in has no
distributed transactions: with it the bank is a plain table, and the test is about membership alone.
"""
import os
import random
import signal
import subprocess
import time

import pytest

from support.background import Background
from support.frozen import StoppedByCgroup, StoppedBySignals
from support.mesh import Mesh
from support.pid_namespace import children_of, stat_of, wait_until

pytestmark = pytest.mark.xdist_group(__name__)
SECONDS = int(os.environ.get("CITUS_INIT_CHAOS_SECONDS", "60"))
SEED = int(os.environ.get("CITUS_INIT_CHAOS_SEED", str(random.randrange(10**6))))
WORKERS = ["w1", "w2", "w3"]
ACCOUNTS, BALANCE = 200, 1000
CONVERGENCE = 30

TRANSFER = f"""\\set source random(1, {ACCOUNTS})
\\set target random(1, {ACCOUNTS})
BEGIN;
UPDATE account SET balance = balance - 1 WHERE id = :source;
UPDATE account SET balance = balance + 1 WHERE id = :target;
COMMIT;
"""


class Bank(Background):
    """Transfers between random accounts, by pgbench on the coordinator, started again when it gives up."""

    def __init__(self, mesh):
        super().__init__()
        self.mesh = mesh
        self.script = mesh.places["c"].file("transfer.sql", TRANSFER)

    def step(self):
        # Two clients, a second at a time: a lost connection ends a client, not the load. A row that a
        # prepared transaction holds is locked until Citus recovers that, a minute later.
        try:
            self.mesh.nodes["c"].inside(
                f"{self.mesh.programs}/pgbench", "-n", "-c", "2", "-T", "1", "-f", str(self.script), "-U",
                "postgres", "postgres", check=False, environment={"PGOPTIONS": "-c lock_timeout=3s"})
        except subprocess.TimeoutExpired:
            pass  # the node was frozen or ended below it


class Faults:
    """What can go wrong, each undone again where it does not end by itself."""

    def __init__(self, mesh, chance):
        self.mesh, self.chance, self.told = mesh, chance, []

    def one(self):
        name = self.chance.choice(["c", *WORKERS])
        fault = self.chance.choice([self.kill_agent, self.freeze_agent, self.kill_postmaster, self.kill_init,
                                    self.freeze, self.cut_off, self.lose_names, self.move, self.restart])
        self.told.append(f"{fault.__name__} {name}")
        fault(name)

    def process(self, name, wanted):
        """The host's pid of a process of the node, None where it is not there now."""
        for pid in descendants(self.mesh.nodes[name].process.pid):
            stat = stat_of(pid)
            if stat and wanted(pid, stat[0]):
                return pid
        return None

    def agent(self, name):
        return self.process(name, lambda pid, _: b"\0agent\0" in command_line(pid))

    def postmaster(self, name):
        # PID 1 has its name, too.
        return self.process(name, lambda pid, program: program == "postgres"
                            and stat_of(pid)[2] == self.mesh.nodes[name].pid1)

    def kill(self, pid, number):
        if pid:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill_agent(self, name):
        self.kill(self.agent(name), signal.SIGKILL)

    def freeze_agent(self, name):
        pid = self.agent(name)
        self.kill(pid, signal.SIGSTOP)
        time.sleep(self.chance.uniform(0.5, 2))
        self.kill(pid, signal.SIGCONT)

    def kill_postmaster(self, name):
        self.kill(self.postmaster(name), signal.SIGKILL)

    def kill_init(self, name):
        """As `docker kill`; the engine starts it again."""
        self.mesh.nodes[name].__exit__(None, None, None)
        time.sleep(self.chance.uniform(0, 1))
        self.mesh.start(name)

    def freeze(self, name):
        """As `docker pause` and `docker unpause`."""
        ways = [StoppedBySignals] if StoppedByCgroup.missing else [StoppedBySignals, StoppedByCgroup]
        stop = self.chance.choice(ways)(self.mesh.nodes[name])
        stop.freeze()
        time.sleep(self.chance.uniform(0.5, 8))
        stop.thaw()
        stop.close()

    def restart(self, name):
        self.mesh.nodes[name].stop()
        self.mesh.nodes[name].__exit__(None, None, None)
        self.mesh.start(name)

    def cut_off(self, name):
        """Packets are dropped, and nobody is told."""
        self.mesh.networks.link(name, "down")
        time.sleep(self.chance.uniform(0.5, 3))
        self.mesh.networks.link(name, "up")

    def move(self, name):
        """As a container that was made anew: another address under the same name."""
        self.mesh.networks.move(name)

    def lose_names(self, _):
        self.mesh.networks.forget_names()
        time.sleep(self.chance.uniform(0.5, 2))
        self.mesh.networks.write_names()


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def descendants(pid):
    for child in children_of(pid):
        yield child
        yield from descendants(child)


def open_bank(mesh, is_real):
    distribute = "SELECT create_distributed_table('account', 'id', shard_count => 12)" if is_real else "SELECT 1"
    mesh.sql("c", "CREATE TABLE account (id int PRIMARY KEY, balance bigint)", distribute,
             f"INSERT INTO account SELECT i, {BALANCE} FROM generate_series(1, {ACCOUNTS}) i")


def test_a_cluster_survives_chaos(programs, is_real):
    chance = random.Random(SEED)
    with Mesh(programs, ("c", *WORKERS)) as mesh:
        mesh.start_all()
        open_bank(mesh, is_real)
        before = mesh.sql("c", "SELECT nodename FROM pg_dist_node ORDER BY 1")
        faults = Faults(mesh, chance)
        end = time.monotonic() + SECONDS
        with Bank(mesh):
            while time.monotonic() < end:
                faults.one()
                time.sleep(chance.uniform(0, 1.5))
        said = f"seed {SEED}: {', '.join(faults.told)}"
        print(said)
        try:
            mesh.wait_members(deadline=CONVERGENCE)
            assert mesh.sql("c", "SELECT nodename FROM pg_dist_node ORDER BY 1") == before
            if is_real:
                mesh.sql("c", "SELECT recover_prepared_transactions()")
                for name in ("c", *WORKERS):
                    assert mesh.sql(name, "SELECT count(*) FROM pg_prepared_xacts") == "0", name
            total = wait_until(lambda: number(mesh.sql("c", "SELECT sum(balance) FROM account")), "the bank's total",
                               CONVERGENCE)
            assert total == ACCOUNTS * BALANCE
        except AssertionError as error:
            logs = "".join(f"\n== {name}\n{node.output()[-4000:]}" for name, node in mesh.nodes.items())
            raise AssertionError(f"{said}\n{error}{logs}") from error


def number(text):
    return int(text) if text.isdigit() else None


def test_children_and_names_are_found(programs):
    """The faults above do what they say: a fault that misses its process would prove nothing."""
    with Mesh(programs, ("c", "w1", "w2")) as mesh:
        mesh.start("c")
        mesh.nodes["c"].wait_ready()
        faults = Faults(mesh, random.Random(1))
        assert faults.agent("c")
        first = faults.postmaster("c")
        faults.kill_postmaster("c")
        wait_until(lambda: not stat_of(first), "the postmaster's end")
        mesh.nodes["c"].wait_output("is ready to accept connections", 4)
