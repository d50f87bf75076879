"""A replica that cannot follow any more: what it needs is gone from its primary."""
import os

import pytest

from support.ha_node import PATRONI
from support.ha_pair import HaPair
from support.patroni_member import what_is_missing
from support.tier import nightly

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))
FIX = "reinit PATRONI_SCOPE {name} --group 0"


@pytest.fixture(name="pair")
def fixture_pair(programs):
    with HaPair(programs, "10.231.18", CITUS_GUC_WAL_KEEP_SIZE="16MB", CITUS_GUC_MAX_SLOT_WAL_KEEP_SIZE="1MB") as pair:
        pair.start()
        yield pair


def patronictl(member, *arguments):
    program = os.path.join(os.path.dirname(PATRONI), "patronictl.py") if PATRONI else "/usr/bin/patronictl"
    return member.node.inside("/usr/bin/python3", program, "-c", str(member.patroni_directory / "patroni.yml"),
                              *arguments, user="postgres", environment={"LC_ALL": "C.UTF-8"})


@nightly
def test_a_replica_whose_wal_is_gone_is_reported_with_the_way_out(pair):
    leader, replica = pair.wait_whole()
    assert replica.stop() == 0, replica.log()
    leader.sql("CREATE TABLE later (id int)", database="postgres")
    for _ in range(5):
        leader.sql("SELECT pg_switch_wal()", database="postgres")
        leader.sql("INSERT INTO later VALUES (1)", database="postgres")
        leader.sql("CHECKPOINT", database="postgres")
    replica.start()
    replica.wait(lambda: "degraded: this replica gets nothing from its leader" in pair.health(replica)[1],
                 "health reports it", 180)
    assert pair.health(replica)[0] != 0 and pair.health(replica, "--live")[0] == 0
    replica.node.wait_output(FIX.format(name=replica.name), stream="stderr")
    assert leader.state()["state"] == "ready"
    patronictl(replica, "reinit", "demo", replica.name, "--group", "0", "--force")
    pair.wait_whole()
    assert replica.sql("SELECT count(*) FROM later", database="postgres") == "5"
    assert "gets nothing" not in pair.health(replica)[1]
