#!/usr/bin/env bash
# The shipped binary is hardened, needs the C library and nothing else at its start (libpq is loaded when
# it is needed), no newer one than docs/compatibility.md says, and installs with everything that belongs to it.
# Usage: check_release.sh BUILD_DIRECTORY
set -euo pipefail
build=$1
binary=$build/citus-init
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

fail() {
    echo "release check: $*" >&2
    exit 1
}

headers=$(readelf --wide --file-header --program-headers --dynamic "$binary")
grep -q 'Type: *DYN (Position-Independent Executable' <<< "$headers" || fail 'not position-independent'
grep -q 'GNU_RELRO' <<< "$headers" || fail 'no RELRO'
grep -q 'BIND_NOW' <<< "$headers" || fail 'not bound at start (-z now)'
grep -Eq 'GNU_STACK .* RW ' <<< "$headers" || fail 'an executable stack'
others=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' <<< "$headers" | grep -Ev '^(libc|libm|ld-linux-.*)\.so' || true)
[[ -z $others ]] || fail "needs at its start ${others//$'\n'/, }"
symbols=$(nm --dynamic --undefined-only "$binary")
grep -q '__stack_chk_fail' <<< "$symbols" || fail 'no stack protector'

glibc=$(objdump --dynamic-syms "$binary" | sed -n 's/.*(GLIBC_\([0-9.]*\)).*/\1/p' | sort -V | tail -n 1)
documented=$(sed -n 's/.*needs glibc \([0-9.]*[0-9]\).*/\1/p' "$(dirname "$0")/../../docs/compatibility.md")
[[ $(printf '%s\n' "$glibc" "$documented" | sort -V | tail -n 1) == "$documented" ]] ||
    fail "needs glibc $glibc, and docs/compatibility.md says $documented: $(objdump --dynamic-syms "$binary" | grep -F "GLIBC_$glibc)" | sed 's/.* //' | tr '\n' ' ')"

DESTDIR=$stage cmake --install "$build" --prefix /usr > /dev/null
[[ -x $stage/usr/bin/citus-init ]] || fail 'the binary is not installed'
[[ -x $stage/usr/bin/docker-entrypoint.sh ]] || fail 'docker-entrypoint.sh is not installed'
for file in share/bash-completion/completions/citus-init share/zsh/vendor-completions/_citus-init \
    share/fish/vendor_completions.d/citus-init.fish; do
    [[ -s $stage/usr/$file ]] || fail "$file is not installed, or empty"
done
[[ -s $stage/usr/share/man/man8/citus-init.8 ]] || fail 'the man page is not installed'
echo "release check: hardened, complete, $(stat -c %s "$binary") bytes"
