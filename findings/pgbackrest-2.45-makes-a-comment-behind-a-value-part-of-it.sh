#!/bin/sh
# pgBackRest 2.45 (Debian 12): in pgbackrest.conf a "#" begins a comment at the start of a line only.
#
# Guess: as in postgresql.conf, "key = value # why" has a comment, and quotes around a value are not part of it.
# Seen: all of it is the value, "#", the comment and the quotes; only blanks at both ends go away. A repository that is
# made with "repo1-cipher-pass=secret # keep it" is encrypted with that whole text, and whoever later restores with
# "secret" gets "[095]: unable to flush", which names neither the passphrase nor the key.
#
# Met in: who moves a passphrase from a configuration file into a secret's store.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download pgbackrest=2.45-1 > /dev/null 2>&1
dpkg-deb -x pgbackrest_*.deb root
mkdir repository lock
# Stores a file with the value $1 in the configuration, and reads it back with the passphrase $2.
read_back() {
    cat > pgbackrest.conf << END
[global]
repo1-path=$work/repository
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=$1
lock-path=$work/lock
log-level-file=off
END
    rm -f repository/file
    echo text | root/usr/bin/pgbackrest --config="$work/pgbackrest.conf" repo-put file
    PGBACKREST_CIPHER_PASS=$2 root/usr/bin/pgbackrest --config="$work/pgbackrest.conf" --log-timestamp=n repo-get file 2>&1 || true
}
without=$(read_back 'secret # keep it' 'secret')
whole=$(read_back 'secret # keep it' 'secret # keep it')
quoted=$(read_back '"secret"' 'secret')
with_quotes=$(read_back '"secret"' '"secret"')
blanks=$(read_back '  secret  ' 'secret')
printf '%s\n' "comment, without it: $without" "comment, the whole: $whole" "quotes, without: $quoted" \
    "quotes, with them: $with_quotes" "blanks at both ends, without: $blanks"
[ "$without" = 'ERROR: [095]: unable to flush' ]
[ "$whole" = text ]
[ "$quoted" = 'ERROR: [095]: unable to flush' ]
[ "$with_quotes" = text ]
[ "$blanks" = text ]
