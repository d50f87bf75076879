# shellcheck shell=bash
# Making secrets for the compose files. To be sourced.

# make_secret FILE: random, kept from one run to the next.
make_secret() {
    [[ -s $1 ]] || (umask 077; head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' > "$1")
}
