"""`citus-init backup` of one server without Citus, to S3 with a passphrase."""
# pylint: disable=redefined-outer-name,unused-import
import json
import os
import subprocess

from support.citus_node import free_port
from support.node_fixtures import FAST, SERVER, initialised, place, template
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import BINARY
from support.repository import open_directory, wait_archived
from support.s3_server import KEY, SECRET, S3Server
from support.terminal import Terminal

pytestmark = needs_pgbackrest


def test_one_server_without_citus_is_backed_up_to_s3(initialised, open_directory):
    port = str(free_port("127.0.0.1"))
    with S3Server(open_directory) as server:
        settings = {"CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "app", "CITUS_BACKUP_CIPHER_PASS": "hush hush",
                    "CITUS_BACKUP_REPO": server.setting(), "CITUS_BACKUP_S3_KEY": KEY, "CITUS_BACKUP_S3_KEY_SECRET": SECRET,
                    "CITUS_BACKUP_OPTIONS": f"repo1-storage-ca-file={server.certificate} repo1-bundle=y",
                    "CITUS_RECONCILE_INTERVAL": "500ms", "PGPORT": port, **FAST}
        environment = {**settings, "PGDATA": str(initialised.data)}
        with initialised.start(*SERVER, "-c", "listen_addresses=", network="host", **settings) as node:
            node.wait_ready()
            wait_archived(node)
            command = ["nsenter", "--target", str(node.process.pid), "--mount", "--net", "--ipc", "citus-init", "backup",
                       "--name", "first"]
            path = f"{initialised.programs}:/usr/bin:/bin:/usr/sbin:/sbin"
            with Terminal(command, env={"PATH": path, **environment}) as terminal:
                shown = terminal.expect("restore point first: 1 group")
                assert "[####" in shown and "1 of 1 groups" in shown, shown
            done = node.inside("citus-init", "restore-point", "-o", "json", environment=environment)
            point = json.loads(done.stdout)["point"]
            assert point["citus_version"] == "" and [group["stanza"] for group in point["groups"]] == ["app-0"]
            idle = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'citus-init backup%'"
            assert node.inside("psql", "-XAtq", "-U", "postgres", "-p", port, "-c", idle).stdout.strip() == "0"
            assert node.stop() == 0
        assert any("citus-init/app/points/first.json" in str(name) for name in server.objects())
        # The repository and the settings are enough.
        listed = subprocess.run([BINARY, "backups", "-o", "json"], capture_output=True, text=True, check=True,
                                env={"PATH": os.environ["PATH"], **environment, "CITUS_RUN_DIR": str(initialised.run)})
        listing = json.loads(listed.stdout)
        assert [(one["name"], one["restorable"]) for one in listing["points"]] == [(point["name"], True), ("first", True)]
        assert [backup["type"] for backup in listing["stanzas"][0]["backups"]] == ["full"]
