#!/bin/bash
# etcd 3.4.23 (Debian 12): with the election of another leader every lease starts anew with its whole time, and so it does
# with a restart of a single member.
#
# Guess: a lease ends when it was granted to, since it is part of what the members agree on; an election adds what the election
# takes.
# Seen: only the grant is agreed on, the end is the leader's own knowledge. The next one gives each lease its full time again: one
# of 15 s that has 4 s or less left has 14 s or more after the leader was killed, and its key lives that much longer than its
# holder, which may be long dead. If the leader of PostgreSQL and that of etcd die together, as on one host, the others
# wait up to twice the ttl for the key to go.
#
# Met in: the time to a failover, computed from ttl. It holds for the death of a PostgreSQL host alone.
set -euo pipefail
package=3.4.23-4+b4
work=$(mktemp -d)
declare -A member=()
end() {
    for pid in "${member[@]}"; do kill "$pid" 2> /dev/null || true; done
    wait
    rm -rf "$work"
}
trap end EXIT
cd "$work"
apt-get -q download "etcd-server=$package" "etcd-client=$package" > /dev/null 2>&1
for file in *.deb; do dpkg-deb -x "$file" root; done
readarray -t port < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
for one in sockets: print(one.getsockname()[1])')
peers=a=http://127.0.0.1:${port[3]},b=http://127.0.0.1:${port[4]},c=http://127.0.0.1:${port[5]}
declare -A client=([a]=http://127.0.0.1:${port[0]} [b]=http://127.0.0.1:${port[1]} [c]=http://127.0.0.1:${port[2]})
declare -A peer=([a]=http://127.0.0.1:${port[3]} [b]=http://127.0.0.1:${port[4]} [c]=http://127.0.0.1:${port[5]})
for name in a b c; do
    root/usr/bin/etcd --name "$name" --data-dir "data-$name" --initial-cluster "$peers" --initial-cluster-state new \
        --listen-client-urls "${client[$name]}" --advertise-client-urls "${client[$name]}" \
        --listen-peer-urls "${peer[$name]}" --initial-advertise-peer-urls "${peer[$name]}" > "$name.log" 2>&1 &
    member[$name]=$!
done
# ask NAME ARGUMENT...
ask() { ETCDCTL_API=3 root/usr/bin/etcdctl --endpoints "${client[$1]}" "${@:2}" 2> /dev/null; }
leader() { # of the members that run
    for name in "${!member[@]}"; do
        if ask "$name" endpoint status | cut -d, -f5 | grep -q true; then
            echo "$name"
            return
        fi
    done
}
wait_for_leader() {
    for _ in {1..300}; do
        first=$(leader)
        if [ "$first" ] && ask "$first" get nothing; then return; fi
        sleep 0.1
    done
    return 1
}
left() { ask "$1" lease timetolive "$lease" | sed -n 's/.*remaining(\(-\?[0-9]*\)s).*/\1/p'; }

first=''
wait_for_leader
lease=$(ask "$first" lease grant 15 | cut -d' ' -f2)
ask "$first" put --lease="$lease" leader somebody > /dev/null
while [ "$(left "$first")" -gt 4 ]; do sleep 0.2; done
before=$(left "$first")
kill -KILL "${member[$first]}"
wait "${member[$first]}" 2> /dev/null || true
killed=$SECONDS
unset "member[$first]"
wait_for_leader
after=$(left "$first")
elected=$((SECONDS - killed))
while [ "$(ask "$first" get --print-value-only leader)" ]; do sleep 0.2; done
lived=$((SECONDS - killed))
echo "a lease of 15 s: $before s left, $after s left after the election, which took $elected s; the key lived $lived s longer than the leader"
((before <= 4 && after >= 14 && lived >= 14))
