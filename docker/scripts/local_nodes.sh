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

# Whether the node's citus-init runs. A zombie has stopped: PID 1 of a container may not reap. The name
# (before exec it is that of a program on the way there) guards against another process that was given
# the pid after a reboot.
local_alive() {
    local pid stat
    # Not "$(< FILE)": where FILE is missing that ends a shell with errexit, here too.
    read -r pid < "$1/pid" && read -r stat < "/proc/$pid/stat" || return
    [[ $stat =~ ^[0-9]+\ \((citus-init|setsid|env|bash)\)\ [^ZX] ]]
} 2> /dev/null

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

# local_check_ports DIRECTORY PORT: the ports of the nodes that are yet to be started, before any is.
local_check_ports() {
    local directory=$1 port=$2 name
    for name in "${local_names[@]}"; do
        if ! local_alive "$directory/$name" && ! local_port_free "$port"; then
            echo "port $port, for $name, is in use: set CITUS_PORT to the first of three free ports" >&2
            return 1
        fi
        ((++port))
    done
}

local_start_node() {
    local binary=$1 directory=$2 name=$3 port=$4 coordinator_port=$5
    local node=$directory/$name role=worker workers=''
    local_alive "$node" && return
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
    local binary=$1 node=$2 deadline=$((SECONDS + 120))
    until CITUS_RUN_DIR=$node/run timeout 10 "$binary" health --wait 2s > "$node/health" 2>&1; do
        if local_alive "$node" && ((SECONDS < deadline)); then
            continue
        fi
        local_alive "$node" && cat "$node/health" >&2 || echo "$node: citus-init has ended" >&2
        echo "the end of $node/log:" >&2
        tail -20 "$node/log" >&2
        return 1
    done
    cat "$node/health"
}

# local_start BINARY DIRECTORY PORT: all three nodes, the coordinator on PORT. DIRECTORY/password and
# cluster_secret are there. Where one does not become ready all are stopped again.
local_start() {
    local binary=$1 directory=$2 port=$3 name index=0
    local_check_ports "$directory" "$port"
    chmod 755 "$directory"
    chown "$(local_owner)" "$directory/password" "$directory/cluster_secret"
    local_find_postgresql "$directory"
    for name in "${local_names[@]}"; do
        local_start_node "$binary" "$directory" "$name" $((port + index++)) "$port"
    done
    for name in "${local_names[@]}"; do
        local_wait_ready "$binary" "$directory/$name" && continue
        local_stop "$directory" >&2
        return 1
    done
}

local_psql() {
    local directory=$1 port=$2
    PGPASSWORD=$(< "$directory/password") "$(< "$directory/bindir")/psql" -X -h 127.0.0.1 -p "$port" \
        -U postgres "${@:3}"
}

# Fails where a node has not ended within a minute; its pid file stays then.
local_stop() {
    local directory=$1 name deadline
    for name in "${local_names[@]}"; do
        local_alive "$directory/$name" || continue
        kill "$(< "$directory/$name/pid")"
        deadline=$((SECONDS + 60))
        while local_alive "$directory/$name"; do
            ((SECONDS < deadline)) || { echo "$name does not end: see $directory/$name/log" >&2; return 1; }
            sleep 0.1
        done
        rm -f "$directory/$name/pid"
        echo "stopped $name"
    done
}
