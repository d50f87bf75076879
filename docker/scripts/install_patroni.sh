#!/usr/bin/env bash
# Installs Patroni into an image, with its client of etcd and the library that the agent asks it with.
#
# Usage: install_patroni.sh none | apt | pip:VERSION
#   none         nothing: the image runs without CITUS_HA
#   apt          what the base's package sources have: PostgreSQL's own 4, Debian 12's 3.0.2
#   pip:VERSION  from PyPI, into /opt/patroni: pip:4.1.*
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

install_packages() {
    apt-get -q update
    apt-get -q -y install --no-install-recommends libcurl4 python3-etcd "$@"
}

install_from_pypi() {
    install_packages python3-venv python3-psycopg2 python3-psutil python3-yaml
    # What Debian has is taken from there: python3-psycopg2 needs no compiler.
    python3 -m venv --system-site-packages /opt/patroni
    /opt/patroni/bin/pip --no-cache-dir --disable-pip-version-check install "patroni[etcd3]==$1"
    ln -s /opt/patroni/bin/patroni /opt/patroni/bin/patronictl /usr/local/bin/
}

case ${1:-} in
    none) exit ;;
    apt) install_packages patroni ;;
    pip:?*) install_from_pypi "${1#pip:}" ;;
    *) echo "PATRONI is none, apt or pip:VERSION, not '${1:-}'" >&2; exit 64 ;;
esac
apt-get clean
rm -rf /var/lib/apt/lists/*

version=$(patroni --version | grep -o '[0-9][0-9.]*')
echo "Patroni $version"
if [[ $(printf '%s\n' 3.3 "$version" | sort -V | head -1) != 3.3 ]]; then
    echo "WARNING: a start refuses a Patroni below 3.3, without CITUS_ALLOW_OLD_PATRONI=true" >&2
fi
