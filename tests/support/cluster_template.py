"""Templates of first starts: made once for each server and environment, where a test asks for one or the whole run does
(CITUS_INIT_TEST_TEMPLATE=1: the tests of first starts then assert everything for a copied cluster)."""
import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.pid_namespace import BINARY

LOCALE = "C.UTF-8"  # of every node of support.node


def can_make_template(programs):
    """Servers of other package sources than Debian's may lack what a template is made with."""
    return os.path.exists(f"{programs}/pg_resetwal")


def make_template(programs, directory, **environment):
    """The finished process of `citus-init make-template`."""
    return subprocess.run(
        [BINARY, "make-template", "--directory", str(directory)], capture_output=True, text=True, check=False, timeout=300,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": LOCALE, "CITUS_PG_BINDIR": str(programs), **environment})


@functools.cache
def template_of(programs):
    """The directory of one made by these programs."""
    parent = Path(tempfile.mkdtemp(prefix="citus_init_template."))
    atexit.register(shutil.rmtree, parent, ignore_errors=True)
    parent.chmod(0o755)
    done = make_template(programs, parent / "template")
    assert done.returncode == 0, done.stdout + done.stderr
    return parent / "template"


def template_settings(programs):
    """What a node's environment gets in a run of which all first starts are to copy a template."""
    if os.environ.get("CITUS_INIT_TEST_TEMPLATE") != "1" or not can_make_template(programs):
        return {}
    return {"CITUS_TEMPLATE_DIR": str(template_of(programs))}
