# shellcheck shell=bash
# A coordinator and two workers as local processes under citus-init. To be sourced.
#
# Each node has DIRECTORY/NAME/ with its data, its sockets (run), its log and the pid of its citus-init.

local_scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=postgresql.sh
source "$local_scripts/postgresql.sh"

readonly local_names=(coordinator worker1 worker2)

# The server refuses root, and so do its files another owner: a process of root steps down to postgres.
local_owner() { if ((EUID == 0)); then echo postgres; else id -un; fi; }

local_alive() { [[ -e $1/pid ]] && kill -0 "$(< "$1/pid")" 2> /dev/null; }

# local_citus DIRECTORY: "real" or "stand-in", of the PostgreSQL that the nodes run on.
local_citus() {
    if [[ $(postgresql_citus "$(< "$1/bindir")") ]]; then echo real; else echo stand-in; fi
}

# The PostgreSQL of the nodes: with real Citus, or else a private copy with the stand-in extension.
local_find_postgresql() {
    local directory=$1
    PG_BINDIR=$(postgresql_find) "$local_scripts/../../tests/support/private_postgres.sh" \
        "$directory/postgresql" > "$directory/bindir"
}

local_port_free() { ! (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

local_start_node() {
    local binary=$1 directory=$2 name=$3 port=$4 coordinator_port=$5
    local node=$directory/$name role=worker workers=''
    local_alive "$node" && return
    local_port_free "$port" || { echo "port $port is in use: set CITUS_PORT" >&2; return 1; }
    if [[ $name == coordinator ]]; then
        role=coordinator
        workers=127.0.0.1:$((port + 1)),127.0.0.1:$((port + 2))
    fi
    install -d -o "$(local_owner)" "$node" "$node/run"
    # Its own session: the cluster outlives the shell that started it.
    env --ignore-environment PATH="$PATH" LANG=C.UTF-8 HOME=/ PGDATA="$node/data" \
        CITUS_PG_BINDIR="$(< "$directory/bindir")" CITUS_RUN_DIR="$node/run" \
        POSTGRES_PASSWORD_FILE="$directory/password" \
        CITUS_CLUSTER_SECRET_FILE="$directory/cluster_secret" CITUS_ENABLE=true CITUS_ROLE="$role" \
        CITUS_NODE_HOST=127.0.0.1 CITUS_COORDINATOR_HOST=127.0.0.1 \
        CITUS_COORDINATOR_PORT="$coordinator_port" ${workers:+CITUS_WORKERS="$workers"} \
        setsid "$binary" postgres -p "$port" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories="$node/run" < /dev/null > "$node/log" 2>&1 &
    echo $! > "$node/pid"
    disown
}

local_wait_ready() {
    local binary=$1 node=$2
    CITUS_RUN_DIR=$node/run timeout 150 "$binary" health --wait 120s && return
    echo "$node did not become ready; the end of its log:" >&2
    tail -20 "$node/log" >&2
    return 1
}

# local_start BINARY DIRECTORY PORT: all three nodes, the coordinator on PORT. DIRECTORY/password and cluster_secret are there.
local_start() {
    local binary=$1 directory=$2 port=$3 name index=0
    chmod 755 "$directory"
    chown "$(local_owner)" "$directory/password" "$directory/cluster_secret"
    local_find_postgresql "$directory"
    for name in "${local_names[@]}"; do
        local_start_node "$binary" "$directory" "$name" $((port + index++)) "$port"
    done
    for name in "${local_names[@]}"; do
        local_wait_ready "$binary" "$directory/$name"
    done
}

local_psql() {
    local directory=$1 port=$2
    PGPASSWORD=$(< "$directory/password") "$(< "$directory/bindir")/psql" -X -h 127.0.0.1 -p "$port" \
        -U postgres "${@:3}"
}

local_stop() {
    local directory=$1 name
    for name in "${local_names[@]}"; do
        local_alive "$directory/$name" || continue
        kill "$(< "$directory/$name/pid")"
        timeout 60 tail --pid="$(< "$directory/$name/pid")" -f /dev/null
        rm -f "$directory/$name/pid"
        echo "stopped $name"
    done
}
