"""What clients notice of a restore point: transfers between shards through every node, at a steady rate."""
import glob
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

NODES = range(3)
# Two shards, mostly of two nodes, in one order: no deadlocks.
TRANSFER = """\\set one random(1, 5000)
\\set other random(5001, 10000)
\\set amount random(-50, 50)
BEGIN;
UPDATE accounts SET balance = balance - :amount WHERE id = :one;
UPDATE accounts SET balance = balance + :amount WHERE id = :other;
COMMIT;
"""
LOG = "pause."


class Load:
    """pgbench on each node until the block ends; its latencies count from when a transaction was due."""

    def __init__(self, cluster, rate, seconds):
        self.cluster, self.rate, self.seconds = cluster, rate, seconds
        self.pool = ThreadPoolExecutor(len(NODES))
        self.runs = []

    def __enter__(self):
        self.runs = [self.pool.submit(self.run, index) for index in NODES]
        return self

    def __exit__(self, *_):
        for run in self.runs:
            done = run.result()
            assert "aborted" not in done.stderr and done.returncode == 0, f"a client failed: {done.stdout}{done.stderr}"
        self.pool.shutdown()

    def run(self, index):
        place = self.cluster.places[index]
        (place.run / "transfer.sql").write_text(TRANSFER)
        return self.cluster.nodes[index].inside(
            f"{self.cluster.programs}/pgbench", "-n", "-c", "4", "-R", str(self.rate), "-T", str(self.seconds), "-l",
            f"--log-prefix=/run/postgresql/{LOG}", "-f", "/run/postgresql/transfer.sql", "-U", "postgres", "-p",
            self.cluster.cluster.port, "app", check=False, user="postgres", timeout=self.seconds + 120)

    def writes(self):
        """(begin, end) of each, seconds since 1970. A line of pgbench: client, number, microseconds, script, end."""
        found = []
        for place in self.cluster.places:
            for name in glob.glob(str(place.run / f"{LOG}*")):
                with open(name, encoding="ascii") as file:
                    for line in file:
                        field = line.split()
                        end = int(field[4]) + int(field[5]) / 1e6
                        found.append((end - int(field[2]) / 1e6, end))
                os.unlink(name)
        return found


def within(writes, windows):
    """Milliseconds of the writes that meet one of the windows, one list a window."""
    return [[(end - begin) * 1000 for begin, end in writes if begin < window[1] and end > window[0]] for window in windows]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def work_without_locks(bench):
    """What a point costs the machine: pgBackRest's questions, a segment of each node archived."""
    bench.verb("backups")
    for index in NODES:
        bench.cluster.sql(index, "SELECT pg_switch_wal()")
    bench.wait_archived()


def timed(action):
    begun = time.time()
    action()
    return begun, time.time()


def measure(bench, points, rate):
    """The writes in the time of each point, of as much work without its locks, and of nothing: a list for each."""
    length = max(end - begun for begun, end in (timed(lambda: bench.verb("restore-point")) for _ in range(2)))
    windows = ([], [], [])
    with Load(bench.cluster, rate, int(points * 4 * length) + 5) as load:
        end = time.time() + load.seconds - 2 * length
        time.sleep(length)  # the connections of all nodes are there
        while len(windows[0]) < points and time.time() < end:
            for found, action in zip(windows, (lambda: bench.verb("restore-point"), lambda: work_without_locks(bench),
                                               lambda: time.sleep(length))):
                found.append(timed(action))
    writes = load.writes()
    print(f"\n{len(windows[0])} points under {len(writes)} writes through 3 nodes, no error; `restore-point` takes "
          f"{statistics.median(end - begun for begun, end in windows[0]):.1f} s\n")
    return [within(writes, found) for found in windows]


def pause(bench, points, rate):
    point, work, nothing = measure(bench, points, rate)
    print("| writes | during a point | during as much work without locks | without | added | budget |\n|---|---|---|---|---|---|")
    rows = [(f"p{share * 100:.0f}", [percentile(sum(found, []), share) for found in (point, work, nothing)]) for share in (0.5, 0.99)]
    rows.append(("the longest of each, median", [statistics.median(max(one) for one in found if one) for found in (point, work, nothing)]))
    for name, values in rows:
        print(f"| {name} | " + " | ".join(f"{value:.0f} ms" for value in values) + f" | {values[0] - values[2]:.0f} ms | "
              f"{'150 ms' if name == 'p99' else ''} |", flush=True)
    print("")
