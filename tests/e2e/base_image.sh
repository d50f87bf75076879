#!/usr/bin/env bash
# Makes a base image like the official one (PostgreSQL, its directories, its environment) with Citus,
# for machines that can pull no image: Debian by debootstrap, its PostgreSQL, and Citus from the
# PostgreSQL under test, or the stand-in extension where that has none. Prints the image's name.
#
# Usage: tests/e2e/base_image.sh [--force]     Environment: PG_BINDIR
# The name tells what is inside, so an image that is there already is used again.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=../../docker/scripts/postgresql.sh
source "$root/docker/scripts/postgresql.sh"
readonly suite=bookworm debian=citus-init-debian:bookworm

binaries=$(postgresql_find)
major=$(postgresql_major "$binaries")
citus=$(postgresql_citus "$binaries")
image=citus-init-test-base:pg$major-${citus:+citus-$citus}
[[ $citus ]] ||
    image=citus-init-test-base:pg$major-stand-in-$(cat "$root"/tests/citus_stand_in/citus* | sha256sum | cut -c1-12)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

import_debian() {
    docker image inspect "$debian" > /dev/null 2>&1 && return
    echo "making $debian by debootstrap" >&2
    timeout 1200 debootstrap --variant=minbase --include=ca-certificates,gzip,xz-utils,zstd \
        "$suite" "$work/root" > "$work/debootstrap.log" 2>&1 || { tail -20 "$work/debootstrap.log" >&2; return 1; }
    rm -rf "$work/root/var/cache/apt/archives/"*.deb "$work/root/var/lib/apt/lists/"*
    # Where this machine gets its packages is where the image's build can get them.
    cp /etc/apt/sources.list.d/debian.sources "$work/root/etc/apt/sources.list.d/" 2>/dev/null &&
        rm -f "$work/root/etc/apt/sources.list"
    tar -C "$work/root" -c . | timeout 600 docker import - "$debian" > /dev/null
}

# The files of Citus, below files/ as they are to lie in the image, and the packages they need.
gather_citus() {
    local library share need
    library=$work/files/usr/lib/postgresql/$major/lib
    share=$work/files/usr/share/postgresql/$major/extension
    mkdir -p "$library" "$share"
    if [[ ! $citus ]]; then
        cp "$root"/tests/citus_stand_in/citus{.control,--*.sql} "$share/"
        ln -s plpgsql.so "$library/citus.so"
        return
    fi
    cp -a "$(postgresql_library "$binaries")"/citus* "$library/"
    cp -a "$(postgresql_share "$binaries")"/extension/citus* "$share/"
    for need in $(find "$library" -name '*.so' -exec ldd {} + | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u); do
        dpkg-query -S "$(realpath "$need")" 2>/dev/null || dpkg-query -S "$need"
    done | sed 's/[:,].*//' | sort -u > "$work/packages"
}

write_dockerfile() {
    cat > "$work/Dockerfile" <<DOCKERFILE
FROM $debian
ENV DEBIAN_FRONTEND=noninteractive
COPY packages /tmp/packages
RUN mkdir -p /etc/postgresql-common/createcluster.d \\
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/none.conf \\
 && apt-get -q update \\
 && apt-get -q -y install --no-install-recommends postgresql-$major \$(cat /tmp/packages) \\
 && rm -rf /var/lib/apt/lists/* /tmp/packages
COPY files /
ENV PG_MAJOR=$major LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data \\
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/$major/bin \\
    DEBIAN_FRONTEND=
RUN sed -i "s/^#listen_addresses = .*/listen_addresses = '*'/" /usr/share/postgresql/$major/postgresql.conf.sample \\
 && mkdir -p /docker-entrypoint-initdb.d \\
 && install -d -o postgres -g postgres -m 1777 /var/lib/postgresql "\$PGDATA" \\
 && install -d -o postgres -g postgres -m 3777 /var/run/postgresql
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["/bin/false"]
CMD ["postgres"]
DOCKERFILE
}

if [[ ${1:-} == --force ]] || ! docker image inspect "$image" > /dev/null 2>&1; then
    import_debian
    touch "$work/packages"
    gather_citus
    write_dockerfile
    timeout 1800 docker build -q --network host -t "$image" "$work" >&2
fi
echo "$image"
