#!/usr/bin/env bash
# every_major.sh MAJOR...: the suites `integration` and `citus` with each, one after the other, and what came out in
# docs/compatibility_runs.json. Where PG_BINDIR has a PostgreSQL of that major version it is that one, else npm's.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$(dirname "$here")")
cd "$root/tests" || exit
export CITUS_INIT_BINARY=${CITUS_INIT_BINARY:-$root/build/check/citus-init}
results=$root/build/majors
mkdir -p "$results"
given=${PG_BINDIR:-}
status=0
for major in "$@"; do
    if [[ $given ]] && "$given/postgres" -V | grep -q ") $major\."; then
        PG_BINDIR=$given
    elif ! PG_BINDIR=$("$here/npm_postgresql.sh" "$major"); then
        status=1
        continue
    fi
    export PG_BINDIR
    for suite in ${SUITES:-integration citus}; do
        rm -f "$results/$major-$suite.xml"
        # The quickstart compiles; it has no PostgreSQL of its own.
        timeout 3600 /usr/bin/python3 support/run_suite.py --junitxml="$results/$major-$suite.xml" \
            --ignore=integration/test_quickstart.py -q "$suite" > "$results/$major-$suite.log" 2>&1 || status=1
        echo "PostgreSQL $major, $suite: $(tail -n 1 "$results/$major-$suite.log")"
        # None where the time was up.
        [[ ! -e $results/$major-$suite.xml ]] || support/compatibility.py record "$suite" "$results/$major-$suite.xml"
    done
done
support/compatibility.py page
exit "$status"
