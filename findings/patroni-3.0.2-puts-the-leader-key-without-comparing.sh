#!/bin/sh
# Patroni 3.0.2 (Debian 12) with etcd 3.4.23: a leader whose lease ran out while it stood still takes the
# leader key back from the member that was promoted meanwhile.
#
# Guess: update_leader() compares, as the first acquisition does (a put with create_revision 0), and returns
# False when another member's name is in the key.
# Seen: it asks for a new lease, puts its own name under it without any condition, and returns True.
# patroni#2693 changed that in 3.0.3.
set -eu
work=$(mktemp -d)
etcd=
trap 'if [ "$etcd" ]; then kill "$etcd"; fi; rm -rf "$work"' EXIT
cd "$work"
apt-get -q download patroni=3.0.2-1 etcd-server=3.4.23-4+b4 python3-etcd=0.4.5-4 python3-urllib3=1.26.12-1+deb12u4 python3-six=1.16.0-4 \
    python3-dateutil=2.8.2-2 python3-dnspython=2.3.0-1+deb12u1 > /dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done

port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
: > etcd.log
root/usr/bin/etcd --data-dir data --listen-client-urls "http://127.0.0.1:$port" \
    --advertise-client-urls "http://127.0.0.1:$port" --listen-peer-urls http://127.0.0.1:0 > etcd.log 2>&1 &
etcd=$!
until grep -q 'ready to serve client requests' etcd.log; do kill -0 "$etcd"; sleep 0.1; done

PYTHONPATH=root/usr/lib/python3/dist-packages /usr/bin/python3 - "$port" <<'PYTHON'
import json
import logging
import os
import sys
import urllib.request

from patroni.dcs.etcd3 import Etcd3
from patroni.version import __version__

logging.disable(logging.CRITICAL)


def member(name):
    return Etcd3({"scope": "demo", "namespace": "/service/", "name": name, "ttl": 30, "retry_timeout": 5,
                  "loop_wait": 1, "hosts": ["127.0.0.1:" + sys.argv[1]]})


frozen, promoted = member("frozen"), member("promoted")
assert frozen.attempt_to_acquire_leader()
frozen.get_cluster()
# What ttl does to a member that stands still.
urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/v3/lease/revoke",
                       json.dumps({"ID": frozen._lease}).encode()).read()
assert promoted.attempt_to_acquire_leader()
assert promoted.get_cluster(force=True).leader.name == "promoted"
answer = frozen.update_leader(None)
leader = promoted.get_cluster(force=True).leader.name
print(f"Patroni {__version__}: update_leader() of the member that stood still: {answer}; the key: {leader}")
sys.stdout.flush()
os._exit(0 if (answer, leader) == (True, "frozen") else 1)
PYTHON
