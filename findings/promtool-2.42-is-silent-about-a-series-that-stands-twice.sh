#!/bin/sh
# promtool 2.42 (Debian 12): `promtool check metrics` on an exposition in which a series stands twice.
#
# Guess: it fails, since a server that scrapes that drops one of the two; a linter of expositions would see it first.
# Seen: exit 0 and no word about a series that stands twice with different values, about a family whose lines are torn
# apart by another one, and about a counter below zero. A label that stands twice in one series, and a gauge whose name
# ends with _total, are reported.
#
# Met in: whoever takes a silent `check metrics` for a proof of an exposition of one's own. Compare the series yourself.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download prometheus=2.42.0+ds-5+deb12u1 > /dev/null 2>&1
dpkg-deb -x prometheus_*.deb root
root/usr/bin/promtool --version 2>&1 | head -1 | cut -d' ' -f1-3
check() {
    # shellcheck disable=SC2059
    printf "$1" | root/usr/bin/promtool check metrics 2>&1 && echo 'exit 0' || echo "exit $?"
}
twice=$(check '# HELP a_total What.\n# TYPE a_total counter\na_total{l="1"} 1\na_total{l="1"} 2\n')
torn=$(check '# HELP a What.\n# TYPE a gauge\na 1\n# HELP b What.\n# TYPE b gauge\nb 1\na{l="2"} 3\n')
negative=$(check '# HELP a_total What.\n# TYPE a_total counter\na_total -1\n')
label=$(check '# HELP a What.\n# TYPE a gauge\na{l="1",l="2"} 1\n')
suffix=$(check '# HELP a_total What.\n# TYPE a_total gauge\na_total 1\n')
printf '%s\n' "twice: $twice" "torn: $torn" "negative: $negative" "label twice: $label" "gauge with _total: $suffix"
[ "$twice" = 'exit 0' ]
[ "$torn" = 'exit 0' ]
[ "$negative" = 'exit 0' ]
echo "$label" | grep -q 'duplicate label names'
echo "$suffix" | grep -q 'exit 3'
