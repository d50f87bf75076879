#!/usr/bin/env bash
# debian_image.sh SUITE: an image of that Debian release, made by debootstrap, for machines that can pull none.
# Prints its name.
set -euo pipefail

readonly suite=${1:?a release, as bookworm} image=citus-init-debian:$1

if ! docker image inspect "$image" > /dev/null 2>&1; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    echo "making $image by debootstrap" >&2
    timeout 1200 debootstrap --variant=minbase --include=ca-certificates,gzip,xz-utils,zstd \
        "$suite" "$work/root" > "$work/debootstrap.log" 2>&1 || { tail -20 "$work/debootstrap.log" >&2; exit 1; }
    rm -rf "$work/root/var/cache/apt/archives/"*.deb "$work/root/var/lib/apt/lists/"*
    # Where this machine gets its packages is where the image's build can get them.
    sources=$work/root/etc/apt/sources.list
    if cp /etc/apt/sources.list.d/debian.sources "$sources.d/" 2>/dev/null; then
        sed -i "/^Suites:/s/$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)/$suite/g" "$sources.d/debian.sources"
        rm -f "$sources"
    fi
    tar -C "$work/root" -c . | timeout 600 docker import - "$image" > /dev/null
fi
echo "$image"
