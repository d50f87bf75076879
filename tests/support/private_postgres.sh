#!/bin/sh
# private_postgres.sh DIRECTORY
#
# Prints the directory of PostgreSQL programs that tests are to use, and on stderr which Citus that
# is. The PostgreSQL under test ($PG_BINDIR, else Debian's) is used as it is when it has Citus.
# Otherwise a private copy of it is made in DIRECTORY, with the stand-in extension of
# ../citus_stand_in: PostgreSQL finds its files relative to its own place, so the copy keeps the
# layout. The system is never touched. Running it again on the same DIRECTORY is harmless.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 DIRECTORY" >&2; exit 64; }
target=$1
stand_in=$(cd "$(dirname "$0")/../citus_stand_in" && pwd)

newest_debian_bin() {
    for bin in /usr/lib/postgresql/*/bin; do
        [ -x "$bin/postgres" ] && echo "$bin"
    done | sort -V | tail -n 1
}

bin=${PG_BINDIR:-$(newest_debian_bin)}
if [ ! -x "$bin/postgres" ]; then
    echo "no PostgreSQL found: install postgresql-15 or set PG_BINDIR" >&2
    exit 1
fi
# Where this server really is, as it would find out itself.
bin=$(dirname "$(readlink -f "$bin/postgres")")
library=$("$bin/pg_config" --pkglibdir)
share=$("$bin/pg_config" --sharedir)
if [ ! -d "$library" ]; then  # Debian's pg_config names where its package would be; this tree is elsewhere
    root=${bin%/usr/lib/postgresql/*}
    library=$root$library share=$root$share
fi

if [ -e "$library/citus.so" ] && [ -e "$share/extension/citus.control" ] &&
   ! grep -q STAND-IN "$share/extension/citus.control"; then
    version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$share/extension/citus.control")
    echo "citus: real Citus $version" >&2
    echo "$bin"
    exit 0
fi

# The longest leading path that all three have in common stays behind.
common=$bin
while [ "$common" != / ] &&
      { case "$library/" in "$common"/*) false ;; esac || case "$share/" in "$common"/*) false ;; esac; }
do
    common=$(dirname "$common")
done
[ "$common" = / ] && common=
private_bin=$target${bin#"$common"}
private_library=$target${library#"$common"}
private_share=$target${share#"$common"}

if [ ! -e "$target/complete" ]; then
    mkdir -p "$private_bin" "$private_library" "$private_share/extension"
    # Programs as files of their own, since a link would lead them back; the rest as links.
    cp -L "$bin"/* "$private_bin/"
    cp -rs "$library/." "$private_library/"
    cp -rs "$share/." "$private_share/"
    # A build may bring libraries of its own, which its programs find beside themselves.
    for shared in "$(dirname "$bin")"/lib/*.so.*; do
        [ ! -e "$shared" ] || ln -sf "$shared" "$(dirname "$private_bin")/lib/"
    done
    ln -sf plpgsql.so "$private_library/citus.so"
    touch "$target/complete"
fi
"$stand_in/install.sh" "$("$bin/postgres" -V | sed 's/.*(PostgreSQL) \([0-9]*\).*/\1/')" "$private_share/extension"
echo "citus: the stand-in for tests (this PostgreSQL has no Citus)" >&2
echo "$private_bin"
