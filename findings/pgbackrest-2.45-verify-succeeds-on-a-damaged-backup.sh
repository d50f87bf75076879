#!/bin/bash
# pgBackRest 2.45 (Debian 12), PostgreSQL 15.20: `verify` of a repository with a damaged backup prints nothing and exits with 0.
#
# Guess: as with pg_verifybackup or a file system's check, the exit code is the result, and what is damaged comes as an error.
# Seen: a file of the backup with other bytes, one that is missing, and a damaged segment of WAL that the backup needs: exit 0
# each time, no line with log-level-console=warn, and "completed successfully" with info. verify has found each of them: it
# reports them at the level info, or on stdout with --output=text ("status: error"), still with exit 0. restore of the same backup
# fails where a file of it is damaged (29) or missing (55).
#
# Met in: a job that runs `pgbackrest verify` each night and concludes from its status that the backups can be restored. Ask for
# --output=text, and read the status from there.
set -euo pipefail
debian=15.20-0+deb12u1
pgbackrest=2.45-1
work=$(mktemp -d)
user=()
if [ "$(id -u)" = 0 ]; then user=(setpriv --reuid nobody --regid nogroup --clear-groups); fi # PostgreSQL does not run as root
run() { "${user[@]}" env HOME=/tmp LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu" "$@"; }
programs=$work/root/usr/lib/postgresql/15/bin
end() {
    [ ! -e "$work/data/postmaster.pid" ] || run "$programs/pg_ctl" -D "$work/data" -m immediate -w stop > /dev/null || true
    rm -rf "$work"
}
trap end EXIT
cd "$work"
apt-get -q download "postgresql-15=$debian" "postgresql-client-15=$debian" "libpq5=$debian" "pgbackrest=$pgbackrest" > /dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
chmod 755 .
if [ "$(id -u)" = 0 ]; then chown nobody .; fi
cat > pgbackrest.conf << CONF
[global]
repo1-path=$work/repository
repo1-retention-full=9
lock-path=$work/lock
spool-path=$work/spool
log-level-file=off
log-level-console=warn
start-fast=y
[app]
pg1-path=$work/data
pg1-port=5489
pg1-socket-path=$work
pg1-user=postgres
CONF
backrest() { run "$work/root/usr/bin/pgbackrest" --config="$work/pgbackrest.conf" --stanza=app --log-timestamp=n "$@"; }
run "$programs/initdb" -D data -N --no-locale -E UTF8 -U postgres > /dev/null 2>&1
run tee -a data/postgresql.conf > /dev/null << CONF
port = 5489
listen_addresses = ''
unix_socket_directories = '$work'
archive_mode = on
archive_command = '$work/root/usr/bin/pgbackrest --config=$work/pgbackrest.conf --stanza=app archive-push %p'
CONF
run "$programs/pg_ctl" -D data -l server.log -w start > /dev/null
backrest stanza-create
backrest --type=full backup
run "$programs/pg_ctl" -D data -m fast -w stop > /dev/null

# verified WHAT: the three ways of asking, with the status that the last one reports
verified() {
    local quiet info text status
    quiet=$(backrest verify 2>&1) && status=0 || status=$?
    info=$(backrest --log-level-console=info verify 2>&1 | grep -o 'completed successfully')
    text=$(backrest --output=text verify | sed -n 's/^status: //p')
    echo "$1: exit $status, \"$quiet\"; $info; status ${text:-(none)}"
}
restored() {
    run mkdir -m 700 restored
    backrest --pg1-path="$work/restored" restore > restore.log 2>&1 && status=0 || status=$?
    echo "restore of it: exit $status"
    run rm -rf restored
}
backup=$(find repository/backup/app -mindepth 1 -maxdepth 1 -type d -name '*F')
file=$(find "$backup/pg_data/base/5" -name 1259.gz)
segment=$(find repository/archive/app/15-1 -name "$(sed -n 's/.*"backup-archive-start":"\([^"]*\)".*/\1/p' repository/backup/app/backup.info)-*")
damage() { printf damaged | run dd of="$1" bs=1 seek=20 conv=notrunc status=none; }
{
    verified 'as it was made'
    run cp "$file" kept && damage "$file"
    verified 'a damaged file'
    restored
    run rm "$file"
    verified 'a missing file'
    restored
    run mv kept "$file" && damage "$segment"
    verified 'a damaged segment'
} | tee seen
diff - seen << 'SEEN'
as it was made: exit 0, ""; completed successfully; status (none)
a damaged file: exit 0, ""; completed successfully; status error
restore of it: exit 29
a missing file: exit 0, ""; completed successfully; status error
restore of it: exit 55
a damaged segment: exit 0, ""; completed successfully; status error
SEEN
