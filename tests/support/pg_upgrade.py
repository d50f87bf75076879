"""pg_upgrade of a node with Citus as one types it, for tests of what a start does about it, and to compare with."""
import shutil
import subprocess

OPTIONS = "-c shared_preload_libraries=citus -c hba_file={}"


def as_postgres(*command, cwd=None):
    done = subprocess.run(["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *map(str, command)],
                          capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _work(place):
    work = place.path / "hand"
    if not work.exists():
        work.mkdir()
        shutil.chown(work, "postgres")
        (work / "hba").write_text("local all all trust\n")
    return work


def _start(programs, data, work):
    as_postgres(f"{programs}/pg_ctl", "-D", data, "-w", "-l", work / "log", "start", "-o",
                f"{OPTIONS.format(work / 'hba')} -c listen_addresses= -c unix_socket_directories={work}")


def _stop(programs, data):
    as_postgres(f"{programs}/pg_ctl", "-D", data, "-w", "stop")


def by_hand(place, old, new, *how):
    """All but the last call: the new cluster is in the data directory then, the old one beside it. `how`: of pg_upgrade."""
    work, made = _work(place), place.path / "new"
    made.mkdir()
    shutil.chown(made, "postgres")
    options = OPTIONS.format(work / "hba")
    _start(old, place.data, work)
    as_postgres(f"{new}/psql", "-h", work, "-U", "postgres", "-c", "SELECT citus_prepare_pg_upgrade()")
    _stop(old, place.data)
    as_postgres(f"{new}/initdb", "-D", made, "-U", "postgres", "-N", "--locale=C.UTF-8")
    as_postgres(f"{new}/pg_upgrade", "-b", old, "-B", new, "-d", place.data, "-D", made, "-U", "postgres",
                "-s", work, "-o", options, "-O", options, *how, cwd=work)
    for name in ("citus_init", "pg_hba.conf", "postgresql.auto.conf"):
        subprocess.run(["cp", "-a", place.data / name, made], check=True)
    place.data.rename(place.path / "old")
    made.rename(place.data)


def run_without_citus_init(place, pair, directory, *statements):
    """The old server alone, as in another image: it knows no record of ours."""
    work = _work(place)
    _start(pair.old, directory, work)
    for statement in statements:
        as_postgres(f"{pair.new}/psql", "-h", work, "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-c", statement)
    _stop(pair.old, directory)


def finish_by_hand(place, new):
    work = _work(place)
    _start(new, place.data, work)
    as_postgres(f"{new}/psql", "-h", work, "-U", "postgres", "-c", "SELECT citus_finish_pg_upgrade()", "-c", "ANALYZE")
    _stop(new, place.data)
