"""Templates of first starts: made where a test asks for one, or where all of a suite are to copy one
(CITUS_INIT_TEST_TEMPLATE=1: tests of first starts then assert everything for a copied cluster, and others take less time)."""
import atexit
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.pid_namespace import BINARY

LOCALE = "C.UTF-8"  # of every node of support.node


@functools.cache
def can_make_template(programs):
    """Servers of other package sources than Debian's may lack what a template is made with, or find their libraries only
    in the environment of a node."""
    if not os.path.exists(f"{programs}/pg_resetwal"):
        return False
    return subprocess.run([f"{programs}/postgres", "-V"], capture_output=True, env={}, check=False).returncode == 0


def make_template(programs, directory, **environment):
    """The finished process of `citus-init make-template`."""
    return subprocess.run(
        [BINARY, "make-template", "--directory", str(directory)], capture_output=True, text=True, check=False, timeout=300,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": LOCALE, "CITUS_PG_BINDIR": str(programs), **environment})


def shared_parent():
    """A directory for all processes of a run (CITUS_INIT_TEMPLATE_PARENT, tests/run.sh), else one of this process."""
    given = os.environ.get("CITUS_INIT_TEMPLATE_PARENT")
    if given:
        return Path(given)
    parent = Path(tempfile.mkdtemp(prefix="citus_init_template."))
    atexit.register(shutil.rmtree, parent, ignore_errors=True)
    parent.chmod(0o755)
    return parent


def identity_of(programs):
    """Of what a template is made by, wherever it lies."""
    share = subprocess.run([f"{programs}/pg_config", "--sharedir"], capture_output=True, text=True, check=True).stdout.strip()
    digest = hashlib.sha256(Path(programs, "postgres").read_bytes())
    for file in sorted(Path(share, "extension").glob("citus*")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@functools.cache
def template_of(programs):
    """The directory of one made by these programs; one that is there is checked, and left as it is."""
    parent = shared_parent()
    directory = parent / identity_of(programs)
    with open(parent / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = make_template(programs, directory)
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


def template_settings(programs):
    """What a node's environment gets in a run of which all first starts are to copy a template."""
    if os.environ.get("CITUS_INIT_TEST_TEMPLATE") != "1" or not can_make_template(programs):
        return {}
    return {"CITUS_TEMPLATE_DIR": str(template_of(programs))}
