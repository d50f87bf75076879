"""Where the files of a test stand."""
import os

# tests/run.sh names a file system in memory for suites whose subject is not the disk.
SCRATCH = os.environ.get("CITUS_INIT_TEST_SCRATCH") or "/tmp"
