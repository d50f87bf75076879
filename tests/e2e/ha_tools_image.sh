#!/usr/bin/env bash
# Makes an image with etcd and HAProxy, Debian's, for machines that can pull none. Prints its name.
set -euo pipefail

readonly image=citus-init-test-ha-tools:1

if ! docker image inspect "$image" > /dev/null 2>&1; then
    debian=$("$(dirname "${BASH_SOURCE[0]}")/debian_image.sh" bookworm)
    timeout 900 docker build -q --network host -t "$image" - >&2 <<DOCKERFILE
FROM $debian
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get -q update \\
 && apt-get -q -y install --no-install-recommends etcd-client etcd-server haproxy \\
 && rm -rf /var/lib/apt/lists/*
DOCKERFILE
fi
echo "$image"
