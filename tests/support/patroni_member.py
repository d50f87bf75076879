"""Members of a cluster that Patroni manages, each in a network namespace of its own, with the file that
citus-init renders."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from support.scratch import SCRATCH

BINARY = os.environ.get("CITUS_INIT_BINARY") or str(
    pathlib.Path(__file__).resolve().parents[2] / "build/dev/citus-init")
# Another Patroni than the distribution's, where there is one.
PATRONI = os.environ.get("CITUS_INIT_PATRONI") or "/usr/bin/patroni"
WRITE_PATRONI_YML = str(pathlib.Path(BINARY).parent / "tests/write_patroni_yml")


def what_is_missing():
    """Why these tests cannot run here, or None."""
    missing = [name for name in ("patroni", "etcd") if shutil.which(name, path="/usr/bin") is None]
    if programs := os.environ.get("PG_BINDIR"):
        # The builds from npm have the server alone.
        missing += [f"{name} in PG_BINDIR" for name in ("pg_basebackup", "pg_rewind") if not shutil.which(name, path=programs)]
    if os.geteuid() != 0:
        missing.append("root")
    return "needs " + " and ".join(missing) if missing else None


class Etcd:
    """One etcd server."""

    def __init__(self, networks, name, *options, scheme="http"):
        self.url = f"{scheme}://{networks.address(name)}:2379"
        self.directory = tempfile.mkdtemp(prefix="etcd.", dir=SCRATCH)
        with open(self.directory + "/log", "wb") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", networks.namespace(name), "/usr/bin/etcd", "--data-dir",
                 self.directory + "/data", "--listen-client-urls", self.url,
                 "--advertise-client-urls", self.url, "--listen-peer-urls", "http://127.0.0.1:2380",
                 "--initial-advertise-peer-urls", "http://127.0.0.1:2380",
                 "--initial-cluster", "default=http://127.0.0.1:2380", *options],
                stdout=log, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.directory)


class Member:
    """Patroni with its server, as the only processes of a PID namespace that ends with it."""

    def __init__(self, networks, name, programs, settings):
        self.networks, self.name, self.programs = networks, name, programs
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"member.{name}.", dir=SCRATCH))
        for part in ("data", "run", "socket"):
            (self.directory / part).mkdir(mode=0o700)
        self.environment = {
            "PATH": "/usr/bin:/bin", "CITUS_HA": "patroni", "PATRONI_SCOPE": "demo",
            "PATRONI_RESTAPI_USERNAME": "patroni", "PATRONI_RESTAPI_PASSWORD": "0123",
            "CITUS_NODE_HOST": name, "PATRONI_NAME": name,
            "PGDATA": str(self.directory / "data/pgdata"), "CITUS_PATRONI_DIR": str(self.directory / "run"),
            "CITUS_GUC_UNIX_SOCKET_DIRECTORIES": str(self.directory / "socket"),
            "CITUS_GUC_FSYNC": "off", "POSTGRES_INITDB_ARGS": "--no-sync", **settings}
        self.process = None

    def write(self, version):
        subprocess.run([WRITE_PATRONI_YML, self.name, self.networks.address(self.name), version,
                        self.programs], env=self.environment, check=True, capture_output=True, text=True)
        for path in [self.directory, *self.directory.rglob("*")]:
            shutil.chown(path, "postgres", "postgres")

    def start(self):
        with open(self.directory / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.networks.namespace(self.name),
                 "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c",
                 # Not exec: who changes his user is no longer killed with his parent.
                 'mount --bind "$1" /etc/hosts && setpriv --reuid postgres --regid postgres '
                 # Patroni alone may end, as beside a PID 1 of ours.
                 '--init-groups sh -c \'while :; do /usr/bin/python3 "$1" "$0"; done\' "$2" "$3"; exit',
                 "sh", self.networks.hosts, str(self.directory / "run/patroni.yml"), PATRONI],
                stdout=log, stderr=subprocess.STDOUT, cwd="/",
                env={"PATH": "/usr/bin:/bin", "HOME": "/var/lib/postgresql", "LC_ALL": "C.UTF-8"})

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory)

    def log(self):
        return (self.directory / "log").read_text("utf-8", "replace")

    def sql(self, statement, user="postgres", database="citus"):
        """As the server's user at its socket; "" where it does not answer."""
        done = subprocess.run(
            ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups",
             self.programs + "/psql", "-XAtq", "-h", str(self.directory / "socket"), "-U", user,
             "-d", database, "-c", statement],
            capture_output=True, text=True, timeout=30, check=False)
        return done.stdout.strip()

    def get(self, path, *options, scheme="https"):
        """The status of the REST API's answer, asked within the network."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.networks.namespace(self.name), "curl", "-s", "-o", "/dev/null",
             "-w", "%{http_code}", "-m", "5", "--cacert", str(self.directory / "run/ca.crt"),
             "--resolve", f"{self.name}:8008:{self.networks.address(self.name)}", *options,
             f"{scheme}://{self.name}:8008{path}"], capture_output=True, text=True, check=False)
        return done.stdout

    def patroni(self):
        """Patroni's own process id, as we see it."""
        found = subprocess.run(["pgrep", "-f", f"{PATRONI} {self.directory}/run/patroni.yml"],
                               capture_output=True, text=True, check=True).stdout.split()
        names = {pid: pathlib.Path(f"/proc/{pid}/comm").read_text("ascii").strip() for pid in found}
        return next(int(pid) for pid, name in names.items() if name in ("patroni", "python3"))

    def restart_patroni(self):
        """Patroni alone; it is started again at once, beside the server."""
        pid = self.patroni()
        os.kill(pid, signal.SIGKILL)

    def ask(self, path, method="GET", body=None):
        """What the REST API answers."""
        scheme, user = "http", self.environment["PATRONI_RESTAPI_USERNAME"]
        options = ["-u", f"{user}:{self.environment['PATRONI_RESTAPI_PASSWORD']}"]
        if "CITUS_CLUSTER_SECRET" in self.environment:
            scheme = "https"
            run = str(self.directory / "run")
            options += ["--cacert", run + "/ca.crt", "--cert", run + "/server.crt",
                        "--key", run + "/server.key", "--resolve", f"{self.name}:8008:{self.networks.address(self.name)}"]
        if body is not None:
            options += ["-H", "Content-Type: application/json", "-d", body]
        return subprocess.run(
            ["ip", "netns", "exec", self.networks.namespace(self.name), "curl", "-s", "-m", "5", "-X", method,
             *options, f"{scheme}://{self.name}:8008{path}"], capture_output=True, text=True,
            check=False).stdout
