#!/bin/sh
# pgBackRest 2.45 (Debian 12): repo-rm of a repository on a TLS host ends with an assertion; repo-put, repo-get and repo-ls of
# the same path work.
#
# Guess: the four commands on a repository's files go the same way, so that what was put from a client can be removed from it.
# Seen: exit 25, an ASSERT that compress-level-network "is not valid for the current command"; the file stays. On the host
# itself repo-rm works.
#
# Met in: files of one's own beside the backups (manifests, marks). Whoever puts them from a database host has to have them
# removed on the repository host.
set -eu
work=$(mktemp -d)
trap 'kill "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
server=''
cd "$work"
apt-get -q download pgbackrest=2.45-1 > /dev/null 2>&1
dpkg-deb -x pgbackrest_*.deb root
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.crt 2> /dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=client -keyout own.key -out own.csr 2> /dev/null
printf 'subjectAltName=DNS:localhost\n' > names
openssl x509 -req -in own.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out own.crt 2> /dev/null
chmod 600 own.key
mkdir repository
cat > server.conf <<CONF
[global]
repo1-path=$work/repository
lock-path=$work/lock
log-level-file=off
tls-server-address=127.0.0.1
tls-server-port=$port
tls-server-ca-file=$work/ca.crt
tls-server-cert-file=$work/own.crt
tls-server-key-file=$work/own.key
tls-server-auth=client=*
CONF
cat > client.conf <<CONF
[global]
lock-path=$work/lock
log-level-file=off
repo1-host=localhost
repo1-host-type=tls
repo1-host-port=$port
repo1-host-ca-file=$work/ca.crt
repo1-host-cert-file=$work/own.crt
repo1-host-key-file=$work/own.key
CONF
run() {
    who=$1
    shift
    root/usr/bin/pgbackrest --config="$work/$who.conf" --log-timestamp=n "$@"
}
PGBACKREST_CONFIG=$work/server.conf root/usr/bin/pgbackrest --config="$work/server.conf" --log-level-console=off server > server.log 2>&1 &
server=$!
for _ in $(seq 50); do
    run client --tls-server-port="$port" --io-timeout=5 server-ping 127.0.0.1 > /dev/null 2>&1 && break
    sleep 0.1
done
echo text | run client repo-put notes/one
[ "$(run client repo-get notes/one)" = text ]
[ "$(run client repo-ls notes)" = one ]
code=0
run client repo-rm notes/one > removed.log 2>&1 || code=$?
grep -a -m1 ASSERT removed.log
echo "repo-rm over TLS: exit $code; the file is $([ -e repository/notes/one ] && echo there || echo gone)"
[ "$code" = 25 ] && [ -e repository/notes/one ]
run server repo-rm notes/one
[ ! -e repository/notes/one ]
