#!/usr/bin/env python3
"""Prints src/render/guc_table_data.inc: what running servers say of their settings.

    tests/support/guc_table.py BINDIR... > src/render/guc_table_data.inc

Each BINDIR is a PostgreSQL; together they have each major version from the oldest to the newest
without a gap. The ones that have Citus tell its settings too, and only these where the major version
came before; each release of Citus is to be among them once. A throw-away server is started with each,
psql is the newest of PATH. Run it as a user that PostgreSQL accepts (not root). Facts only: names,
types, units, bounds, the words of an enum (the ones that pg_settings hides are found by trying them),
the built-in default. A line holds for a range of versions; where a version says otherwise, a line of
its own follows.
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
# Bounds that are max_connections of the server that was asked.
MOST = {"citus.max_client_connections": "262143"}
BUILD_WORDS = {
    "default_toast_compression": {"lz4": 14},
    "wal_compression": {"lz4": 15, "zstd": 15},
    "io_method": {"io_uring": 18},
}
PATCHED_IN = ["extension_destdir"]
# Settings that minor releases of the autumn of 2026 added to every version that was maintained
# then: the servers at hand may be older.
LATE_MINORS = {"composite_type_mismatch": 14, "output_plugin_libraries": 14}
# Releases of Citus that may not be at hand, and the names that came after the oldest of them, as the
# sources of 11.3.1 and 12.1.12 have them.
CITUS_OLD = (1103, 1201)
CITUS_SINCE = {
    "citus.enable_create_database_propagation": 1302,
    "citus.enable_local_fast_path_query_optimization": 1302,
    "citus.enable_recurring_outer_join_pushdown": 1302,
    "citus.enable_schema_based_sharding": 1201,
    "citus.enable_stat_counters": 1302,
    "citus.rebalancer_by_disk_size_base_cost": 1201,
    "citus.running_under_citus_test_suite": 1201,
    "citus.stat_tenants_untracked_sample_rate": 1201,
    "citus.superuser": 1302,
}
# Words that PostgreSQL and Citus accept for some enums without listing them.
HIDDEN_WORDS = """on off true false yes no 1 0 debug info archive hot_standby minimal default none
    always never task-tracker real-time adaptive fsync_writethrough read committed regress""".split()

HEADER = """// Written by tests/support/guc_table.py from PostgreSQL {majors} and Citus {citus}: do not edit.
// name|first version|last version|type|unit|context|least|most|words,|hidden words,|default|new name
// The versions are those of Citus for its names, 1302 for 13.2. First and last are 0 for the oldest
// and the newest of these."""
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

    def citus_release(self):
        """1302 for 13.2.2."""
        version = self.query("SELECT substring(citus_version() from '[0-9.]+')")[0][0]
        major, minor = version.split(".")[:2]
        return 100 * int(major) + int(minor)

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
            most = MOST.get(name, most)
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


def ranges(by_version, versions):
    """The facts of one name, as (first, last, spelled name, facts), equal neighbours as one."""
    found = []
    before = None
    for version in versions:
        if version in by_version:
            name, facts = by_version[version]
            if found and found[-1][1] == before and found[-1][2:] == (name, facts):
                found[-1] = (found[-1][0], version, name, facts)
            else:
                found.append((version, version, name, facts))
        before = version
    return found


def spread(by_major, majors, first):
    """Gives the facts that one server has to every version from `first` on."""
    facts = next(iter(by_major.values()))
    by_major.update({major: facts for major in majors if major >= first and major not in by_major})


def lines_of(key, by_version, versions):
    for first, last, name, facts in ranges(by_version, versions):
        yield literal("|".join([name, str(0 if first == versions[0] else first),
                                str(0 if last == versions[-1] else last), *facts,
                                RENAMED.get(key, "")]))


def is_of_citus(key):
    return key.startswith(("citus.", "columnar."))


def ask(bindirs):
    """By lower-case name and version: the spelled name and the facts. And the versions."""
    by_name, majors, releases = {}, set(), set()
    for bindir in bindirs:
        with Server(bindir) as server:
            major = server.major()
            release = server.citus_release() if server.has_citus else None
            for key, fact in server.settings().items():
                if is_of_citus(key):
                    if release not in releases:
                        by_name.setdefault(key, {})[release] = fact
                elif major not in majors:
                    by_name.setdefault(key, {})[major] = fact
            majors.add(major)
            releases |= {release} - {None}
    return by_name, sorted(majors), sorted(releases)


def add_old_citus(by_name, releases):
    """The releases that were not asked say what the oldest that was says."""
    oldest = releases[0]
    absent = [release for release in CITUS_OLD if release < oldest]
    for key in filter(is_of_citus, by_name):
        if oldest in by_name[key]:
            by_name[key].update({release: by_name[key][oldest] for release in absent
                                 if release >= CITUS_SINCE.get(key, 0)})
    return absent + releases


def main():
    by_name, majors, releases = ask(sys.argv[1:])
    releases = add_old_citus(by_name, releases)
    if majors != list(range(majors[0], majors[-1] + 1)):
        sys.exit(f"a major version is missing: {majors}")
    for key in PATCHED_IN:
        spread(by_name[key], majors, majors[0])
    for key, first in LATE_MINORS.items():
        spread(by_name[key], majors, first)
    print(HEADER.format(majors=f"{majors[0]} to {majors[-1]}", citus=", ".join(
        f"{release // 100}.{release % 100}" for release in releases)))
    for key in sorted(by_name):
        print("\n".join(lines_of(key, by_name[key], releases if is_of_citus(key) else majors)))


if __name__ == "__main__":
    main()
