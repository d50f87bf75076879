#!/bin/sh
# pgBackRest 2.45 (Debian 12): with a passphrase that is not the repository's, `info --output=json` prints bytes of the
# decrypted noise as they are into a JSON string, and exits with 0.
#
# Guess: exit 29 or the like with an error on stderr; or, since info reports per stanza, JSON with a status and an escaped
# message.
# Seen: exit 0, status.code 99, and a message that quotes the first line of the "file": bytes that are no UTF-8, and control
# characters that JSON forbids. Python's and nlohmann's parsers refuse it as a whole, so the code is not to be had either.
# What the noise is depends on the salt: a file of a few bytes seldom shows it, one of some kilobytes always did.
#
# Met in: whoever reads info by a program. Replace what JSON forbids before parsing; status.code says that it failed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download pgbackrest=2.45-1 > /dev/null 2>&1
dpkg-deb -x pgbackrest_*.deb root
configure() {
    printf '[global]\nrepo1-path=%s\nlock-path=%s\nlog-level-file=off\nrepo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=%s\n' \
        "$work/repository$1" "$work/lock" "$2" > pgbackrest.conf
}
run() {
    root/usr/bin/pgbackrest --config="$work/pgbackrest.conf" --log-timestamp=n "$@"
}
refused=0
for number in $(seq 20); do
    configure "$number" right
    # Whatever is in it: with the wrong passphrase nobody gets that far.
    seq 20000 | run repo-put backup/app/backup.info
    configure "$number" wrong
    run --output=json info > info.json
    grep -aq '"code":99' info.json
    python3 -c 'import json, sys; json.loads(open("info.json", "rb").read().decode("utf-8"))' 2> error || refused=$((refused + 1))
done
tail -1 error
echo "refused by the parser: $refused of 20, each with exit 0 and code 99"
[ "$refused" -ge 5 ]
