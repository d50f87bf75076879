# shellcheck shell=bash
# Finding or starting a Docker engine. To be sourced.

engine_pid=''
engine_why=''

# Succeeds when `docker` can reach an engine; otherwise engine_why says why not.
engine_answers() {
    if ! command -v docker > /dev/null; then
        engine_why='docker is not installed (Debian package docker.io)'
        return 1
    fi
    timeout 20 docker version > /dev/null 2>&1 && return
    engine_why='no Docker engine answers'
    return 1
}

# engine_start LOG [DIRECTORY]: uses the engine there is, or starts one that engine_stop ends, with its images in DIRECTORY
# (default: the engine's own).
engine_start() {
    local log=$1 directory=${2-} attempt
    engine_answers && return
    if ((EUID != 0)) || ! command -v dockerd > /dev/null; then
        engine_why+=', and none can be started (needs root and the package docker.io)'
        return 1
    fi
    # Its own session: a terminal's interrupt is not meant for it.
    setsid dockerd ${directory:+--data-root "$directory"} > "$log" 2>&1 &
    engine_pid=$!
    for ((attempt = 0; attempt < 120; ++attempt)); do
        engine_answers && return
        kill -0 "$engine_pid" 2>/dev/null || break
        sleep 0.5
    done
    engine_why="dockerd does not start here: $(grep -E 'level=(error|fatal)|failed to' "$log" | tail -1 | cut -c1-300)"
    engine_stop
    return 1
}

# Ends the engine that engine_start started, if it did.
engine_stop() {
    [[ $engine_pid ]] || return 0
    kill "$engine_pid" 2>/dev/null
    wait "$engine_pid" 2>/dev/null
    engine_pid=''
}

# engine_compose ARGUMENT...: docker compose (v2) or docker-compose (v1), whichever is there.
engine_compose() {
    if docker compose version > /dev/null 2>&1; then
        timeout --foreground 900 docker compose "$@"
    else
        timeout --foreground 900 docker-compose "$@"
    fi
}

engine_has_compose() {
    docker compose version > /dev/null 2>&1 || command -v docker-compose > /dev/null && return
    engine_why='neither docker compose nor docker-compose is installed'
    return 1
}
