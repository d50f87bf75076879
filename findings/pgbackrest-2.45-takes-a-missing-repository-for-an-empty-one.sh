#!/bin/sh
# pgBackRest 2.45 (Debian 12): commands that read answer "nothing is there", with exit 0, where the directory of a posix
# repository does not exist, as it is with a volume that was not mounted.
#
# Guess: an error that names the directory, and an exit code that a cron job or a probe notices.
# Seen: info prints "No stanzas exist in the repository." (JSON: []), info of one stanza has status code 1, repo-ls shows
# an empty directory and its JSON even a path ".", verify of a stanza prints nothing; each of them exits with 0. repo-get
# (55) and expire (104) do fail.
#
# Met in: who lists backups, or asks whether a restore is possible. Ask for the stanza that must be there, and read
# status.code, not the exit code.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download pgbackrest=2.45-1 > /dev/null 2>&1
dpkg-deb -x pgbackrest_*.deb root
printf '[global]\nrepo1-path=%s\nlock-path=%s\nlog-level-file=off\n' "$work/not-mounted" "$work/lock" > pgbackrest.conf
run() {
    root/usr/bin/pgbackrest --config="$work/pgbackrest.conf" --log-timestamp=n "$@" 2>&1 && echo ' exit 0' || echo " exit $?"
}
info=$(run info)
info_json=$(run --output=json info)
of_stanza=$(run --stanza=app --output=json info)
files=$(run --output=json repo-ls)
verify=$(run --stanza=app verify)
get=$(run repo-get file)
printf '%s\n' "info: $info" "info as JSON: $info_json" "info of a stanza: $of_stanza" "repo-ls: $files" "verify: $verify" \
    "repo-get: $get" | sed "s#$work#DIRECTORY#g"
[ ! -e not-mounted ]
[ "$info" = 'No stanzas exist in the repository.
 exit 0' ]
[ "$info_json" = '[] exit 0' ]
echo "$of_stanza" | grep -q '"code":1,.*"message":"missing stanza path".* exit 0$'
[ "$files" = '{".":{"type":"path"}}
 exit 0' ]
[ "$verify" = ' exit 0' ]
echo "$get" | grep -q ' exit 55$'
