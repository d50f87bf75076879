#!/bin/sh
# pgBackRest 2.45 (Debian 12): sessions of a TLS server that was started with --config=FILE do not read FILE.
#
# Guess: what the server is given on its command line holds for what it does for its clients, as with PostgreSQL's -c.
# Seen: FILE counts for the server's own options (address, port, certificates, tls-server-auth). Each session has a
# configuration of its own, of what the client sends and of the default file. A client of a repository whose path stands in
# FILE alone finds another one there, without an error. PGBACKREST_CONFIG in the environment of the server is read by its
# sessions, and so is the file of repo1-host-config, which the client sends.
#
# Met in: containers whose pgbackrest.conf is not in /etc.
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
mkdir -p configured/marked environment/marked
for place in configured environment; do
    cat > $place.conf <<CONF
[global]
repo1-path=$work/$place
lock-path=$work/lock
log-level-file=off
tls-server-address=127.0.0.1
tls-server-port=$port
tls-server-ca-file=$work/ca.crt
tls-server-cert-file=$work/own.crt
tls-server-key-file=$work/own.key
tls-server-auth=client=*
CONF
done
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
serve() {
    "$@" root/usr/bin/pgbackrest --config="$work/configured.conf" --log-level-console=off server > server.log 2>&1 &
    server=$!
    for _ in $(seq 50); do
        root/usr/bin/pgbackrest --config="$work/client.conf" --log-level-console=off --tls-server-port="$port" --io-timeout=5 server-ping 127.0.0.1 > /dev/null 2>&1 && return
        sleep 0.1
    done
}
ask() {
    root/usr/bin/pgbackrest --config="$work/client.conf" --log-timestamp=n "$@" repo-ls "" 2>&1 || true
}
serve env
plain=$(ask)
given=$(ask --repo1-host-config="$work/configured.conf")
kill "$server"; wait "$server" || true
serve env PGBACKREST_CONFIG="$work/environment.conf"
environment=$(ask)
echo "server --config alone: '$plain'; with repo1-host-config: '$given'; PGBACKREST_CONFIG of the server: '$environment'"
[ "$plain" != marked ] && [ "$given" = marked ] && [ "$environment" = marked ]
