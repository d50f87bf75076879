#!/usr/bin/env python3
"""Prints src/render/guc_table_data.inc: what running servers say of their settings.

    tests/support/guc_table.py BINDIR... > src/render/guc_table_data.inc

Each BINDIR is a PostgreSQL, one of each major version from the oldest to the newest without a gap;
the ones that have Citus tell its settings too. A throw-away server is started with each, psql is
the newest of PATH. Run it as a user that PostgreSQL accepts (not root). Facts only: names, types,
units, bounds, the words of an enum (the ones that pg_settings hides are found by trying them), the
built-in default. A line holds for a range of major versions; where a version says otherwise, a
line of its own follows.
"""

import os
import re
import subprocess
import sys
import tempfile

# The new names of settings that were renamed: no server tells them. 18 still takes the old name of
# ssl_groups.
RENAMED = {"force_parallel_mode": "debug_parallel_query", "ssl_ecdh_curve": "ssl_groups"}
# What the build decides, as the packages of the PostgreSQL project have it, whatever the servers at
# hand were built with: defaults, words (and the first version that can have them), and settings
# that a patch of these packages adds to all versions.
BUILD_DEFAULTS = {
    "krb_server_keyfile": "FILE:/etc/postgresql-common/krb5.keytab",
    "unix_socket_directories": "/var/run/postgresql",
}
BUILD_WORDS = {
    "default_toast_compression": {"lz4": 14},
    "wal_compression": {"lz4": 15, "zstd": 15},
    "io_method": {"io_uring": 18},
}
PATCHED_IN = ["extension_destdir"]
# Settings that minor releases of the autumn of 2026 added to every version that was maintained
# then: the servers at hand may be older.
LATE_MINORS = {"composite_type_mismatch": 14, "output_plugin_libraries": 14}
# Words that PostgreSQL and Citus accept for some enums without listing them.
HIDDEN_WORDS = """on off true false yes no 1 0 debug info archive hot_standby minimal default none
    always never task-tracker real-time adaptive fsync_writethrough read committed regress""".split()

HEADER = """// Written by tests/support/guc_table.py from PostgreSQL {majors} and Citus {citus}: do not edit.
// name|first major|last major|type|unit|context|least|most|words,|hidden words,|default|new name
// First and last are 0 for the oldest and the newest of these."""
FACTS = ("kind", "unit", "context", "least", "most", "words", "hidden", "boot")


class Server:
    def __init__(self, bindir):
        self.bindir = bindir
        self.directory = tempfile.TemporaryDirectory(prefix="guc-table-")
        self.data = os.path.join(self.directory.name, "data")
        self.has_citus = os.path.exists(os.path.join(self.library_directory(), "citus.so"))

    def library_directory(self):
        """pkglibdir, for builds that come without pg_config too."""
        pg_config = os.path.join(self.bindir, "pg_config")
        if os.path.exists(pg_config):
            return subprocess.run([pg_config, "--pkglibdir"], check=True, text=True,
                                  stdout=subprocess.PIPE).stdout.strip()
        return os.path.join(self.bindir, "..", "lib", "postgresql")

    def run(self, *command, **options):
        return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, **options).stdout

    def tool(self, name, *arguments):
        return self.run(os.path.join(self.bindir, name), *arguments)

    def __enter__(self):
        self.tool("initdb", "-D", self.data, "-A", "trust", "-N", "-U", "postgres",
                  "--no-locale", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={self.directory.name}"
        if self.has_citus:
            options += " -c shared_preload_libraries=citus"
        self.tool("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.data, "log"), "-o",
                  options, "start")
        if self.has_citus:
            self.query("CREATE EXTENSION citus")
        return self

    def __exit__(self, *_):
        self.tool("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
        self.directory.cleanup()

    def query(self, sql, stop=True):
        output = self.run("psql", "-h", self.directory.name, "-U", "postgres", "-XAtq", "-F",
                          "\x1f", "-v", f"ON_ERROR_STOP={int(stop)}", "-d", "postgres", input=sql)
        return [line.split("\x1f") for line in output.splitlines()]

    def major(self):
        return int(self.query("SHOW server_version_num")[0][0]) // 10000

    def citus_version(self):
        return self.query("SELECT substring(citus_version() from '[0-9.]+')")[0][0]

    def settings(self):
        """By lower-case name: the spelled name and the facts."""
        rows = self.query(
            "SELECT name, vartype, coalesce(unit,''), context, coalesce(min_val,''),"
            " coalesce(max_val,''), coalesce(array_to_string(enumvals,','),''),"
            " replace(coalesce(boot_val,''), E'\\n', ' ') FROM pg_settings"
            " WHERE name NOT LIKE 'plpgsql.%'")
        enums = {row[0]: row[6].split(",") for row in rows if row[1] == "enum"}
        hidden = self.hidden_words({name: words for name, words in enums.items()
                                    if name != "transaction_isolation"})
        found = {}
        for name, kind, unit, context, least, most, words, boot in rows:
            if context == "internal":  # what was measured or built, no default
                least = most = boot = ""
            words = with_build_words(name, words, self.major())
            boot = BUILD_DEFAULTS.get(name, boot)
            found[name.lower()] = (name, (kind, unit, context, least, most, words,
                                          ",".join(hidden.get(name, [])), boot))
        for name in self.hidden_names(set(found)):
            found[name] = (name, ("",) * len(FACTS))
        return found

    def hidden_names(self, known):
        """Names that SHOW knows and pg_settings does not list, looked for in the binaries."""
        candidates = set()
        programs = [(os.path.join(self.bindir, "postgres"), rb"\0([a-z][a-z_]{3,40})(?=\0)")]
        if self.has_citus:
            programs.append((os.path.join(self.library_directory(), "citus.so"),
                             rb"\0(citus\.[a-z0-9_]+)(?=\0)"))
        for path, pattern in programs:
            with open(path, "rb") as binary:
                candidates |= {word.decode() for word in re.findall(pattern, binary.read())}
        words = ",".join(f"'{word}'" for word in sorted(candidates - known))
        return [row[0] for row in self.query(
            f"SELECT n FROM unnest(ARRAY[{words}]) n WHERE current_setting(n, true) IS NOT NULL")]

    def hidden_words(self, enums):
        """For each enum the words that ALTER SYSTEM takes beside the listed ones."""
        tries = [(name, word) for name, listed in enums.items() for word in HIDDEN_WORDS
                 if word not in listed]
        sql = "".join(f"ALTER SYSTEM SET {name} = '{word}';\n"
                      f"SELECT '{name}', '{word}' WHERE :'SQLSTATE' = '00000';\n"
                      for name, word in tries)
        found = {}
        for name, word in self.query(sql, stop=False):
            found.setdefault(name, []).append(word)
        return found


def with_build_words(name, words, major):
    """The words of an enum and those that another build of this version has, behind the first."""
    if name not in BUILD_WORDS or not words:
        return words
    head, *tail = words.split(",")
    more = [word for word, first in BUILD_WORDS[name].items() if major >= first]
    return ",".join([head, *more, *(word for word in tail if word not in more)])


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '\\n"'


def ranges(by_major, majors):
    """The facts of one name, as (first, last, spelled name, facts), equal neighbours as one."""
    found = []
    for major in majors:
        if major not in by_major:
            continue
        name, facts = by_major[major]
        if found and found[-1][1] == major - 1 and found[-1][2:] == (name, facts):
            found[-1] = (found[-1][0], major, name, facts)
        else:
            found.append((major, major, name, facts))
    return found


def spread(by_major, majors, first):
    """Gives the facts that one server has to every version from `first` on."""
    facts = next(iter(by_major.values()))
    by_major.update({major: facts for major in majors if major >= first and major not in by_major})


def lines_of(key, by_major, majors):
    for first, last, name, facts in ranges(by_major, majors):
        yield literal("|".join([name, str(0 if first == majors[0] else first),
                                str(0 if last == majors[-1] else last), *facts,
                                RENAMED.get(key, "")]))


def main():
    by_name = {}
    majors = []
    citus_settings = {}
    citus_versions = []
    for bindir in sys.argv[1:]:
        with Server(bindir) as server:
            major = server.major()
            majors.append(major)
            for key, fact in server.settings().items():
                if key.startswith(("citus.", "columnar.")):
                    citus_settings[key] = fact
                else:
                    by_name.setdefault(key, {})[major] = fact
            if server.has_citus:
                citus_versions.append(server.citus_version())
    if majors != list(range(majors[0], majors[-1] + 1)):
        sys.exit(f"give each major version once and in order, not {majors}")
    # Citus is asked once: its settings stand for every version of PostgreSQL.
    for key, fact in citus_settings.items():
        by_name[key] = {major: fact for major in majors}
    for key in PATCHED_IN:
        spread(by_name[key], majors, majors[0])
    for key, first in LATE_MINORS.items():
        spread(by_name[key], majors, first)
    print(HEADER.format(majors=f"{majors[0]} to {majors[-1]}", citus=", ".join(citus_versions)))
    for key in sorted(by_name):
        print("\n".join(lines_of(key, by_name[key], majors)))


if __name__ == "__main__":
    main()
