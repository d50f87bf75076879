#!/usr/bin/env bash
# Makes a base image like the official one (PostgreSQL, its directories, its environment) with Citus,
# for machines that can pull no image: Debian by debootstrap, its PostgreSQL, and Citus from the
# PostgreSQL under test, or the stand-in extension where that has none. Prints the image's name.
#
# Usage: tests/e2e/base_image.sh [--force]     Environment: PG_BINDIR
# The name tells what is inside, so an image that is there already is used again. Exit 77 where no Debian release
# that a binary of this one runs on has that PostgreSQL.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=../../docker/scripts/postgresql.sh
source "$root/docker/scripts/postgresql.sh"

binaries=$(postgresql_find)
major=$(postgresql_major "$binaries")
case $major in
    15) suite=bookworm ;;
    17) suite=trixie ;;
    *) echo "no Debian release has PostgreSQL $major and a C library as new as this one's" >&2; exit 77 ;;
esac
citus=$(postgresql_citus "$binaries")
image=citus-init-test-base:pg$major-${citus:+citus-$citus}
[[ $citus ]] ||
    image=citus-init-test-base:pg$major-stand-in-$(cat "$root"/tests/citus_stand_in/{citus*,install.sh} | sha256sum | cut -c1-12)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The files of Citus, below files/ as they are to lie in the image, and the packages they need.
gather_citus() {
    local library share need
    library=$work/files/usr/lib/postgresql/$major/lib
    share=$work/files/usr/share/postgresql/$major/extension
    mkdir -p "$library" "$share"
    if [[ ! $citus ]]; then
        "$root/tests/citus_stand_in/install.sh" "$major" "$share"
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
    debian=$("$root/tests/e2e/debian_image.sh" "$suite")
    touch "$work/packages"
    gather_citus
    write_dockerfile
    timeout 1800 docker build -q --network host -t "$image" "$work" >&2
fi
echo "$image"
