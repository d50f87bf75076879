"""Configurations that nobody writes by hand: the answer does not wait for the number of words."""
import os
import subprocess
import time

import pytest

from support.node import BINDIR
from support.pid_namespace import BINARY

# Generous, since other work runs beside; what grows with the square of the words takes minutes.
DEADLINE = 20


def run(tmp_path, *arguments, **environment):
    start = time.monotonic()
    done = subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, check=False, timeout=300,
        env={"PATH": os.environ["PATH"], "PGDATA": str(tmp_path / "data"), "CITUS_RUN_DIR": str(tmp_path),
             "POSTGRES_PASSWORD": "secret", "CITUS_PG_BINDIR": BINDIR, **environment})
    return done, time.monotonic() - start


def words(setting):
    return [word for number in range(10_000) for word in ("-c", setting.format(number))]


@pytest.mark.parametrize("setting", ["work_mem=1{}64kB", "some_library.setting_{}=x", "no_such_setting_{}=x"])
@pytest.mark.parametrize("verb", ["check", "render"])
def test_20_000_words_are_answered(tmp_path, verb, setting):
    done, took = run(tmp_path, verb, "--", *words(setting))
    assert done.returncode == (78 if "no_such" in setting and verb == "check" else 0), done.stderr[-2000:]
    assert "did not end within" not in done.stdout + done.stderr
    assert took < DEADLINE


def test_10_000_variables_are_answered(tmp_path):
    done, took = run(tmp_path, "check", **{f"CITUS_GUC_SOME_LIBRARY__SETTING_{number}": "x" for number in range(10_000)})
    assert done.returncode == 0 and "did not end within" not in done.stdout + done.stderr
    assert took < DEADLINE


@pytest.mark.parametrize("variable", ["POSTGRES_PASSWORD_FILE", "CITUS_POSTGRESQL_CONF_FILE", "CITUS_PG_HBA_FILE",
                                      "CITUS_CONFIG_PATH"])
def test_a_value_of_10_mb_is_refused_at_once(tmp_path, variable):
    file = tmp_path / "file"
    file.write_text("x" * 10_000_000)
    environment = {variable: str(file)}
    if variable.startswith("POSTGRES_PASSWORD"):
        environment["POSTGRES_PASSWORD"] = ""
    done, took = run(tmp_path, "check", **environment)
    assert done.returncode == 78 and "larger than 1024 kB" in done.stdout + done.stderr
    assert took < DEADLINE
