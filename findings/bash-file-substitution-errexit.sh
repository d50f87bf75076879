#!/bin/sh
# bash 5.2.15 (Debian 12): "$(< FILE)" with a missing FILE ends a shell that has errexit, even inside the
# condition of an `if`, where errexit is otherwise ignored and where "$(cat FILE)" only fails.
#
# Guess: both are command substitutions, so both make the condition false.
# Seen: the first ends the shell with status 1 and no further output; the second prints "false".
#
# Met in: a function that asks whether the process of a pid file still runs, called by a script with
# `set -e`. Use `read -r variable < FILE` there.
set -eu
version=5.2.15-2+b13
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download "bash=$version" > /dev/null
dpkg-deb -x bash_*.deb root

ask() {
    "$work/root/bin/bash" -c "
        set -e
        there() { local text; text=$1 || return; }
        if there; then echo true; else echo false; fi
        echo on" 2> /dev/null && echo "status 0" || echo "status $?"
}
# shellcheck disable=SC2016
short=$(ask '$(< /no/such/file)')
# shellcheck disable=SC2016
long=$(ask '$(cat /no/such/file)')
echo "with \$(< FILE): $short"
echo "with \$(cat FILE): $long" | tr '\n' ' '
echo
[ "$short" = 'status 1' ]
[ "$long" = 'false
on
status 0' ]
