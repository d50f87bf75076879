#!/bin/sh
# etcd 3.4.23 (Debian 12): a transaction's comparison of a key's value fails for a key that does not exist, with "!="
# as with "=".
#
# Guess: 'value("k") != "x"' holds for a missing key, as 'version("k") != "3"' and 'mod("k") != "3"' do.
# Seen: the value comparison is false both ways, also with the empty text; those of version, create and mod take the
# key's numbers for 0. So "write unless it is mine already" never writes the first time, unless version("k") = "0" is
# a branch of its own.
#
# Met in: what a leader key is compared with when it has just expired.
set -eu
package=3.4.23-4+b4
work=$(mktemp -d)
etcd=
trap 'if [ "$etcd" ]; then kill "$etcd"; fi; rm -rf "$work"' EXIT
cd "$work"
apt-get -q download "etcd-server=$package" "etcd-client=$package" > /dev/null
for file in *.deb; do dpkg-deb -x "$file" root; done
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
root/usr/bin/etcd --data-dir data --listen-client-urls "http://127.0.0.1:$port" \
    --advertise-client-urls "http://127.0.0.1:$port" --listen-peer-urls http://127.0.0.1:0 > etcd.log 2>&1 &
etcd=$!
until grep -q 'ready to serve client requests' etcd.log; do kill -0 "$etcd"; sleep 0.1; done

compare() {
    printf '%s\n\n\n\n' "$1" | ETCDCTL_API=3 root/usr/bin/etcdctl --endpoints "http://127.0.0.1:$port" txn | head -n 1
}
for comparison in 'value("k") = "x"' 'value("k") != "x"' 'value("k") = ""' 'value("k") != ""' \
    'version("k") != "3"' 'create("k") != "3"' 'mod("k") != "3"' 'version("k") = "0"'; do
    echo "$comparison $(compare "$comparison")"
done > seen
cat seen
diff - seen << 'SEEN'
value("k") = "x" FAILURE
value("k") != "x" FAILURE
value("k") = "" FAILURE
value("k") != "" FAILURE
version("k") != "3" SUCCESS
create("k") != "3" SUCCESS
mod("k") != "3" SUCCESS
version("k") = "0" SUCCESS
SEEN
