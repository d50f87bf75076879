#!/usr/bin/env bash
# From nothing to a Citus cluster that answers a distributed query, on a fresh Debian 12 machine.
#
# With a Docker engine: builds the image and brings up docker/compose.yml (a coordinator, two workers).
# Without one, or when the base image cannot be had: installs what it needs, builds, and runs the same
# three nodes as local processes under the same supervisor.
#
# Usage: docker/quickstart.sh [--local | --stop]
#   --local  local processes even where there is a Docker engine
#   --stop   stops what an earlier run left up; its data stays
# Environment:
#   BASE_IMAGE            what the image is built on (default citusdata/citus:13.2.0)
#   CITUS_INIT_IMAGE      an image of citus-init to use instead of building one
#   CITUS_PORT            the coordinator's port (default 5432); local workers take the next two
#   CITUS_QUICKSTART_DIR  data of local nodes (default /var/tmp/citus-init-quickstart)
#   PG_BINDIR             the PostgreSQL of local nodes (default: the newest of Debian's)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/packages.sh
source "$root/docker/scripts/packages.sh"
# shellcheck source=scripts/engine.sh
source "$root/docker/scripts/engine.sh"
# shellcheck source=scripts/local_nodes.sh
source "$root/docker/scripts/local_nodes.sh"
# shellcheck source=scripts/secrets.sh
source "$root/docker/scripts/secrets.sh"

export BASE_IMAGE=${BASE_IMAGE:-citusdata/citus:13.2.0}
export CITUS_PORT=${CITUS_PORT:-5432}
readonly state=${CITUS_QUICKSTART_DIR:-/var/tmp/citus-init-quickstart}
readonly project=citus-init-quickstart

compose() { engine_compose -p "$project" -f "$root/docker/compose.yml" "$@"; }

make_secrets() {
    export POSTGRES_PASSWORD_PATH=$state/password CLUSTER_SECRET_PATH=$state/cluster_secret
    mkdir -p "$state"
    make_secret "$POSTGRES_PASSWORD_PATH"
    make_secret "$CLUSTER_SECRET_PATH"
}

# Whether the cluster can be had by compose; $why says why not.
can_use_containers() {
    why='--local was asked for'
    [[ $mode != local ]] || return 1
    if ! engine_answers || ! engine_has_compose; then
        why=$engine_why
        return 1
    fi
    docker image inspect "${CITUS_INIT_IMAGE:-$BASE_IMAGE}" > /dev/null 2>&1 && return
    echo "pulling $BASE_IMAGE"
    timeout 900 docker pull -q "$BASE_IMAGE" && return
    why="the base image $BASE_IMAGE cannot be pulled"
    return 1
}

run_containers() {
    if [[ ${CITUS_INIT_IMAGE:-} ]]; then
        echo "starting the coordinator and two workers of the image $CITUS_INIT_IMAGE"
        compose up -d
        return
    fi
    echo "building the image on $BASE_IMAGE, then starting the coordinator and two workers"
    timeout 3600 docker build -q --network host -f "$root/docker/Dockerfile" \
        --build-arg "BASE_IMAGE=$BASE_IMAGE" \
        --build-arg "COMMIT=$(git -C "$root" rev-parse HEAD 2> /dev/null)" -t citus-init "$root"
    compose up -d
}

# What ninja prints, as a line for each tenth of its steps.
build_progress() {
    awk -F '[][/]' '/^\[[0-9]+\/[0-9]+\]/ && int($2 * 10 / $3) > tenths {
        tenths = int($2 * 10 / $3); printf "  %d of %d\n", $2, $3; fflush() }'
}

container_psql() { compose exec -T -u postgres coordinator psql -X "$@"; }

run_local() {
    echo "$why: the nodes run as local processes"
    packages_install build serve
    local_check_ports "$state" "$CITUS_PORT"
    echo 'building'
    mkdir -p "$root/build"
    (cd "$root" && timeout 3600 cmake --workflow --preset release) 2>&1 | tee "$root/build/quickstart.log" |
        build_progress || { tail -20 "$root/build/quickstart.log"; exit 1; }
    local_start "$root/build/release/citus-init" "$state" "$CITUS_PORT"
}

# ask PSQL_COMMAND...: the cluster's status and a distributed query, by that psql.
ask() {
    local deadline=$((SECONDS + 120))
    until [[ $("$@" -Atc 'SELECT count(*) FROM pg_dist_node WHERE isactive' 2>/dev/null) == 3 ]]; do
        ((SECONDS < deadline)) || { echo 'the workers did not join within two minutes:' >&2; break; }
        sleep 0.5
    done
    echo
    "$@" -v ON_ERROR_STOP=1 < "$root/docker/quickstart.sql"
}

stop_all() {
    local_stop "$state"
    make_secrets
    if engine_answers && engine_has_compose && [[ $(compose ps -q 2> /dev/null) ]]; then
        compose down
    fi
}

mode=''
case ${1:-} in
    '') ;;
    --local) mode=local ;;
    --stop) stop_all; exit ;;
    -h | --help) sed -n '2,/^set/{/^#/s/^# \?//p}' "$0"; exit ;;
    *) echo "unknown argument $1; see --help" >&2; exit 64 ;;
esac

make_secrets
if can_use_containers; then
    run_containers
    ask container_psql
    where="docker containers, project $project"
else
    run_local
    ask local_psql "$state" "$CITUS_PORT"
    where="local processes, data and logs in $state"
    [[ $(local_citus "$state") == real ]] ||
        printf '\n%s\n' 'Citus could not be had here: this was the STAND-IN extension for tests, which distributes nothing.'
fi
echo
echo "The cluster stays up ($where): port $CITUS_PORT on 127.0.0.1, user postgres, password in $state/password."
echo "To stop it: docker/quickstart.sh --stop"
