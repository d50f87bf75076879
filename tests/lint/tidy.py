#!/usr/bin/env python3
"""clang-tidy over every translation unit of src/, remembering what was clean.

A unit is checked again when it, one of our headers that it reaches, its compile command, .clang-tidy
or clang-tidy itself changed. Usage: tidy.py BUILD_DIRECTORY [JOBS]
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tree

SKIPPED = 77
TIDY = "clang-tidy-14"
OWN_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def reached(path, seen):
    """PATH and every header of ours that it includes, directly or not."""
    if path in seen:
        return seen
    seen.add(path)
    for header in OWN_INCLUDE.findall(path.read_text(encoding="utf-8")):
        for base in (tree.ROOT / "include", tree.ROOT / "src", path.parent):
            if (base / header).is_file():
                reached(base / header, seen)
                break
    return seen


def key_of(entry, common):
    digest = hashlib.sha256(common)
    # Not the directory: the same sources in another clone are as clean.
    digest.update(entry["command"].replace(str(tree.ROOT), "").encode())
    for path in sorted(reached(Path(entry["file"]), set())):
        digest.update(str(path.relative_to(tree.ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def tidy(build, entry, stamp):
    """The findings, "" if there are none (which is then remembered)."""
    result = subprocess.run([TIDY, "--quiet", "-p", str(build), entry["file"]],
                            capture_output=True, text=True, check=False)
    if result.returncode == 0 and not result.stdout.strip():
        stamp.touch()
        return ""
    return result.stdout or result.stderr or f"{entry['file']}: {TIDY} ended with {result.returncode}"


def configuration_problem():
    # A configuration that cannot be parsed is otherwise reported and then ignored.
    result = subprocess.run([TIDY, "--dump-config", str(tree.ROOT / "src/app/main.cpp")],
                            capture_output=True, text=True, check=False, cwd=tree.ROOT)
    return result.stderr if result.returncode or "Error parsing" in result.stderr else ""


def check(build, jobs):
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (tree.ROOT / ".clang-tidy").read_bytes()
    cache = build / "tidy-cache"
    cache.mkdir(exist_ok=True)
    entries = [entry for entry in json.loads((build / "compile_commands.json").read_text())
               if Path(entry["file"]).is_relative_to(tree.ROOT / "src")]
    stale = [(entry, stamp) for entry in entries
             if not (stamp := cache / key_of(entry, common)).exists()]
    print(f"{TIDY}: {len(entries)} units, {len(stale)} to check", flush=True)
    with ThreadPoolExecutor(jobs) as pool:
        findings = list(filter(None, pool.map(lambda one: tidy(build, *one), stale)))
    # A header's finding shows up in every unit that includes it.
    lines = list(dict.fromkeys("\n".join(findings).splitlines()))
    print("\n".join(lines[:200]))
    return bool(findings) or not entries


def main():
    if not shutil.which(TIDY):
        print(f"skipped: {TIDY} is not installed (Debian package of the same name)")
        return SKIPPED
    problem = configuration_problem()
    if problem:
        print(f".clang-tidy: {problem}")
        return 1
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    return 1 if check(Path(sys.argv[1]).resolve(), jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
