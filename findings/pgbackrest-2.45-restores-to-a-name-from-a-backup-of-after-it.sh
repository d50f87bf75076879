#!/bin/bash
# pgBackRest 2.45 (Debian 12), PostgreSQL 15: `restore --type=name --target=NAME` takes the latest base backup, whenever the
# restore point was made; with one of after it, the recovery cannot find the point.
#
# Guess: a backup of before the point is chosen, as for --type=time and --type=lsn, or the restore is refused.
# Seen: it restores the later backup, exit 0, without a warning; the server replays all WAL there is, and ends with
# "recovery ended before configured recovery target was reached". With --type=lsn and the point's LSN the earlier backup is
# restored. pgBackRest has no list of names: they are in the WAL only.
#
# Met in: whoever keeps restore points by name. Note with each the latest backup of before it, and restore with --set.
set -euo pipefail
work=$(mktemp -d)
trap '[ ! -e "$work/data/postmaster.pid" ] || stop data; rm -rf "$work"' EXIT
cd "$work"
apt-get -q download pgbackrest=2.45-1 postgresql-15 > /dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
chmod 755 . && chown -R postgres .
programs=$work/root/usr/lib/postgresql/15/bin
run() { setpriv --reuid postgres --regid postgres --init-groups env HOME=/ "$@"; }
pgbackrest() { run "$work/root/usr/bin/pgbackrest" --config="$work/pgbackrest.conf" --stanza=app --log-timestamp=n "$@"; }
sql() { run psql -XAtq -h "$work" -p 5477 -d postgres -c "$1"; }
stop() { run "$programs/pg_ctl" -D "$1" -m fast -w stop > /dev/null; }
printf '[global]\nrepo1-path=%s\nlock-path=%s\nlog-level-file=off\nlog-level-console=info\n[app]\npg1-path=%s\npg1-port=5477\npg1-socket-path=%s\n' \
    "$work/repository" "$work/lock" "$work/data" "$work" > pgbackrest.conf
run "$programs/initdb" -D data -N > /dev/null 2>&1
run sh -c "cat >> data/postgresql.conf" << CONF
port = 5477
listen_addresses = ''
unix_socket_directories = '$work'
fsync = off
archive_mode = on
archive_command = '$work/root/usr/bin/pgbackrest --config=$work/pgbackrest.conf --stanza=app --log-level-console=error archive-push %p'
CONF
run "$programs/pg_ctl" -D data -l server.log -w start > /dev/null
pgbackrest --log-level-console=error stanza-create
pgbackrest --log-level-console=error --repo1-retention-full=9 --type=full backup
lsn=$(sql "SELECT pg_create_restore_point('early')")
sql "SELECT pg_switch_wal()" > /dev/null
pgbackrest --log-level-console=error --repo1-retention-full=9 --type=full backup
stop data
backups=(repository/backup/app/*F)
first=${backups[0]} second=${backups[1]}
restored_from() {
    run rm -rf restored
    pgbackrest --pg1-path="$work/restored" "$@" restore | grep -o 'restore backup set [^ ,]*' | cut -d' ' -f4
}
by_lsn=$(restored_from --type=lsn "--target=$lsn")
by_name=$(restored_from --type=name --target=early)
echo "backups ${first##*/} and, after the point, ${second##*/}: by LSN from $by_lsn, by name from $by_name"
# pg_ctl -w is content as soon as the server lets readers in.
run timeout 60 "$programs/postgres" -D restored > restored.log 2>&1 && status=0 || status=$?
grep -o 'recovery ended before configured recovery target was reached' restored.log
[ "$by_lsn" = "${first##*/}" ] && [ "$by_name" = "${second##*/}" ] && [ "$status" -eq 1 ]
