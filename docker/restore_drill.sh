#!/usr/bin/env bash
# A restore drill: a cluster of its own is backed up, written to, lost with its volumes, and restored to a point.
#
# A coordinator and two workers (docker/compose.backup.yml) get rows, a full backup, more rows, a restore point, and rows
# after it. Their containers and data volumes are removed, the repository's volume is not. The cluster is restored to the
# point, its rows are compared with those of the point, and it is backed up again. Then all of it is removed.
#
# Usage: docker/restore_drill.sh [--repository-host] [--keep | --remove]
#   --repository-host  the repository's volume is that of a repository host (docker/compose.repository-host.yml)
#   --keep             leaves the cluster up, whatever the drill came to
#   --remove           removes what --keep, or a drill that was killed, has left
# Environment:
#   CITUS_INIT_IMAGE  the nodes' image, with pgBackRest and /backup (default citus-init:backup, which is built by
#                     docker/Dockerfile.backup from the image citus-init)
#   DATA_VOLUME       where that image keeps its data, as for the compose file
# Exit status: 0 the rows are those of the point, 1 they are not or a step failed, 64 usage, 69 no engine or no image.
#
# Everything is in the compose project citus-init-restore-drill: no other container or volume is touched.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/engine.sh
source "$root/docker/scripts/engine.sh"
# shellcheck source=scripts/secrets.sh
source "$root/docker/scripts/secrets.sh"

readonly project=citus-init-restore-drill
readonly state=/var/tmp/$project
readonly nodes=(coordinator worker1 worker2)
readonly point=before-the-loss
keep='' made='' remove='' compose_file=compose.backup.yml

# What the caller's environment, or an .env file, has set for other clusters is not meant for this one.
export CITUS_PORT=0 CITUS_BACKUP_NAME=drill CITUS_BACKUP_RETENTION_FULL=2 CITUS_RESTORE=''
export CITUS_BACKUP_FULL_EVERY=0 CITUS_BACKUP_INCR_EVERY=0 CITUS_RESTORE_POINT_EVERY=0
export POSTGRES_PASSWORD_PATH=$state/postgres_password CLUSTER_SECRET_PATH=$state/cluster_secret
export BACKUP_CIPHER_PATH=$state/backup_cipher
# Compose v1 waits for the engine for a minute by itself, which a busy machine exceeds.
export COMPOSE_HTTP_TIMEOUT=${COMPOSE_HTTP_TIMEOUT:-600}

compose() { engine_compose -p "$project" -f "$root/docker/$compose_file" "$@"; }

step() { printf '\n== %s\n' "$*"; }

fail() {
    printf '\nthe restore drill failed: %s\n' "$*" >&2
    exit 1
}

# run_compose ARGUMENT...: its output is shown where it fails.
run_compose() {
    compose "$@" > "$state/compose.log" 2>&1 && return
    tail -20 "$state/compose.log" >&2
    fail "compose $* did not succeed"
}

# in_node NODE COMMAND... Not by compose, whose v1 takes a second to start.
in_node() {
    docker exec "$(docker ps --quiet --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$1")" "${@:2}"
}

sql() { in_node "$1" psql -XAtq -v ON_ERROR_STOP=1 -U postgres -c "$2"; }

# verb ARGUMENT...: of citus-init, on the coordinator.
verb() {
    echo "\$ citus-init $*"
    in_node coordinator citus-init "$@" || fail "citus-init $* ended with exit $?"
}

# Containers, volumes and networks of the project, one a line.
leftovers() {
    local filter=label=com.docker.compose.project=$project
    docker ps --all --quiet --filter "$filter"
    docker volume ls --quiet --filter "$filter"
    docker network ls --quiet --filter "$filter"
}

remove_all() {
    compose down --volumes --timeout 0 > /dev/null 2>&1 || echo "compose down --volumes of the project $project failed" >&2
    rm -rf "$state"
}

# What an exit for any reason leaves.
finish() {
    local status=$?
    trap - EXIT
    [[ $made ]] || exit "$status"
    if [[ $keep && $(leftovers) ]]; then
        printf '\nThe compose project %s stays. To remove it with its volumes: docker/restore_drill.sh --remove\n' "$project"
    else
        step 'remove the containers, volumes and secrets of the drill'
        remove_all
    fi
    exit "$status"
}

# Before anything is made.
check_surroundings() {
    if ! engine_answers || ! engine_has_compose; then
        echo "$engine_why: a restore drill needs both" >&2
        exit 69
    fi
    if [[ $(leftovers) ]] || ! mkdir -m 700 "$state"; then
        fail "another drill runs, or has left something: see \`docker ps -a\` for $project, or docker/restore_drill.sh --remove"
    fi
    made=1
}

# Each is mounted into the containers, and root's there, too.
make_secrets() {
    local file
    for file in "$POSTGRES_PASSWORD_PATH" "$CLUSTER_SECRET_PATH" "$BACKUP_CIPHER_PATH"; do
        make_secret "$file"
    done
}

build_image() {
    local plain=${CITUS_INIT_PLAIN_IMAGE:-citus-init}
    [[ ! ${CITUS_INIT_IMAGE:-} ]] || return 0
    if ! docker image inspect "$plain" > /dev/null 2>&1; then
        echo "there is no image $plain: docker build --network host -t $plain -f docker/Dockerfile ." >&2
        exit 69
    fi
    step "build the image citus-init:backup, which is $plain with pgBackRest"
    run_compose build coordinator
}

# Until all three nodes are ready and the workers registered.
start_cluster() {
    local node
    run_compose up -d --no-build
    for node in "${nodes[@]}"; do
        in_node "$node" citus-init health --wait 300s > /dev/null && continue
        compose logs --no-color --tail 20 "$node" >&2
        fail "$node did not become ready; the end of its log is above"
    done
    verb health --scope cluster --wait 300s
}

make_tables() {
    local node
    sql coordinator "CREATE TABLE spread (id bigint PRIMARY KEY, written text NOT NULL)"
    sql coordinator "SELECT create_distributed_table('spread', 'id')" > /dev/null
    for node in "${nodes[@]}"; do
        sql "$node" "SET citus.enable_ddl_propagation = off; CREATE TABLE own (written text NOT NULL)"
    done
}

# write WHEN FIRST LAST: rows of these numbers in the distributed table, and one in each node's own table.
write() {
    local node
    sql coordinator "INSERT INTO spread SELECT id, '$1' FROM generate_series($2, $3) AS id"
    for node in "${nodes[@]}"; do
        sql "$node" "INSERT INTO own VALUES ('$1')"
    done
    echo "rows $2 to $3 are written, and one in a table of each node"
}

# All rows that the cluster has, a line for each table and node.
rows() {
    local node
    sql coordinator "SELECT 'distributed: ' || string_agg(rows, ', ') FROM (SELECT count(*) || ' ' || written AS rows
        FROM spread GROUP BY written ORDER BY min(id)) AS counts"
    for node in "${nodes[@]}"; do
        sql "$node" "SELECT '$node: ' || string_agg('1 ' || written, ', ') FROM own"
    done
}

lose_cluster() {
    local node
    run_compose down
    for node in "${nodes[@]}"; do
        docker volume rm "${project}_$node" > /dev/null || fail "the volume ${project}_$node was not removed"
    done
    docker volume inspect "${project}_backup" > /dev/null 2>&1 || fail "the repository's volume ${project}_backup is gone, too"
}

drill() {
    local wanted found begun
    step "start a coordinator and two workers that archive into the volume backup ($compose_file)"
    start_cluster
    make_tables
    write 'before the backup' 1 1000
    step 'back up all groups'
    verb backup --type full
    write 'before the point' 1001 1500
    step "make the restore point $point"
    verb restore-point "$point"
    wanted=$(rows)
    write 'after the point' 1501 1600
    step 'stop and remove the containers and the data volumes, not the volume backup'
    lose_cluster
    step "restore all groups to $point on empty volumes (CITUS_RESTORE=$point)"
    begun=$SECONDS
    CITUS_RESTORE=$point start_cluster
    echo "ready after $((SECONDS - begun)) s"
    step 'compare the rows'
    found=$(rows)
    echo "$found"
    [[ $found == "$wanted" ]] || fail "the rows are not those of the restore point, which were:"$'\n'"$wanted"
    step 'back up the restored cluster, whose timelines are new'
    verb backup --type full
    verb backups
}

for argument; do
    case $argument in
        --repository-host) compose_file=compose.repository-host.yml ;;
        --keep) keep=1 ;;
        --remove) remove=1 ;;
        -h | --help) sed -n '2,/^set/{/^#/s/^# \?//p}' "$0"; exit ;;
        *) echo "unknown argument $argument; see --help" >&2; exit 64 ;;
    esac
done
if [[ $remove ]]; then
    remove_all
    exit
fi

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
check_surroundings
make_secrets
build_image
drill
printf '\nthe restore drill succeeded: the rows of every node are those of %s\n' "$point"
