# shellcheck shell=bash
# File systems for what the suites write: one in memory, and one on the disk for those whose subject that is. Creating the
# thousand files of a data directory takes seconds on an ext4 on which as many were removed minutes ago, and they do it a
# thousand times. To be sourced.

scratch=''
scratch_disk=''

# Makes both where the machine can, names them in `scratch` and `scratch_disk` and, for the tests, in CITUS_INIT_TEST_SCRATCH
# and CITUS_INIT_TEST_DISK.
scratch_make() {
    scratch_make_disk
    (($(awk '/^MemAvailable/ { print int($2 / 1024 / 1024) }' /proc/meminfo) >= 12)) || return 0
    scratch=$(mktemp -d /tmp/citus_init_scratch.XXXXXX) || exit
    if mount -t tmpfs -o mode=1777 tmpfs "$scratch"; then
        export CITUS_INIT_TEST_SCRATCH=$scratch
    else
        rmdir "$scratch"
        scratch=''
    fi
}

# XFS makes inodes where they are needed, so those that were just freed do not stand in its way.
scratch_make_disk() {
    scratch_disk=$(mktemp -d /tmp/citus_init_disk.XXXXXX) || exit
    if truncate -s 8G "$scratch_disk.image" && mkfs.xfs -q "$scratch_disk.image" 2> /dev/null &&
        mount -o loop "$scratch_disk.image" "$scratch_disk" 2> /dev/null; then
        chmod 1777 "$scratch_disk"
        export CITUS_INIT_TEST_DISK=$scratch_disk
    else
        rm -f "$scratch_disk.image"
        rmdir "$scratch_disk"
        scratch_disk=''
    fi
}

# What still runs keeps its files until it ends.
scratch_remove() {
    if [[ $scratch ]]; then
        umount --lazy "$scratch" && rmdir "$scratch"
    fi
    if [[ $scratch_disk ]]; then
        umount --lazy "$scratch_disk" && rmdir "$scratch_disk"
        rm -f "$scratch_disk.image"
    fi
}
