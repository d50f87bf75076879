"""The collector of metrics as a program of its own, and what it exposes."""
import os
import pathlib
import re
import subprocess
import threading

from support.pid_namespace import wait_until

PROGRAM = str(pathlib.Path(os.environ.get("CITUS_INIT_BINARY", pathlib.Path(__file__).resolve().parents[2] /
                                          "build/dev/citus-init")).parent / "tests/collect_metrics")
OPENMETRICS = "application/openmetrics-text;version=1.0.0"
SERIES = re.compile(r"^([a-z_]+)(\{.*\})? (\S+)$")


def parse(text):
    """{series: value}, a series as it is written: name{label="value"}."""
    series = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = SERIES.match(line).groups()
            assert name + (labels or "") not in series, f"twice: {line}"
            series[name + (labels or "")] = float(value)
    return series


def types_of(text):
    """{name: type} of the text format."""
    return dict(line.split()[2:4] for line in text.splitlines() if line.startswith("# TYPE "))


class Collector:
    """Runs until the end of the context."""

    def __init__(self, directory, port, database="app", interval_ms=300, citus=True, tables=False):
        self.errors = open(os.path.join(directory, "collect_metrics.err"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [PROGRAM, directory, str(port), database, "postgres", str(interval_ms), *(["citus"] if citus else []),
             *(["tables"] if tables else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.asking = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()
        with self.errors:
            self.errors.seek(0)
            assert self.errors.read() == "", "the collector complained"
        assert self.process.returncode == 0

    def answer(self, accept=""):
        """Content-Type and body."""
        with self.asking:
            self.process.stdin.write(accept + "\n")
            self.process.stdin.flush()
            lines = []
            while (line := self.process.stdout.readline()) != "# END\n":
                assert line, "the collector ended"
                lines.append(line)
        return lines[0].strip(), "".join(lines[1:])

    def series(self):
        return parse(self.answer()[1])

    def wait_for(self, condition, what, deadline=60):
        """The series, once `condition` holds for them."""
        seen = {}

        def holds():
            seen.clear()
            seen.update(self.series())
            return condition(seen)

        wait_until(holds, lambda: f"{what}: {seen}", deadline)
        return dict(seen)

    def wait_for_passes(self, count, deadline=60):
        """Until so many more have begun and ended."""
        name = "citus_init_collection_passes_total"
        begin = self.series()[name]
        return self.wait_for(lambda series: series[name] >= begin + count + 1, f"{count} passes", deadline)


def errors_in(series):
    return [name for name in series if name.startswith("citus_init_collection_error")]
