"""The texts that `citus-init health` makes of what the agent reports and PID 1 publishes."""
import json
import os
import pathlib
import subprocess
import tempfile

BINARY = os.environ.get("CITUS_INIT_BINARY") or str(
    pathlib.Path(__file__).resolve().parents[2] / "build/dev/citus-init")


def health_of(status):
    """`health -o json` for this content of a state file, as of a process that runs."""
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / "citus-init.json").write_text(
            json.dumps({**status, "pid": os.getpid(), "pid_start": 0}), "utf-8")
        answer = subprocess.run([BINARY, "health", "-o", "json"], capture_output=True, text=True, check=False,
                                env={"PATH": os.environ["PATH"], "CITUS_RUN_DIR": directory}).stdout
    return {**json.loads(answer), "pid": status.get("pid"), "pid_start": status.get("pid_start")}


def read_state(path):
    """The state file with the texts of `health`. Errors as of open() and json.loads()."""
    return health_of(json.loads(pathlib.Path(path).read_text("utf-8")))


def text_of(report):
    """A report of the agent as one text: what `health` would show of it, or the object itself."""
    kind = report["report"]
    if kind in ("warning", "fatal"):
        return report["text"]
    if kind == "membership":
        return health_of({"state": "ready", "condition": {}, "cluster": report})["membership"]
    if kind in ("unfit", "readiness", "own_connection", "handover", "place"):
        if "condition" not in report:
            return ""
        return health_of({"state": "ready", "condition": report["condition"]})["reason"]
    if kind == "peers":
        return ",".join(report["addresses"])
    return json.dumps(report.get(kind, report))


def reports_of(line):
    """(kind, text) of a line that the agent sent; a membership also says whether the node has joined."""
    report = json.loads(line)
    kind = f"fatal {report['code']}" if report["report"] == "fatal" else report["report"]
    joined = [("joined", "yes" if report["joined"] else "no")] if kind == "membership" else []
    return [*joined, (kind, text_of(report))]
