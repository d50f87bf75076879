#!/usr/bin/env python3
"""clang-tidy over the translation units of src/ that changed since they were last clean.

A unit is checked when it, one of our headers that it reaches, its flags, .clang-tidy or the version of
clang-tidy changed: a digest of all of these. Digests of clean units are kept in the build directory, and
in tidy_clean.txt for fresh clones. --record writes that file, from units that this build directory
knows to be clean. CITUS_INIT_TIDY_ALL=1 (tests/run.sh --nightly) believes neither.

Usage: tidy.py BUILD_DIRECTORY [--record]
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
RECORD = Path(__file__).with_name("tidy_clean.txt")
TIDY = "clang-tidy-14"
# What of a compile command decides how a source is read.
FLAG = re.compile(r"(?<= )(?:-[DUIWfs]|-isystem |-include )\S*")
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
    # Not the directories: the same sources in another clone are as clean.
    digest.update(" ".join(FLAG.findall(entry["command"].replace(str(tree.ROOT), ""))).encode())
    for path in sorted(reached(Path(entry["file"]), set())):
        digest.update(str(path.relative_to(tree.ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def tidy(commands, entry, stamp):
    """The findings, "" if there are none (which is then remembered)."""
    result = subprocess.run([TIDY, "--quiet", "-p", str(commands), entry["file"]],
                            capture_output=True, text=True, check=False)
    if result.returncode == 0 and not result.stdout.strip():
        stamp.touch()
        return ""
    return result.stdout or result.stderr or f"{entry['file']}: {TIDY} ended with {result.returncode}"


def configuration_problem():
    # A configuration that cannot be parsed is otherwise reported and then ignored.
    result = subprocess.run([TIDY, "--dump-config", str(tree.ROOT / "src/main.cpp")],
                            capture_output=True, text=True, check=False, cwd=tree.ROOT)
    return result.stderr if result.returncode or "Error parsing" in result.stderr else ""


def commands_of_units(build):
    """The compile commands of each source alone: BUILD compiles several as one (CMAKE_UNITY_BUILD)."""
    units = build / "units"
    for command in (["cmake", "--preset", "release", "-B", str(units), "-DCMAKE_UNITY_BUILD=OFF"],
                    ["cmake", "--build", str(units), "--target", "citus_init_commit"]):  # a header that is generated
        subprocess.run(command, cwd=tree.ROOT, check=True, stdout=subprocess.DEVNULL)
    return units, [entry for entry in json.loads((units / "compile_commands.json").read_text())
                   if Path(entry["file"]).is_relative_to(tree.ROOT / "src")]


def recorded_keys():
    if os.environ.get("CITUS_INIT_TIDY_ALL") == "1" or not RECORD.exists():
        return set()
    return {line.split()[0] for line in RECORD.read_text().splitlines() if not line.startswith("#")}


def record(entries, common, cache):
    """Writes tidy_clean.txt: one line for each unit that was clean as it is now."""
    known = recorded_keys()
    clean = [(Path(entry["file"]).relative_to(tree.ROOT).as_posix(), key) for entry in entries
             if (key := key_of(entry, common)) in known or (cache / key).exists()]
    RECORD.write_text("# Units that clang-tidy found clean: written by tidy.py --record.\n" +
                      "".join(f"{key} {path}\n" for path, key in sorted(clean)))
    print(f"recorded {len(clean)} of {len(entries)} units")


def check(build, recording):
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True, text=True).stdout
    common = (re.search(r"version (\d+\.\d+)", version).group(1).encode() +
              (tree.ROOT / ".clang-tidy").read_bytes())
    everything = os.environ.get("CITUS_INIT_TIDY_ALL") == "1"
    cache = build / ("tidy-cache-all" if everything else "tidy-cache")
    cache.mkdir(exist_ok=True)
    units, entries = commands_of_units(build)
    known = recorded_keys()
    stale = [(entry, cache / key) for entry in entries
             if (key := key_of(entry, common)) not in known and not (cache / key).exists()]
    print(f"{TIDY}: {len(entries)} units, {len(stale)} to check", flush=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = list(filter(None, pool.map(lambda one: tidy(units, *one), stale)))
    # A header's finding shows up in every unit that includes it.
    lines = list(dict.fromkeys("\n".join(findings).splitlines()))
    print("\n".join(lines[:200]))
    if recording:
        record(entries, common, cache)
    return bool(findings) or not entries


def main():
    if not shutil.which(TIDY):
        print(f"skipped: {TIDY} is not installed (Debian package of the same name)")
        return SKIPPED
    problem = configuration_problem()
    if problem:
        print(f".clang-tidy: {problem}")
        return 1
    return 1 if check(Path(sys.argv[1]).resolve(), "--record" in sys.argv[2:]) else 0


if __name__ == "__main__":
    sys.exit(main())
