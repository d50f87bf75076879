#!/bin/sh
# install.sh MAJOR EXTENSION_DIRECTORY
#
# Puts the extension there: in the version of a Citus that this PostgreSQL has (docs/compatibility.md), with an update
# script from the one before it. Its library is plpgsql's (README.md).
set -eu

[ $# -eq 2 ] || { echo "usage: $0 MAJOR EXTENSION_DIRECTORY" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
case $1 in
    13) old=11.2-1 new=11.3-1 ;;
    14) old=11.3-1 new=12.1-1 ;;
    15 | 16 | 17) old=12.1-1 new=13.2-1 ;;
    *) old=13.2-1 new=14.0-1 ;;
esac
as_that_version() { sed "s/^default_version = .*/default_version = '$new'/; s/Citus 13\.2\.2/Citus ${new%-*}.2/" "$here/$1"; }
as_that_version citus.control > "$2/citus.control"
as_that_version citus--12.1-1.sql > "$2/citus--$old.sql"
cp "$here/citus--12.1-1--13.2-1.sql" "$2/citus--$old--$new.sql"
