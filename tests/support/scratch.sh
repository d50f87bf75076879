# shellcheck shell=bash
# A file system in memory for what the suites write. Creating the thousand files of a data directory takes seconds on some
# disks, and they do it a thousand times. To be sourced.

scratch=''

# Makes it where the machine has the memory, names it in `scratch` and, for the tests, in CITUS_INIT_TEST_SCRATCH.
scratch_make() {
    (($(awk '/^MemAvailable/ { print int($2 / 1024 / 1024) }' /proc/meminfo) >= 12)) || return 0
    scratch=$(mktemp -d /tmp/citus_init_scratch.XXXXXX) || exit
    if mount -t tmpfs -o mode=1777 tmpfs "$scratch"; then
        export CITUS_INIT_TEST_SCRATCH=$scratch
    else
        rmdir "$scratch"
        scratch=''
    fi
}

# What still runs keeps its files until it ends.
scratch_remove() {
    [[ $scratch ]] || return 0
    umount --lazy "$scratch" && rmdir "$scratch"
}
