"""Asking `citus-init http` as a prober, a scraper or somebody worse does."""
import http.client
import json
import random
import socket
import time

from support.pid_namespace import children_of, command_line, wait_until


def free_port():
    """Below those that the kernel gives to whoever asks for any, as a browser does again and again."""
    while True:
        port = random.randrange(20_000, 32_768)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass  # taken


def http_process(node):
    """The host's pid of the node's `citus-init http`, None where it does not run."""
    return next((pid for pid in children_of(node.pid1) if command_line(pid) == ["citus-init", "http"]), None)


class Listener:
    """A node's listener at a port of this machine's loopback."""

    def __init__(self, port):
        self.port = port

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def get(self, path, method="GET", **headers):
        """(status, body); (None, "") where nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (ConnectionError, http.client.RemoteDisconnected):
            return None, ""
        finally:
            connection.close()

    def status(self, path, **headers):
        return self.get(path, **headers)[0]

    def state(self, path="/readyz"):
        """What a probe's body says the node does, "" where nobody listens."""
        body = self.get(path)[1]
        return json.loads(body)["state"] if body else ""

    def wait(self, path, status):
        wait_until(lambda: self.status(path) == status, lambda: f"{path}: {self.get(path)}")

    def seconds_of(self, path):
        """(status, how long it took)"""
        began = time.monotonic()
        return self.status(path), time.monotonic() - began
