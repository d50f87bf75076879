#!/bin/bash
# PostgreSQL 15.20 (Debian 12): a standby that `pg_basebackup -R` has made from a primary that was once restored to a point in
# time promotes itself at the first commit that it receives.
#
# Guess: recovery_target_* ends with the recovery that it was set for. Whoever has standby.signal follows its primary for
# good; and a base backup of the restored primary has nothing to do with the target of that day.
# Seen: the settings stay in postgresql.auto.conf after the recovery, pg_basebackup copies the file, and -R adds
# primary_conninfo to it. The targets hold for a standby too. Any new commit is later than recovery_target_time, so the standby
# logs "recovery stopping before commit of transaction", and does what recovery_target_action says: with promote it is a
# second primary on a timeline of its own, milliseconds after it has started to stream. Without the three lines it stays a standby.
#
# Met in: replicas of a restored server; pgBackRest writes the same lines to the same file. Remove them after a recovery
# (ALTER SYSTEM RESET, or the lines themselves), not at the next base backup.
set -euo pipefail
version=15.20-0+deb12u1
work=$(mktemp -d)
end() {
    for data in primary restored second third; do
        [ ! -e "$work/$data/postmaster.pid" ] || run "$programs/pg_ctl" -D "$work/$data" -m immediate -w stop > /dev/null || true
    done
    rm -rf "$work"
}
programs=$work/root/usr/lib/postgresql/15/bin
user=()
if [ "$(id -u)" = 0 ]; then user=(setpriv --reuid nobody --regid nogroup --clear-groups); fi # PostgreSQL does not run as root
run() { "${user[@]}" env HOME=/tmp LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu" "$@"; }
trap end EXIT
cd "$work"
apt-get -q download "postgresql-15=$version" "postgresql-client-15=$version" "libpq5=$version" > /dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
mkdir archive
chmod 755 .
if [ "$(id -u)" = 0 ]; then chown nobody . archive; fi

declare -A port=([primary]=5481 [restored]=5482 [second]=5483 [third]=5484)
sql() { run "$programs/psql" -XAtq -h "$work" -p "${port[$1]}" -U postgres -d postgres -c "$2"; }
start() {
    run "$programs/pg_ctl" -D "$work/$1" -l "$work/$1.log" -o "-p ${port[$1]} -c archive_mode=${2:-off}" -w start > /dev/null
}
copy() { run "$programs/pg_basebackup" -h "$work" -p "${port[$1]}" -U postgres -D "$work/$2" -c fast "${@:3}"; }
comes() { # DIRECTORY EXPRESSION: within 30 s
    for _ in {1..300}; do
        [ "$(sql "$1" "SELECT $2")" = t ] && return
        sleep 0.1
    done
    return 1
}

run "$programs/initdb" -D primary -N --no-locale -E UTF8 -U postgres > /dev/null 2>&1
run tee -a primary/postgresql.conf > /dev/null << CONF
listen_addresses = ''
unix_socket_directories = '$work'
autovacuum = off
archive_command = 'cp %p $work/archive/%f'
CONF
start primary on
copy primary restored
sql primary 'CREATE TABLE entry (n int)'
sql primary 'INSERT INTO entry VALUES (1)'
target=$(sql primary 'SELECT clock_timestamp()')
sql primary 'INSERT INTO entry VALUES (2)'
file=$(sql primary 'SELECT pg_walfile_name(pg_switch_wal())')
comes primary "last_archived_wal >= '$file' FROM pg_stat_archiver"
run "$programs/pg_ctl" -D primary -m fast -w stop > /dev/null

# The recovery to a point in time: as it ought to be.
run touch restored/recovery.signal
run tee -a restored/postgresql.auto.conf > /dev/null << CONF
restore_command = 'cp $work/archive/%f %p 2> /dev/null'
recovery_target_time = '$target'
recovery_target_action = 'promote'
CONF
start restored
comes restored 'NOT pg_is_in_recovery()'
[ "$(sql restored 'SELECT count(*) FROM entry')" = 1 ]

# Standbys of it: one as it comes, one without the settings of the recovery.
copy restored second -R
copy restored third -R
run sed -i -E '/^(restore_command|recovery_target_)/d' third/postgresql.auto.conf
start second
start third
for standby in second third; do [ "$(sql "$standby" 'SELECT pg_is_in_recovery()')" = t ]; done
sql restored 'INSERT INTO entry VALUES (3)'
comes second 'NOT pg_is_in_recovery()'
comes third '(SELECT max(n) FROM entry) = 3'
grep -o 'recovery stopping before commit of transaction' second.log
grep -o 'selected new timeline ID: [0-9]*' second.log
echo "second: in recovery $(sql second 'SELECT pg_is_in_recovery()'), rows $(sql second 'SELECT count(*) FROM entry')"
echo "third: in recovery $(sql third 'SELECT pg_is_in_recovery()'), rows $(sql third 'SELECT count(*) FROM entry')"
[ "$(sql third 'SELECT pg_is_in_recovery()')" = t ]
[ "$(sql second 'SELECT count(*) FROM entry')" = 1 ]
