"""An S3 server over TLS on the loopback address: s3rver from npm, fetched once by npm's own client."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.citus_node import free_port
from support.pid_namespace import wait_until

VERSION = "3.7.1"
KEY = SECRET = "S3RVER"  # the only ones that it knows


def program():
    """Its path; skips where it cannot be had."""
    cache = Path(os.environ.get("CITUS_INIT_CACHE", "/var/cache/citus-init-tests"))
    directory = cache / f"s3rver-{VERSION}"
    found = directory / "node_modules/.bin/s3rver"
    if not found.exists():
        if not shutil.which("npm"):
            pytest.skip("npm is not installed")
        directory.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", f"s3rver@{VERSION}"],
                              cwd=directory, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode != 0:
            pytest.skip(f"npm install s3rver: {done.stderr[-300:]}")
    return found


class S3Server:
    """With one bucket, `backups`."""

    def __init__(self, directory):
        self.program, self.directory = program(), directory
        self.port = free_port("127.0.0.1")
        self.certificate, self.log = directory / "s3.crt", directory / "s3.log"
        self.process = None
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", directory / "s3.key", "-out",
                        self.certificate], check=True, capture_output=True)

    def __enter__(self):
        with open(self.log, "wb") as log:
            # pylint: disable-next=consider-using-with
            self.process = subprocess.Popen(
                [self.program, "-a", "127.0.0.1", "-p", str(self.port), "-d", self.directory / "buckets",
                 "--configure-bucket", "backups", "--key", self.directory / "s3.key", "--cert", self.certificate],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_until(lambda: "listening" in self.log.read_text(), self.log.read_text)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def setting(self, bucket="backups"):
        return f"s3://{bucket}/citus?endpoint=localhost:{self.port}&region=eu-1&uri-style=path"

    def objects(self):
        return [path.relative_to(self.directory / "buckets") for path in (self.directory / "buckets").rglob("*")]
