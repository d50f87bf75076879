#!/bin/bash
# etcd 3.4.23 (Debian 12): the JSON gateway (/v3/...) passes over fields that it does not know, and answers 200. What is left out
# that way has its default: no comparison, no lease, an empty value.
#
# Guess: a field that is not in the message is refused, as is base64 that is none or an enum's word that does not exist (400
# for both); at worst one learns it from the next answer.
# Seen: {"compares": [...], "success": [...]} is a transaction without a condition: "succeeded": true, and the key of another
# is overwritten. {"leaseID": ...} puts a key that never ends, {"val": ...} one with the empty text, {"Ttl": 60} grants a lease
# of 2 s. Both spellings that it knows, request_put and requestPut, count. A keepalive of a lease that is not there is a 200 as
# well: the answer lacks TTL, where a revocation is refused with 404.
#
# Met in: clients that speak to the gateway by hand. Test each field by what it prevents; read "TTL" of a keepalive, not the status.
set -euo pipefail
package=3.4.23-4+b4
work=$(mktemp -d)
etcd=''
trap 'if [ "$etcd" ]; then kill "$etcd"; fi; rm -rf "$work"' EXIT
cd "$work"
apt-get -q download "etcd-server=$package" > /dev/null 2>&1
dpkg-deb -x etcd-server_*.deb root
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
: > etcd.log
root/usr/bin/etcd --data-dir data --listen-client-urls "http://127.0.0.1:$port" \
    --advertise-client-urls "http://127.0.0.1:$port" --listen-peer-urls http://127.0.0.1:0 > etcd.log 2>&1 &
etcd=$!
until grep -q 'ready to serve client requests' etcd.log; do kill -0 "$etcd"; sleep 0.1; done

python3 - "$port" << 'PYTHON' | tee seen
import base64
import json
import sys
import urllib.error
import urllib.request


def text(value):
    return base64.b64encode(value.encode()).decode()


def ask(path, **message):
    request = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/v3/{path}", json.dumps(message).encode())
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, {}


def stored():
    return ask("kv/range", key=text("leader"))[1]["kvs"][0]


def transaction(field, put, value):
    is_mine = [{"key": text("leader"), "target": "VALUE", "value": text("me")}]
    message = {field: is_mine, "success": [{put: {"key": text("leader"), "value": text(value)}}]}
    status, answer = ask("kv/txn", **message)
    value = base64.b64decode(stored().get("value", "")).decode()
    print(f"{field}, {put}: {status}, succeeded {answer.get('succeeded', False)}, the key has '{value}'")


ask("kv/put", key=text("leader"), value=text("somebody"))
transaction("compare", "request_put", "I")
transaction("compare", "requestPut", "I")
transaction("compares", "requestPut", "I")

lease = ask("lease/grant", TTL=60)[1]["ID"]
for field in "lease", "leaseID":
    status, _ = ask("kv/put", key=text("leader"), value=text("me"), **{field: lease})
    print(f"put with {field}: {status}, has a lease: {'lease' in stored()}")
status, _ = ask("kv/put", key=text("leader"), val=text("me"))
print(f"put with val: {status}, has a value: {'value' in stored()}")
status, answer = ask("lease/grant", Ttl=60)
print(f"grant with Ttl: {status}, TTL {answer['TTL']}")
print(f"base64 that is none: {ask('kv/put', key='?')[0]}")
print(f"a sort order that is none: {ask('kv/range', key=text('leader'), sort_order='SIDEWAYS')[0]}")
status, answer = ask("lease/keepalive", ID="777")
print(f"keepalive of no lease: {status}, has TTL: {'TTL' in answer['result']}, has error: {'error' in answer}")
print(f"revocation of no lease: {ask('lease/revoke', ID='777')[0]}")
PYTHON
diff - seen << 'SEEN'
compare, request_put: 200, succeeded False, the key has 'somebody'
compare, requestPut: 200, succeeded False, the key has 'somebody'
compares, requestPut: 200, succeeded True, the key has 'I'
put with lease: 200, has a lease: True
put with leaseID: 200, has a lease: False
put with val: 200, has a value: False
grant with Ttl: 200, TTL 2
base64 that is none: 400
a sort order that is none: 400
keepalive of no lease: 200, has TTL: False, has error: False
revocation of no lease: 404
SEEN
