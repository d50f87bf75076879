#!/usr/bin/env bash
# older_postgresql.sh: prints the directory of programs of the PostgreSQL of the Debian release before this one
# (13 on Debian 12), unpacked in a cache, for tests of pg_upgrade. The packages come from the mirror that
# this machine has. Its libraries lie in LIBRARIES beside it: LD_LIBRARY_PATH. Exit 1 with a reason where it cannot be had.
set -euo pipefail

suite=bullseye major=13
packages=("postgresql-$major" "postgresql-client-$major" libicu67 libldap-2.4-2 libssl1.1)
cache=${CITUS_INIT_CACHE:-/var/cache/citus-init-tests}/$suite
bin=$cache/usr/lib/postgresql/$major/bin

if [[ ! -e $cache/complete ]]; then
    [[ $(. /etc/os-release && echo "${VERSION_CODENAME:-}") == bookworm ]] || { echo "this is not Debian 12" >&2; exit 1; }
    # shellcheck disable=SC2016  # apt's own, not the shell's
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
    [[ $mirror ]] || { echo "apt has no source for Debian 12" >&2; exit 1; }
    rm -rf "$cache"
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial" "$cache/LIBRARIES"
    echo "deb $mirror $suite main" > "$cache/apt/sources.list"
    options=(-q -o "Dir::Etc::SourceList=$cache/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$cache/apt/lists" -o "Dir::Cache=$cache/apt" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update >&2
    (cd "$cache/apt" && apt-get "${options[@]}" download "${packages[@]}" >&2)
    for package in "$cache"/apt/*.deb; do
        dpkg -x "$package" "$cache"
    done
    find "$cache/usr/lib" -name '*.so.*' -path '*-linux-gnu*' -exec cp -a {} "$cache/LIBRARIES/" \;
    rm -rf "$cache/apt"
    chmod -R a+rX "$cache"
    LD_LIBRARY_PATH=$cache/LIBRARIES "$bin/postgres" -V >&2
    touch "$cache/complete"
fi
echo "$bin"
