#!/bin/bash
# PgBouncer 1.18.0 (Debian 12) before PostgreSQL 15.20: after a standby was promoted, clients with
# target_session_attrs=read-write are refused for good, and one with target_session_attrs=standby gets the primary.
#
# Guess: PgBouncer passes on what the server reports (in_hot_standby since 14), from the connection that the client gets; at
# the latest new server connections bring the new value.
# Seen: a pool keeps the parameters that its first server connection reported, and sends them to each new client. libpq
# decides by them where the server is of 14 or later, without a query. A restart of the server, RELOAD, and
# PAUSE with RESUME do not change it; RECONNECT does. A query on the same connection, pg_is_in_recovery(), has the right answer.
# The other way round, read-write gets a session of a standby.
#
# Met in: a pooler whose entry keeps its address through a failover (a service, a load balancer), and clients with a list of hosts.
# Send RECONNECT after each change of the leader, or let clients ask SHOW transaction_read_only.
set -euo pipefail
debian=15.20-0+deb12u1
pgbouncer=1.18.0-1+deb12u1
work=$(mktemp -d)
user=()
if [ "$(id -u)" = 0 ]; then user=(setpriv --reuid nobody --regid nogroup --clear-groups); fi # neither runs as root
run() { "${user[@]}" env HOME=/tmp LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu" "$@"; }
programs=$work/root/usr/lib/postgresql/15/bin
pooler=''
end() {
    if [ "$pooler" ]; then kill "$pooler" || true; fi
    wait
    for data in primary standby; do
        [ ! -e "$work/$data/postmaster.pid" ] || run "$programs/pg_ctl" -D "$work/$data" -m immediate -w stop > /dev/null || true
    done
    rm -rf "$work"
}
trap end EXIT
cd "$work"
apt-get -q download "postgresql-15=$debian" "postgresql-client-15=$debian" "libpq5=$debian" "pgbouncer=$pgbouncer" \
    libc-ares2=1.18.1-3 libevent-2.1-7=2.1.12-stable-8+deb12u1 > /dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
chmod 755 .
if [ "$(id -u)" = 0 ]; then chown nobody .; fi

run "$programs/initdb" -D primary -N --no-locale -E UTF8 -U postgres > /dev/null 2>&1
run tee -a primary/postgresql.conf > /dev/null << CONF
listen_addresses = ''
unix_socket_directories = '$work'
CONF
run "$programs/pg_ctl" -D primary -l primary.log -o '-p 5486' -w start > /dev/null
run "$programs/pg_basebackup" -h "$work" -p 5486 -U postgres -D standby -c fast -R
restart() { run "$programs/pg_ctl" -D standby -l standby.log -o '-p 5487' -w -m fast restart > /dev/null 2>&1; }
restart
echo '"postgres" ""' > users
cat > pgbouncer.ini << INI
[databases]
postgres = host=$work port=5487
[pgbouncer]
listen_addr =
listen_port = 6488
unix_socket_dir = $work
auth_type = trust
auth_file = $work/users
admin_users = postgres
INI
# Not by run(), whose process would be a shell's.
"${user[@]}" env LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu" "$work/root/usr/sbin/pgbouncer" pgbouncer.ini > pgbouncer.log 2>&1 &
pooler=$!
for _ in {1..100}; do [ -S .s.PGSQL.6488 ] && break; sleep 0.1; done

ask() { # PORT DATABASE STATEMENT [OPTION]: the answer, or why there is no session
    run "$programs/psql" -XAtc "$3" "host=$work port=$1 user=postgres dbname=$2 ${4:-}" 2>&1 | sed 's/.*failed: //' || true
}
clients() { # WHEN
    for kind in read-write standby; do
        echo "$1, $kind: pg_is_in_recovery() $(ask 6488 postgres 'SELECT pg_is_in_recovery()' "target_session_attrs=$kind")"
    done
}
admin() { [ "$(ask 6488 pgbouncer "$1")" = "$1" ]; }
{
    clients 'standby'
    run "$programs/pg_ctl" -D standby -w promote > /dev/null
    clients 'promoted'
    restart
    clients 'restarted'
    admin RELOAD
    admin PAUSE
    admin RESUME
    clients 'RELOAD, PAUSE and RESUME'
    echo "without the pooler, read-write: $(ask 5487 postgres 'SELECT pg_is_in_recovery()' target_session_attrs=read-write)"
    admin RECONNECT
    for _ in {1..50}; do # until the idle server connection is closed
        [ "$(ask 6488 pgbouncer 'SHOW SERVERS')" ] || break
        sleep 0.1
    done
    clients 'RECONNECT'
    run touch standby/standby.signal
    restart
    clients 'demoted'
} > seen
cat seen
diff - seen << 'SEEN'
standby, read-write: pg_is_in_recovery() session is read-only
standby, standby: pg_is_in_recovery() t
promoted, read-write: pg_is_in_recovery() session is read-only
promoted, standby: pg_is_in_recovery() f
restarted, read-write: pg_is_in_recovery() session is read-only
restarted, standby: pg_is_in_recovery() f
RELOAD, PAUSE and RESUME, read-write: pg_is_in_recovery() session is read-only
RELOAD, PAUSE and RESUME, standby: pg_is_in_recovery() f
without the pooler, read-write: f
RECONNECT, read-write: pg_is_in_recovery() f
RECONNECT, standby: pg_is_in_recovery() server is not in hot standby mode
demoted, read-write: pg_is_in_recovery() t
demoted, standby: pg_is_in_recovery() server is not in hot standby mode
SEEN
