"""Clients that move money between accounts all the time: whatever happens to the cluster, the sum stays."""
import random
import threading
import time

import psycopg2

ACCOUNTS, BALANCE = 200, 1000


class Transfers:
    """Runs until the block ends. `failures`: (seconds since its start, the first line of the error)."""

    def __init__(self, connection, clients=2):
        self.connection = {"connect_timeout": 3, **connection}
        self.failures, self.committed = [], 0
        self.ending = threading.Event()
        self.begun = time.monotonic()
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(clients)]

    def __enter__(self):
        self.ask("CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL)")
        self.ask("SELECT create_distributed_table('accounts', 'id')")
        self.ask(f"INSERT INTO accounts SELECT i, {BALANCE} FROM generate_series(1, {ACCOUNTS}) i")
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join(60)

    def ask(self, sql):
        session = psycopg2.connect(**self.connection)
        try:
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else None
        finally:
            session.close()

    def is_exact(self):
        return self.ask("SELECT count(*), sum(balance) FROM accounts") == [(ACCOUNTS, ACCOUNTS * BALANCE)]

    def run(self, number):
        pick, session = random.Random(number), None
        while not self.ending.is_set():
            one, other = sorted(pick.sample(range(1, ACCOUNTS + 1), 2))  # in one order: no deadlocks
            amount = pick.randint(-50, 50)
            try:
                session = session or psycopg2.connect(**self.connection)
                with session, session.cursor() as cursor:
                    for account, change in ((one, -amount), (other, amount)):
                        cursor.execute("UPDATE accounts SET balance = balance + %s WHERE id = %s", (change, account))
                self.committed += 1
            except psycopg2.Error as error:
                text = str(error).strip().split("\n", 1)[0]
                self.failures.append((round(time.monotonic() - self.begun, 1), text))
                session = None
                self.ending.wait(0.1)
