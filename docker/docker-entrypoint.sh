#!/usr/bin/env bash
# The official image's name for the entrypoint. Executed, it is citus-init; sourced, it defines the
# functions of the original (docker_process_sql, docker_temp_server_start, ...) for derived images.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    exec citus-init run "$@"
fi
# A failure must not pass for an empty library, so not in one step.
_citus_init_library=$(citus-init entrypoint-library) || exit
eval "$_citus_init_library"
unset _citus_init_library
