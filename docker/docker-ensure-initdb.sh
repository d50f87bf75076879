#!/usr/bin/env bash
# docker-ensure-initdb.sh: make the database if there is none, then stop. Under the name
# docker-enforce-initdb.sh: the same, but a database that is there already is an error (exit 1).
case ${0##*/} in
    docker-ensure-initdb.sh) exec citus-init ensure-initdb "$@" ;;
    docker-enforce-initdb.sh) exec citus-init enforce-initdb "$@" ;;
    *)
        printf >&2 'error: unknown name "%s": this is docker-ensure-initdb.sh or docker-enforce-initdb.sh\n' "$0"
        exit 99
        ;;
esac
