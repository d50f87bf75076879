# shellcheck shell=bash
# Installing Debian packages from the lists in packages/. To be sourced.

packages_directory=$(dirname "${BASH_SOURCE[0]}")/packages

# packages_missing LIST...: the packages of these lists that are not installed, one a line.
packages_missing() {
    local list
    for list in "$@"; do
        grep -Ev '^(#|$)' "$packages_directory/$list.txt"
    done | sort -u | while read -r package; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done
}

# The package postgresql-15 otherwise makes a cluster and starts it on port 5432.
packages_no_main_cluster() {
    [[ -e /etc/postgresql-common/createcluster.conf ]] && return
    mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/citus-init.conf
}

# packages_install LIST...: installs what is missing. Needs root; says what to do without. The caller
# has set pipefail.
packages_install() {
    local missing
    mapfile -t missing < <(packages_missing "$@")
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        echo "not root, so these packages are not installed: ${missing[*]}" >&2
        echo "to do: apt-get install ${missing[*]}" >&2
        return 1
    fi
    echo "installing: ${missing[*]}"
    packages_no_main_cluster
    export DEBIAN_FRONTEND=noninteractive
    timeout 300 apt-get -q -o Acquire::Retries=3 update > /dev/null || return
    timeout 1800 apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends "${missing[@]}" 2>&1 | tee /tmp/citus-init-packages.log |
        packages_progress && return
    tail -20 /tmp/citus-init-packages.log >&2
    return 1
}

# What apt-get prints, as a line for each tenth of the packages that are set up.
packages_progress() {
    awk '/newly installed/ { all = $1 + $3 }
         /^Get:/ && !got++ { print "  downloading"; fflush() }
         /^Setting up/ && all && int(++done * 10 / all) > tenths {
             tenths = int(done * 10 / all); printf "  %d of %d set up\n", done, all; fflush() }'
}
