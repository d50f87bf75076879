#!/usr/bin/env python3
"""Checks docker/monitoring: every metric that its rules and its dashboard name is in docs/metrics.md, every alert has its
paragraph in docs/runbook.md and a test, and promtool has no objection.

Usage: monitoring.py [ROOT]. Exit 1 with each finding on a line, 77 where promtool is not installed.
"""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

METRIC = re.compile(r"\b(?:pg|citus)_[a-z0-9_]+\b")


def expressions(directory):
    """(file, PromQL) of every rule and panel."""
    for line in (directory / "alerts.yml").read_text("utf-8").splitlines():
        if line.strip().startswith("expr: "):
            yield "alerts.yml", line.split("expr: ", 1)[1]
    dashboard = json.loads((directory / "dashboard.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield "dashboard.json", target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield "dashboard.json", variable["definition"]


def findings(root):
    directory = root / "docker/monitoring"
    known = set(re.findall(r"^\| `([a-z0-9_]+)` \|", (root / "docs/metrics.md").read_text("utf-8"), re.MULTILINE))
    for name, expression in expressions(directory):
        for metric in METRIC.findall(re.sub(r'"[^"]*"', "", expression)):
            if metric not in known:
                yield f"docker/monitoring/{name}: {metric} is not in docs/metrics.md"
    alerts = re.findall(r"- alert: (\w+)", (directory / "alerts.yml").read_text("utf-8"))
    paragraphs = re.findall(r"^## (\w+)$", (root / "docs/runbook.md").read_text("utf-8"), re.MULTILINE)
    if alerts != paragraphs:
        yield f"docs/runbook.md: paragraphs and alerts differ: {sorted(set(alerts) ^ set(paragraphs)) or 'their order'}"
    tests = (directory / "alerts_test.yml").read_text("utf-8")
    for alert in alerts:
        if f"alertname: {alert}, exp_alerts: []" not in tests or f"alertname: {alert}\n" not in tests:
            yield f"docker/monitoring/alerts_test.yml: {alert} is not tested both ways"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
    found = list(findings(root))
    print("\n".join(found) or "every metric, alert and paragraph is there")
    if found:
        return 1
    if not shutil.which("promtool"):
        print("promtool is not installed: package prometheus")
        return 77
    for words in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"], ["check", "config", "--syntax-only", "prometheus.yml"]):
        if subprocess.run(["promtool", *words], cwd=root / "docker/monitoring", check=False).returncode != 0:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
