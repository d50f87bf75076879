#!/usr/bin/env bash
# other_major.sh FILE...: these pytest files with a major version of PostgreSQL that is not the one under test, so
# that each run meets two. Exit 77 where it cannot be had here.
#
# CITUS_INIT_OTHER_MAJOR says which; default: the newest that npm_postgresql.sh knows.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if ! PG_BINDIR=$("$here/npm_postgresql.sh" "${CITUS_INIT_OTHER_MAJOR:-18}" 2>&1); then
    echo "skipped: $PG_BINDIR"
    exit 77
fi
export PG_BINDIR
"$PG_BINDIR/postgres" -V
exec /usr/bin/python3 "$here/run_suite.py" "$@"
