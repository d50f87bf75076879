"""A cluster whose repository is on a repository host: each group's base backup is made there, and read from there."""
# pylint: disable=redefined-outer-name
import json
import os
import tempfile
from pathlib import Path

import pytest

from support.backed_up_cluster import backed_up_cluster
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import wait_until
from support.repository import Repository
from support.repository_host import CLUSTER_SECRET, RepositoryHost
from support.scratch import SCRATCH

pytestmark = [needs_pgbackrest, pytest.mark.xdist_group(__name__)]


@pytest.fixture(scope="module")
def backed_up(programs):
    """And its repository host."""
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path:
        os.chmod(path, 0o755)
        with RepositoryHost(Repository(Path(path) / "backup"), CITUS_BACKUP_CIPHER_PASS="correct horse") as owner, \
                owner.running() as host, \
                backed_up_cluster(programs, 91, CITUS_BACKUP_REPO=f"pgbackrest://localhost:{owner.port}",
                                  CITUS_CLUSTER_SECRET=CLUSTER_SECRET) as cluster:
            cluster.repository = owner.repository
            yield cluster, owner, host


def rows(cluster):
    return [cluster.sql(index, "SELECT string_agg(v, ' ' ORDER BY v) FROM public.kept") for index in range(3)]


def test_all_groups_are_backed_up_at_once_and_restored_in_place(backed_up):
    cluster, owner, host = backed_up
    for index in range(3):
        cluster.sql(index, "SET citus.enable_ddl_propagation = off; CREATE TABLE public.kept (v text); "
                           "INSERT INTO public.kept VALUES ('base')")
    whole = json.loads(cluster.verb(1, "backup", "--type", "full", "-o", "json"))
    stanzas = sorted(group["stanza"] for group in whole["point"]["groups"])
    assert len(set(stanzas)) == 3 and stanzas[0] == "shop-0"
    for stanza in stanzas:
        assert f"base backup (full) of the stanza {stanza} from 127.0.91." in host.output()
    for index in range(3):
        cluster.sql(index, "INSERT INTO public.kept VALUES ('before')")
    cluster.verb(2, "restore-point", "wanted")
    for index in range(3):
        cluster.sql(index, "INSERT INTO public.kept VALUES ('after')")
    assert owner.requests() == []
    cluster.verb(0, "restore", "wanted", "--yes")
    wait_until(lambda: [cluster.verb(index, "health", code=None).startswith("ready") for index in range(3)] == [True] * 3,
               lambda: "\n".join(node.output() for node in cluster.nodes))
    assert rows(cluster) == ["base before"] * 3


def test_a_session_of_the_host_reads_no_other_group(backed_up):
    """The server beside a node admits the repository host for the stanza of that node alone."""
    cluster, _, _ = backed_up
    for index in range(3):
        text = (cluster.places[index].run / "citus_init/pgbackrest.conf").read_text()
        admitted = [line for line in text.splitlines() if line.startswith("tls-server-auth=")]
        assert len(admitted) == 1 and admitted[0].startswith("tls-server-auth=citus-init-repository=shop-"), text
        assert admitted[0].split("=")[2] in text.split("[global]")[1], "its own stanza"
        assert "cipher" not in text
