#!/bin/sh
# pgBackRest 2.45 (Debian 12): in an encrypted repository `repo-put` stores a file of one's own encrypted with the
# repository's passphrase, and `repo-get` with the same configuration cannot read it.
#
# Guess: repo-get gives the file back, as its help says ("if the repository is encrypted then repo-get will
# automatically decrypt the file").
# Seen: exit 32, "unable to determine cipher passphrase", for every path outside of pgBackRest's own directories
# archive/ and backup/. The passphrase has to be given again, as cipher-pass; a configuration file may not hold it, the
# environment may (PGBACKREST_CIPHER_PASS). With --raw on both sides the file is stored in clear text.
#
# Met in: who keeps a manifest of several stanzas beside them, in the same repository.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download pgbackrest=2.45-1 > /dev/null 2>&1
dpkg-deb -x pgbackrest_*.deb root
mkdir repository lock
cat > pgbackrest.conf << END
[global]
repo1-path=$work/repository
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=secret
lock-path=$work/lock
log-level-file=off
END
run() {
    root/usr/bin/pgbackrest --config="$work/pgbackrest.conf" --log-timestamp=n "$@" 2>&1 && echo 'exit 0' || echo "exit $?"
}
stored=$(echo text | run repo-put own/manifest)
plain=$(run repo-get own/manifest)
given=$(PGBACKREST_CIPHER_PASS=secret run repo-get own/manifest)
in_file=$(cp pgbackrest.conf before; echo 'cipher-pass=secret' >> pgbackrest.conf; run repo-get own/manifest; mv before pgbackrest.conf)
echo "put: $stored"
echo "begins with: $(head -c 8 repository/own/manifest)"
echo "get: $plain"
echo "get with the passphrase in the environment: $given"
echo "get with it in the file: $in_file"
[ "$stored" = 'exit 0' ]
[ "$(head -c 8 repository/own/manifest)" = 'Salted__' ]
[ "$plain" = "ERROR: [032]: unable to determine cipher passphrase for 'own/manifest'
exit 32" ]
[ "$given" = 'text
exit 0' ]
echo "$in_file" | grep -q 'exit 32'
