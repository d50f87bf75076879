"""docker/compose.ha.yml, as a user brings it up. Members are identified by the names of their services."""
from support.compose import PASSWORD, Stack
from support.docker import Container, docker, wait_for

GROUPS = {0: ("coordinator-a", "coordinator-b"), 1: ("worker1-a", "worker1-b"),
          2: ("worker2-a", "worker2-b")}
ETCD = ("etcd1", "etcd2", "etcd3")
THIRD = {3: ("worker3-a", "worker3-b")}
DATABASE = "citus"
NODES = ("SELECT groupid, nodename, isactive, metadatasynced FROM pg_dist_node "
         "WHERE noderole = 'primary' ORDER BY groupid")


class HaStack(Stack):
    groups = GROUPS

    @property
    def members(self):
        return tuple(member for pair in self.groups.values() for member in pair)

    def add_third_group(self):
        self.environment["COMPOSE_PROFILES"] = "group3"
        self.groups = {**GROUPS, **THIRD}
        self.up()

    def up(self):
        self.compose("up", "-d")
        self.wait_whole(300)  # ten containers that start at once, beside other suites

    def node(self, service):
        # Not by compose's `ps`, which may leave out what is stopped.
        return Container(docker(
            "ps", "-aq", "--filter", f"label=com.docker.compose.project={self.project}",
            "--filter", f"label=com.docker.compose.service={service}"))

    def kill(self, service):
        docker("kill", self.node(service).name)

    def start(self, service):
        docker("start", self.node(service).name)

    def sql(self, member, statement):
        """As the server's user in the member's container; "" where it does not answer."""
        done = self.node(member).execute(
            "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-c", statement,
            user="postgres", check=False)
        return done.stdout.strip()

    def leaders(self, group):
        return [member for member in self.groups[group]
                if self.sql(member, "SELECT pg_is_in_recovery()") == "f"]

    def leader(self, group):
        leaders = self.leaders(group)
        assert len(leaders) == 1, f"leaders of group {group}: {leaders}"
        return leaders[0]

    def replica(self, group):
        leader = self.leader(group)
        return next(member for member in self.groups[group] if member != leader)

    def wait_led_by_another(self, group, than, seconds=60):
        return wait_for(lambda: [member for member in self.leaders(group) if member != than], seconds,
                        f"a leader of group {group} other than {than}")[0]

    def wait_whole(self, seconds=120):
        """Everybody healthy, a replica in each group that has every commit, and metadata right."""
        for service in (*ETCD, *self.members, "door"):
            self.node(service).wait_healthy(seconds)
        for group in self.groups:
            wait_for(lambda group=group: self.has_synchronous_replica(group), seconds,
                     f"a synchronous replica in group {group}")
        self.wait_right()

    def has_synchronous_replica(self, group):
        leaders = self.leaders(group)
        return len(leaders) == 1 and self.sql(leaders[0], (
            "SELECT count(*) FROM pg_stat_replication "
            "WHERE sync_state IN ('sync', 'quorum')")) == "1"

    def is_real(self):
        return "STAND-IN" not in self.sql(self.leader(0), "SELECT citus_version()")

    def wait_right(self, but=None, seconds=60):
        """Each member, but one, knows the leaders of all groups. The stand-in has no daemon that would update
        a worker which took no writes when the coordinator updated all: there only coordinators know."""
        members = [member for member in (self.members if self.is_real() else self.groups[0]) if member != but]
        seen = {}

        def is_right():
            wanted = "\n".join(f"{group}|{member}.nodes|t|t" for group in self.groups
                               for member in self.leaders(group))
            seen.update({member: self.sql(member, NODES) for member in members})
            return all(rows == wanted for rows in seen.values())
        wait_for(is_right, seconds, lambda: f"the leaders in pg_dist_node of {seen}")

    def door(self, port=5432):
        """How a client of this machine comes in, for psycopg2."""
        host, published = docker("port", self.node("door").name, str(port)).splitlines()[0].rsplit(":", 1)
        return {"host": host, "port": int(published), "user": "postgres", "dbname": DATABASE,
                "password": PASSWORD}
