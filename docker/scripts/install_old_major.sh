#!/bin/bash
# install_old_major.sh MAJOR [PACKAGE...]
#
# Installs the server of an older major version beside the one that is there, and its version of every
# extension package. The programs that are found by PATH stay those of the newer one.
set -euo pipefail

old=${1:-}
[[ $old =~ ^[0-9]+$ ]] || { echo "--build-arg FROM_MAJOR=NN: which major version is the data of?" >&2; exit 64; }
shift
newest() { printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1; }
bin=$(dirname "$(readlink -f "$(command -v postgres || newest)")")
new=$("$bin/postgres" -V | sed -E 's/.*\) ([0-9]+).*/\1/')
[ "$old" -lt "$new" ] || { echo "FROM_MAJOR=$old: the image has PostgreSQL $new, which is not newer" >&2; exit 64; }

mapfile -t extensions < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "postgresql-$new-*" 2> /dev/null |
    sed -n "s/^installed postgresql-$new-/postgresql-$old-/p" | grep -v -e '-dbgsym$' -e '-jit' || true)
apt-get -q update
DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends \
    "postgresql-$old" "${extensions[@]}" "$@"
rm -rf /var/lib/apt/lists/*
# Debian's package makes a cluster of its own, which nobody wants here.
rm -rf "/var/lib/postgresql/$old" "/etc/postgresql/$old"
libraries=("/usr/lib/postgresql/$old/lib"/*.so)
echo "$("/usr/lib/postgresql/$old/bin/postgres" -V) is beside PostgreSQL $new, with ${#libraries[@]} libraries"
