# shellcheck shell=bash
# Finding a PostgreSQL and what Citus it has. To be sourced.

# postgresql_find: PG_BINDIR, or the newest of Debian's. Prints the directory of `postgres`.
postgresql_find() {
    local directory candidates=(/usr/lib/postgresql/{18,17,16,15,14,13}/bin)
    [[ ${PG_BINDIR:-} ]] && candidates=("$PG_BINDIR")
    for directory in "${candidates[@]}"; do
        [[ -x $directory/postgres ]] && { echo "$directory"; return; }
    done
    echo "no PostgreSQL 13 to 18 in ${PG_BINDIR:-/usr/lib/postgresql}" >&2
    return 1
}

postgresql_major() { "$1/postgres" --version | sed 's/.* \([0-9]*\)[.a-z].*/\1/'; }

# Where extensions' control files are. pg_config is in a development package, so it may be missing.
postgresql_share() {
    local share
    for share in "$("$1/pg_config" --sharedir 2>/dev/null)" "$1/../share" "$1/../share/postgresql" \
        "$1/../../../../share/postgresql/$(postgresql_major "$1")"; do
        [[ -d $share/extension ]] && { realpath "$share"; return; }
    done
    return 1
}

postgresql_library() {
    local library
    for library in "$("$1/pg_config" --pkglibdir 2>/dev/null)" "$1/../lib" "$1/../lib/postgresql"; do
        [[ -e $library/dict_snowball.so ]] && { realpath "$library"; return; }
    done
    return 1
}

# The version of the Citus that this PostgreSQL has, "" if it has none, or the stand-in of the tests.
postgresql_citus() {
    local control
    control=$(postgresql_share "$1")/extension/citus.control
    [[ -e $control ]] && ! grep -q STAND-IN "$control" || return 0
    sed -n "s/^default_version = '\(.*\)'/\1/p" "$control"
}
