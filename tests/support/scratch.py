"""Where the files of a test stand."""
import os

# tests/run.sh names a file system in memory, but not for suites whose subject is the disk, and one on the disk.
SCRATCH = os.environ.get("CITUS_INIT_TEST_SCRATCH") or os.environ.get("CITUS_INIT_TEST_DISK") or "/tmp"
