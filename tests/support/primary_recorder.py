#!/usr/bin/env python3
"""Asks servers of one group at their sockets, all the time and on sessions that stay open, which of them is a primary,
and writes into each that is one. Runs as the servers' user until its standard input ends.

Usage: primary_recorder.py OUTPUT NAME=SOCKET_DIRECTORY...

A line of the output: `primary NAME TIME` by the server's clock, or `written NAME NUMBER TIME` once it is acknowledged.
"""
import sys
import threading
import time

import psycopg2

PAUSE = 0.01
READ = "SELECT extract(epoch FROM clock_timestamp()) WHERE NOT pg_is_in_recovery()"
WRITE = "INSERT INTO recorded VALUES (%s) RETURNING extract(epoch FROM clock_timestamp())"


class Session(threading.Thread):
    """One session with a server, and the next one when it has ended."""

    def __init__(self, output, name, directory, numbers=None):
        super().__init__(daemon=True)
        self.output, self.name_of, self.directory, self.numbers = output, name, directory, numbers

    def run(self):
        while True:
            try:
                connection = psycopg2.connect(host=self.directory, dbname="citus", user="postgres", connect_timeout=2)
                connection.autocommit = True
                with connection.cursor() as cursor:
                    while True:
                        self.step(cursor)
                        time.sleep(PAUSE)
            except psycopg2.Error:
                time.sleep(10 * PAUSE)  # a replica takes no writes

    def step(self, cursor):
        number = self.numbers and next(self.numbers)
        cursor.execute(WRITE if number else READ, (number,))
        for row in cursor.fetchall():
            what = f"written {self.name_of} {number}" if number else f"primary {self.name_of}"
            self.output.write(f"{what} {float(row[0]):.6f}\n")


def main(path, *servers):
    with open(path, "a", buffering=1, encoding="ascii") as output:
        for place, server in enumerate(servers):
            name, directory = server.split("=")
            Session(output, name, directory).start()
            Session(output, name, directory, iter(range(place + 1, 1 << 40, len(servers)))).start()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
