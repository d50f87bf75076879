"""A cluster whose repository is S3: it saves itself by its schedule, and a copy of it is restored from there."""
import contextlib
import os
import tempfile
from pathlib import Path

from support.backed_up_cluster import BackedUp
from support.node import Place
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import DEADLINE, wait_until
from support.repository import Repository
from support.s3_server import KEY, SECRET, S3Server
from support.scratch import SCRATCH
from support.tier import nightly

pytestmark = [needs_pgbackrest, nightly]

NODES = 3
SCHEDULE = {"CITUS_BACKUP_FULL_EVERY": "7d", "CITUS_RESTORE_POINT_EVERY": "1d"}


def test_a_cluster_saves_itself_to_s3_and_is_restored_from_there(programs, is_real):
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path, contextlib.ExitStack() as stack:
        os.chmod(path, 0o755)
        server = stack.enter_context(S3Server(Path(path)))
        server.certificate.chmod(0o644)
        repository = {"CITUS_BACKUP_REPO": server.setting(), "CITUS_BACKUP_S3_KEY": KEY,
                      "CITUS_BACKUP_S3_KEY_SECRET": SECRET,
                      "CITUS_BACKUP_OPTIONS": f"compress-type=none repo1-bundle=y repo1-storage-ca-file={server.certificate}"}

        def cluster(number, **settings):
            places = [stack.enter_context(Place()) for _ in range(NODES)]
            return BackedUp(places, programs, Repository(Path(path) / f"unused{number}"), number, **repository, **settings)

        original = cluster(66, **SCHEDULE)
        original.nodes = [stack.enter_context(original.cluster.start(index)) for index in range(NODES)]
        for node in original.nodes:
            node.wait_ready()
        wait_until(lambda: "scheduled backup is made: 3 full" in original.nodes[0].output(), original.nodes[0].output,
                   2 * DEADLINE)
        original.sql(0, "CREATE TABLE public.t (k int PRIMARY KEY)")
        if is_real:
            original.sql(0, "SELECT create_distributed_table('public.t', 'k')")
        original.sql(0, "INSERT INTO public.t SELECT generate_series(1, 1000)")
        original.verb(1, "restore-point", "wanted")
        original.sql(0, "DELETE FROM public.t")
        assert [point["restorable"] for point in original.listing()["points"]] == [True, True]

        copy = cluster(67, CITUS_RESTORE="wanted", CITUS_RESTORE_FROM="shop", CITUS_BACKUP_NAME="copy")
        groups = [original.sql(index, "SELECT groupid FROM pg_dist_local_group") for index in range(NODES)]
        copy.nodes = [stack.enter_context(copy.cluster.start(index, **({"CITUS_RESTORE_GROUP": groups[index]} if index else {})))
                      for index in range(NODES)]
        for node in copy.nodes:
            node.wait_ready()
        assert copy.sql(0, "SELECT count(*) FROM public.t") == "1000"
        assert original.sql(0, "SELECT count(*) FROM public.t") == "0"
        for node in copy.nodes + original.nodes:
            assert node.stop() == 0
