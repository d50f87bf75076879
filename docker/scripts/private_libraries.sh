#!/usr/bin/env bash
# Copies the shared libraries that a binary needs and a base image lacks, so that the image needs no
# package manager. Usage: private_libraries.sh BASE_LIBRARIES BINARY DIRECTORY
#
# BASE_LIBRARIES lists the file names of the base's libraries, one a line. libpq is loaded when it is
# first needed, so ldd does not tell of it: it is added, with what it needs, where the base has none.
set -euo pipefail
base_libraries=$1 binary=$2 directory=$3

needed() { ldd "$1" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p'; }

libpq=$(ldconfig -p | sed -n 's/.*libpq\.so\.5 .*=> //p' | head -1)
mkdir -p "$directory"
{ needed "$binary"; if [[ $libpq ]]; then echo "$libpq"; needed "$libpq"; fi; } | sort -u |
    while read -r library; do
        grep -qFx "$(basename "$library")" "$base_libraries" && continue
        echo "taking along $library"
        cp -L "$library" "$directory/"
    done
