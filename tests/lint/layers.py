#!/usr/bin/env python3
"""Keeps the layers: reads the table in src/cmake/layers.cmake and every #include below include/ and src/.

Each folder is a layer, subfolders too. A row may name only rows above it, so no two folders include each other.

Usage: layers.py [ROOT]. Prints each violation as FILE:LINE: what, and what to do; exit 1 if any.
"""
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
ROW = re.compile(r'"([\w/]+):([\w/,]*)"')
THIRD_PARTY_IN_PUBLIC_HEADERS = {"fmt/core.h", "tl/expected.hpp"}
# The C library's headers; those of C++ have no dot in their names.
SYSTEM_HEADER = re.compile(
    r"(sys|linux|netinet|arpa|net)/[\w/]+\.h|"
    r"(dirent|dlfcn|fcntl|grp|netdb|poll|pthread|pwd|sched|signal|spawn|stdlib|string|termios|time|"
    r"unistd)\.h")
# Headers that belong to one place, and why they are kept there.
CONFINED = [
    (re.compile(r"(postgresql/)?libpq-fe\.h|libpq/.*"), re.compile(r"src/libpq/"),
     "only src/libpq speaks libpq; use citus/session.h"),
    (re.compile(r"curl/.*"), re.compile(r"src/http/"), "only src/http speaks HTTP; use http/client.h"),
    (re.compile(r"spdlog/.*"), re.compile(r"src/base/log\.cpp$"),
     "only src/base/log.cpp knows the logging library; use base/log.h"),
]


def read_table(text):
    """{layer: set of layers it may include}, in order; every row may name only rows above it."""
    block = re.search(r"set\(CITUS_INIT_LAYERS(.*?)\)", text, re.DOTALL)
    if not block:
        raise ValueError("src/cmake/layers.cmake: no set(CITUS_INIT_LAYERS ...)")
    table = {}
    for name, allowed in ROW.findall(block.group(1)):
        names = set(filter(None, allowed.split(",")))
        upward = names - table.keys()
        if upward:
            raise ValueError(f"src/cmake/layers.cmake: {name} may include {', '.join(sorted(upward))}, "
                             "which does not stand above it in the table: dependencies point down")
        table[name] = names
    return table


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def layer_problem(layer, header, table, quoted):
    """Why LAYER may not include one of our own headers, or None."""
    parts = header.split("/")
    if ".." in parts or "." in parts:
        return "a path with dots: name the header from include/ or src/"
    is_public = parts[0] == "citus_init"
    target = "/".join(parts[1:-1] if is_public else parts[:-1])
    if not is_public and (not quoted or not target):
        return None
    if not is_public and parts[0] != layer.split("/")[0]:
        return f"the inside of src/{parts[0]}: only its headers in include/ are for others"
    if target not in table:
        return f"no layer named {target} in src/cmake/layers.cmake"
    if target != layer and target not in table[layer]:
        return f"layer {layer} may not include layer {target} (src/cmake/layers.cmake)"
    return None


def problem_of(relative, layer, quoted, header, table):
    for pattern, home, why in CONFINED:
        if pattern.fullmatch(header) and not home.match(relative):
            return why
    own = layer_problem(layer, header, table, quoted)
    if own or header.startswith("citus_init/"):
        return own
    if relative.startswith("include/"):
        if quoted:
            return "a public header may not include what is not public"
        standard = "." not in header or SYSTEM_HEADER.fullmatch(header)
        if not standard and header not in THIRD_PARTY_IN_PUBLIC_HEADERS:
            return "third-party header in include/: keep it in src/"
    return None


def check(root):
    root = Path(root)
    table = read_table((root / "src/cmake/layers.cmake").read_text(encoding="utf-8"))
    problems = []
    for base in ("include/citus_init", "src"):
        for path in sorted((root / base).rglob("*")):
            if path.suffix not in (".h", ".hpp", ".cpp", ".cc"):
                continue
            relative = path.relative_to(root).as_posix()
            layer = path.parent.relative_to(root / base).as_posix()
            layer = "main" if layer == "." else layer
            if layer not in table:
                problems.append(f"{relative}:1: no layer named {layer} in src/cmake/layers.cmake")
                continue
            for number, quoted, header in includes(path):
                problem = problem_of(relative, layer, quoted, header, table)
                if problem:
                    problems.append(f"{relative}:{number}: includes {header}: {problem}")
    return problems


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    try:
        problems = check(root)
    except ValueError as error:
        problems = [str(error)]
    print("\n".join(problems) or "every include points down")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
