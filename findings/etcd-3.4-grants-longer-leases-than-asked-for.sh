#!/bin/sh
# etcd 3.4.23 (Debian 12): no lease is shorter than one and a half election timeouts, whoever asks, and without a
# warning.
#
# Guess: a lease of 5 s ends 5 s after its holder has died.
# Seen: with --election-timeout 10000, as one sets it for members in several regions, a lease of 5 s is granted with 15 s;
# with the default of 1000 one of 1 s with 2 s. A longer one is granted as asked for. The client learns it from the
# answer alone.
#
# Met in: the time after which another takes over, computed from the time that was configured.
set -eu
package=3.4.23-4+b4
work=$(mktemp -d)
etcd=
trap 'if [ "$etcd" ]; then kill "$etcd"; fi; rm -rf "$work"' EXIT
cd "$work"
apt-get -q download "etcd-server=$package" "etcd-client=$package" > /dev/null
for file in *.deb; do dpkg-deb -x "$file" root; done

granted() { # HEARTBEAT ELECTION SECONDS...
    port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    root/usr/bin/etcd --data-dir "data-$2" --heartbeat-interval "$1" --election-timeout "$2" \
        --listen-client-urls "http://127.0.0.1:$port" --advertise-client-urls "http://127.0.0.1:$port" \
        --listen-peer-urls http://127.0.0.1:0 > "etcd-$2.log" 2>&1 &
    etcd=$!
    until grep -q 'ready to serve client requests' "etcd-$2.log"; do kill -0 "$etcd"; sleep 0.1; done
    election=$2
    shift 2
    for seconds; do
        ETCDCTL_API=3 root/usr/bin/etcdctl --endpoints "http://127.0.0.1:$port" lease grant "$seconds" |
            sed "s/.*TTL(\(.*\)s)/election timeout $election ms: asked for $seconds s, granted \1 s/"
    done
    kill "$etcd"
    wait "$etcd" || :
    etcd=
}
{ granted 100 1000 1 2 5; granted 1000 10000 5 15 20; } > seen
cat seen
diff - seen << 'SEEN'
election timeout 1000 ms: asked for 1 s, granted 2 s
election timeout 1000 ms: asked for 2 s, granted 2 s
election timeout 1000 ms: asked for 5 s, granted 5 s
election timeout 10000 ms: asked for 5 s, granted 15 s
election timeout 10000 ms: asked for 15 s, granted 15 s
election timeout 10000 ms: asked for 20 s, granted 20 s
SEEN
