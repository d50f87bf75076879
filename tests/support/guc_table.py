#!/usr/bin/env python3
"""Prints src/render/guc_table_data.inc: what a running server says of its settings.

    tests/support/guc_table.py BINDIR > src/render/guc_table_data.inc

BINDIR is a PostgreSQL 15 with the newest supported Citus. A throw-away server is started with it.
Run it as a user that PostgreSQL accepts (not root). Facts only: names, types, units, bounds, the
words of an enum (the ones that pg_settings hides are found by trying them), the built-in default.
"""

import os
import re
import subprocess
import sys
import tempfile

# What other major versions add (name: first version) or no longer have (name: last version). A
# name stands here only when their release notes say so; an unlisted one is left to the server.
ADDED = {
    16: """createrole_self_grant debug_io_direct debug_logical_replication_streaming
        debug_parallel_query enable_presorted_aggregate gss_accept_delegation icu_validation_level
        max_parallel_apply_workers_per_subscription reserved_connections scram_iterations
        send_abort_for_crash send_abort_for_kill vacuum_buffer_usage_limit""",
    17: """allow_alter_system commit_timestamp_buffers enable_group_by_reordering event_triggers
        huge_pages_status io_combine_limit max_notify_queue_pages multixact_member_buffers
        multixact_offset_buffers notify_buffers serializable_buffers subtransaction_buffers
        summarize_wal sync_replication_slots synchronized_standby_slots
        trace_connection_negotiation transaction_buffers transaction_timeout
        wal_summary_keep_time""",
    18: """autovacuum_vacuum_max_threshold autovacuum_worker_slots enable_distinct_reordering
        enable_self_join_elimination extension_control_path file_copy_method
        idle_replication_slot_timeout io_max_combine_limit io_max_concurrency io_method io_workers
        log_lock_failures max_active_replication_origins md5_password_warnings num_os_semaphores
        oauth_validator_libraries ssl_groups ssl_tls13_ciphers track_cost_delay_timing
        vacuum_max_eager_freeze_failure_rate vacuum_truncate""",
}
REMOVED = {
    15: """force_parallel_mode lc_collate lc_ctype promote_trigger_file
        vacuum_defer_cleanup_age""",
    16: "db_user_namespace old_snapshot_threshold trace_recovery_messages",
}
# Words that PostgreSQL and Citus accept for some enums without listing them.
HIDDEN_WORDS = """on off true false yes no 1 0 debug info archive hot_standby minimal default none
    always never task-tracker real-time adaptive fsync_writethrough read committed""".split()

HEADER = """// Written by tests/support/guc_table.py from PostgreSQL {major} and Citus {citus}: do not edit.
// name|type|unit|context|least|most|words,|hidden words,|default|first major|last major"""


class Server:
    def __init__(self, bindir):
        self.bindir = bindir
        self.directory = tempfile.TemporaryDirectory(prefix="guc-table-")
        self.data = os.path.join(self.directory.name, "data")

    def tool(self, name, *arguments, **options):
        return subprocess.run([os.path.join(self.bindir, name), *arguments], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              **options).stdout

    def __enter__(self):
        self.tool("initdb", "-D", self.data, "-A", "trust", "-N", "-U", "postgres")
        options = (f"-c listen_addresses='' -c unix_socket_directories={self.directory.name}"
                   " -c shared_preload_libraries=citus")
        self.tool("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.data, "log"), "-o",
                  options, "start")
        return self

    def __exit__(self, *_):
        self.tool("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
        self.directory.cleanup()

    def query(self, sql, stop=True):
        output = self.tool("psql", "-h", self.directory.name, "-U", "postgres", "-XAtq", "-F", "\x1f",
                           "-v", f"ON_ERROR_STOP={int(stop)}", "-d", "postgres", input=sql)
        return [line.split("\x1f") for line in output.splitlines()]


def hidden_names(server, known):
    """Names that SHOW knows and pg_settings does not list, looked for in the binaries."""
    libdir = subprocess.run([os.path.join(server.bindir, "pg_config"), "--pkglibdir"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout.strip()
    candidates = set()
    for path, pattern in ((os.path.join(server.bindir, "postgres"), rb"\0([a-z][a-z_]{3,40})(?=\0)"),
                          (os.path.join(libdir, "citus.so"), rb"\0(citus\.[a-z0-9_]+)(?=\0)")):
        with open(path, "rb") as binary:
            candidates |= {word.decode() for word in re.findall(pattern, binary.read())}
    words = ",".join(f"'{word}'" for word in sorted(candidates - known))
    return [row[0] for row in server.query(
        f"SELECT n FROM unnest(ARRAY[{words}]) n WHERE current_setting(n, true) IS NOT NULL")]


def hidden_words(server, enums):
    """For each enum the words that ALTER SYSTEM takes beside the listed ones."""
    tries = [(name, word) for name, listed in enums.items() for word in HIDDEN_WORDS
             if word not in listed]
    sql = "".join(f"ALTER SYSTEM SET {name} = '{word}';\n"
                  f"SELECT '{name}', '{word}' WHERE :'SQLSTATE' = '00000';\n" for name, word in tries)
    found = {}
    for name, word in server.query(sql, stop=False):
        found.setdefault(name, []).append(word)
    return found


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '\\n"'


def main():
    with Server(sys.argv[1]) as server:
        server.query("CREATE EXTENSION citus")
        rows = server.query(
            "SELECT name, vartype, coalesce(unit,''), context, coalesce(min_val,''),"
            " coalesce(max_val,''), coalesce(array_to_string(enumvals,','),''),"
            " replace(coalesce(boot_val,''), E'\\n', ' ') FROM pg_settings"
            " WHERE name NOT LIKE 'plpgsql.%'")
        enums = {row[0]: row[6].split(",") for row in rows if row[1] == "enum"}
        hidden = hidden_words(server, {name: words for name, words in enums.items()
                                       if name != "transaction_isolation"})
        names = hidden_names(server, {row[0].lower() for row in rows})
        major = server.query("SHOW server_version")[0][0].split(".")[0]
        citus = server.query("SELECT substring(citus_version() from '[0-9.]+')")[0][0]
    first = {name: version for version, text in ADDED.items() for name in text.split()}
    last = {name: version for version, text in REMOVED.items() for name in text.split()}
    lines = {}
    for name, kind, unit, context, least, most, words, boot in rows:
        lines[name.lower()] = [name, kind, unit, context, least, most, words,
                               ",".join(hidden.get(name, [])), boot]
    for name in names + list(first):
        lines.setdefault(name, [name, "", "", "", "", "", "", "", ""])
    print(HEADER.format(major=major, citus=citus))
    rows = [literal("|".join([*lines[key], str(first.get(key, 0)), str(last.get(key, 0))]))
            for key in sorted(lines)]
    print("\n".join(rows))


if __name__ == "__main__":
    main()
