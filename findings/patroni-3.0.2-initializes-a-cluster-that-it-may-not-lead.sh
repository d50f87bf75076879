#!/bin/sh
# Patroni 3.0.2 (Debian 12) with etcd 3.4.23 and PostgreSQL 15: a member with the tag nofailover that has a data
# directory of its own, started in a scope without any key, writes `initialize` and then never leads.
#
# Guess: whoever may not lead does not initialise a cluster either. Patroni's bootstrap leaves such members out, so an
# existing data directory would wait for a member that may lead, and the scope would stay free for that one.
# Seen: `initialize` gets the system identifier of this member, its server is started as a standby without a leader,
# and no leader key is ever taken. A member that comes later with data of another cluster ends, one without data waits
# for a leader: the scope is taken by somebody who will never serve it.
set -eu
work=$(mktemp -d)
etcd=
patroni=
end() {
    for pid in $patroni $etcd; do kill "$pid" || :; done
    wait
    rm -rf "$work"
}
trap end EXIT
cd "$work"
apt-get -q download patroni=3.0.2-1 etcd-server=3.4.23-4+b4 etcd-client=3.4.23-4+b4 python3-etcd=0.4.5-4 \
    python3-urllib3=1.26.12-1+deb12u4 python3-six=1.16.0-4 python3-dateutil=2.8.2-2 python3-dnspython=2.3.0-1+deb12u1 \
    python3-psycopg2=2.9.5-1+b1 python3-yaml=6.0-3+b2 python3-click=8.1.3-2 python3-prettytable=3.6.0-1 \
    python3-psutil=5.9.4-1+b1 python3-wcwidth=0.2.5+dfsg1-1.1 \
    postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1 libpq5=15.20-0+deb12u1 > /dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
chown -R nobody . && chmod 711 .
as_nobody="setpriv --reuid=nobody --clear-groups env HOME=$work LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu \
    PYTHONPATH=$work/root/usr/lib/python3/dist-packages"
free_port() { python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
bin=$work/root/usr/lib/postgresql/15/bin
port=$(free_port) rest=$(free_port) server=$(free_port)
: > etcd.log
root/usr/bin/etcd --data-dir data --listen-client-urls "http://127.0.0.1:$port" \
    --advertise-client-urls "http://127.0.0.1:$port" --listen-peer-urls http://127.0.0.1:0 > etcd.log 2>&1 &
etcd=$!
until grep -q 'ready to serve client requests' etcd.log; do kill -0 "$etcd"; sleep 0.1; done

$as_nobody "$bin/initdb" --pgdata="$work/pgdata" --username=postgres --auth=trust --no-sync > initdb.log 2>&1
identifier=$($as_nobody "$bin/pg_controldata" "$work/pgdata" | sed -n 's/^Database system identifier: *//p')
cat > patroni.yml <<YAML
scope: demo
name: m1
etcd3: {hosts: "127.0.0.1:$port"}
restapi: {listen: "127.0.0.1:$rest", connect_address: "127.0.0.1:$rest"}
bootstrap: {dcs: {ttl: 20, loop_wait: 1, retry_timeout: 3}}
tags: {nofailover: true}
postgresql:
  listen: "127.0.0.1:$server"
  connect_address: "127.0.0.1:$server"
  data_dir: $work/pgdata
  bin_dir: $bin
  pgpass: $work/pgpass
  parameters: {unix_socket_directories: "$work"}
  authentication: {superuser: {username: postgres}, replication: {username: postgres}}
YAML
$as_nobody python3 -m patroni patroni.yml > patroni.log 2>&1 &
patroni=$!

value() { ETCDCTL_API=3 root/usr/bin/etcdctl --endpoints "127.0.0.1:$port" get --print-value-only "/service/demo/$1"; }
tries=0
until [ "$(value initialize)" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { tail -5 patroni.log; exit 1; }
    sleep 0.2
done
sleep 25  # more than ttl: whoever could lead would
echo "initialize: $(value initialize) (the member's own: $identifier), leader: \"$(value leader)\"," \
    "in recovery: $($as_nobody "$bin/psql" -h "$work" -p "$server" -U postgres -XAtc 'SELECT pg_is_in_recovery()')"
grep -o 'following a different leader because I am not allowed to promote' patroni.log | tail -1
[ "$(value initialize)" = "$identifier" ] && [ -z "$(value leader)" ]
