#!/bin/sh
# Patroni 3.0.2 (Debian 12) with etcd 3.4.23: the time of the last contact with the store (`dcs_last_seen` of
# GET /patroni, the metric patroni_dcs_last_seen) moves on while etcd does not answer.
#
# Guess: it is the time of the last successful answer of etcd, so that its age tells how long etcd was away.
# Seen: get_cluster() sets it, also when it was served from the copy in memory that a watch keeps up to date; the
# watch of a silent etcd ends with TCP's own timeouts only. GET /cluster calls get_cluster() too, so that each
# request to it makes the member look like one that has just reached the store.
# Read in 4.1.4: the same.
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

PYTHONPATH=root/usr/lib/python3/dist-packages /usr/bin/python3 - "$port" "$etcd" <<'PYTHON'
import logging
import os
import signal
import sys
import time

from patroni.dcs.etcd3 import Etcd3
from patroni.version import __version__

logging.disable(logging.CRITICAL)


member = Etcd3({"scope": "demo", "namespace": "/service/", "name": "m1", "ttl": 30, "retry_timeout": 5,
                "loop_wait": 1, "hosts": ["127.0.0.1:" + sys.argv[1]]})
assert member.attempt_to_acquire_leader()
member.get_cluster()
os.kill(int(sys.argv[2]), signal.SIGSTOP)
stopped = time.time()
while time.time() < stopped + 3:
    time.sleep(0.1)
leader = member.get_cluster(True).leader.name
later = member.last_seen > stopped
try:
    member.update_leader(None)
    answer = "an answer"
except Exception as error:
    answer = type(error).__name__
os.kill(int(sys.argv[2]), signal.SIGCONT)
print(f"Patroni {__version__}: etcd is stopped; update_leader(): {answer}; the leader by get_cluster(): {leader}; "
      f"last_seen is later than the stop: {later}")
sys.stdout.flush()
os._exit(0 if later and leader == "m1" and answer != "an answer" else 1)
PYTHON
