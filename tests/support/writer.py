"""A client that writes all the time and keeps what was acknowledged."""
import threading
import time

import psycopg2

from support.docker import wait_for

TABLE = "acknowledged"


class Writer:
    """Inserts 1, 2, 3, ... into TABLE until the block ends, through whatever leads there; makes the table
    anew, distributed. A connection that fails is opened again; only what COMMIT answered for counts."""

    def __init__(self, connection):
        self.connection = {"connect_timeout": 3, "keepalives_idle": 3, "keepalives_interval": 2,
                           "keepalives_count": 3, **connection}
        self.acknowledged, self.errors, self.gap = [], [], 0.0
        self.failures = []  # when
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        for sql in (f"DROP TABLE IF EXISTS {TABLE}", f"CREATE TABLE {TABLE} (id bigint PRIMARY KEY)",
                    f"SELECT create_distributed_table('{TABLE}', 'id')"):
            self.ask(sql)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join(60)

    def ask(self, sql):
        """Its rows, over a connection of its own; None where it has none."""
        session = psycopg2.connect(**self.connection)
        try:
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else None
        finally:
            session.close()

    def run(self):
        session, number, last = None, 0, time.monotonic()
        while not self.ending.is_set():
            number += 1
            try:
                if session is None:
                    session = psycopg2.connect(options="-c statement_timeout=20s", **self.connection)
                    session.autocommit = True
                with session.cursor() as cursor:
                    cursor.execute(f"INSERT INTO {TABLE} VALUES (%s)", (number,))
            except psycopg2.Error as error:
                self.errors.append(str(error).strip())
                self.failures.append(time.monotonic())
                session = None
            else:
                self.gap = max(self.gap, time.monotonic() - last)
                last = time.monotonic()
                self.acknowledged.append(number)
            # The pace of the writer.
            self.ending.wait(0.05)

    def wait_for_more(self, seconds=60):
        """Until something is acknowledged that was not before."""
        before = len(self.acknowledged)
        wait_for(lambda: len(self.acknowledged) > before, seconds,
                 f"another write through the door; the last error: {self.errors[-1:]}")

    def story(self):
        span = self.failures[-1] - self.failures[0] if self.failures else 0
        return (f"{len(self.acknowledged)} acknowledged, longest time without {self.gap:.1f} s, "
                f"{len(self.errors)} errors within {span:.1f} s")

    def lost(self):
        """What was acknowledged and is not there."""
        return sorted(set(self.acknowledged) - {row[0] for row in self.ask(f"SELECT id FROM {TABLE}")})
