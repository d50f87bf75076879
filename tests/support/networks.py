"""Networks of a test's own: a bridge, and one network namespace with one address for each node.

    with Networks("mesh", ["c", "w1"]) as networks:
        networks.address("c"), networks.namespace("c"), networks.hosts
"""
import os
import subprocess
import tempfile


def run(*command):
    subprocess.run(command, check=True, capture_output=True, text=True)


class Networks:
    """The bridge stands in a namespace of its own, so the host's networks are left alone."""

    _next = 0

    def __init__(self, names, subnet="10.231.7"):
        Networks._next += 1
        self.prefix = f"ci{os.getpid()}x{Networks._next}"
        self.names, self.subnet = list(names), subnet
        self.addresses = {name: f"{subnet}.{number}" for number, name in enumerate(self.names, start=11)}
        self.hosts = None

    def address(self, name):
        return self.addresses[name]

    def namespace(self, name):
        return f"{self.prefix}-{name}"

    def __enter__(self):
        bridge = self.namespace("net")
        run("ip", "netns", "add", bridge)
        run("ip", "-n", bridge, "link", "add", "bridge", "type", "bridge")
        run("ip", "-n", bridge, "link", "set", "bridge", "up")
        for name in self.names:
            self._add(name, bridge)
        with tempfile.NamedTemporaryFile("w", prefix="hosts.", dir="/tmp", delete=False) as file:
            os.fchmod(file.fileno(), 0o644)
            self.hosts = file.name
        self.write_names()
        return self

    def write_names(self):
        self._write_hosts(f"{self.address(name)} {name}\n" for name in self.names)

    def forget_names(self):
        """No name resolves any more, on any node."""
        self._write_hosts([])

    def move(self, name):
        """Gives the node an address that nobody has, from one moment to the next; its name follows."""
        taken = set(self.addresses.values())
        old = self.address(name)
        new = next(address for address in (f"{self.subnet}.{number}" for number in range(100, 250))
                   if address not in taken)
        self.addresses[name] = new
        # In this order: with the first address of a subnet the kernel deletes the others of it, too.
        run("ip", "-n", self.namespace(name), "address", "del", f"{old}/24", "dev", "eth0")
        run("ip", "-n", self.namespace(name), "address", "add", f"{new}/24", "dev", "eth0")
        self.write_names()

    def _write_hosts(self, lines):
        # In place: it is bind-mounted.
        with open(self.hosts, "w", encoding="utf-8") as file:
            file.write("127.0.0.1 localhost\n")
            file.writelines(lines)

    def link(self, name, state):
        """"down": what the node sends and is sent is lost, without an error."""
        run("ip", "-n", self.namespace("net"), "link", "set", f"to-{name}", state)

    def cut(self, one, other):
        """What the two send each other is lost, without an error."""
        for sender, receiver in ((one, other), (other, one)):
            # To a neighbour that is not there.
            run("ip", "-n", self.namespace(sender), "neigh", "replace", self.address(receiver), "lladdr",
                "02:00:00:00:00:01", "dev", "eth0", "nud", "permanent")

    def heal(self, one, other):
        for sender, receiver in ((one, other), (other, one)):
            run("ip", "-n", self.namespace(sender), "neigh", "del", self.address(receiver), "dev", "eth0")

    def _add(self, name, bridge):
        own = self.namespace(name)
        run("ip", "netns", "add", own)
        run("ip", "-n", own, "link", "set", "lo", "up")
        run("ip", "-n", bridge, "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0",
            "netns", own)
        run("ip", "-n", bridge, "link", "set", f"to-{name}", "master", "bridge", "up")
        run("ip", "-n", own, "address", "add", f"{self.address(name)}/24", "dev", "eth0")
        run("ip", "-n", own, "link", "set", "eth0", "up")

    def __exit__(self, *_):
        os.unlink(self.hosts)
        for name in [*self.names, "net"]:
            subprocess.run(["ip", "netns", "delete", self.namespace(name)], check=False,
                           capture_output=True)
