#!/usr/bin/python3
"""Inserts 1, 2, 3, ... into a table, each again and again until it is acknowledged, and notes that.

acknowledged_writer.py CONNINFO FILE: a line "NUMBER SECONDS" for each acknowledged row. Ends by SIGTERM.
"""
import sys
import time

import psycopg2

# A server that is gone without an answer must not hold it up for longer than a failover takes.
IMPATIENT = "connect_timeout=2 keepalives_idle=2 keepalives_interval=1 keepalives_count=2 tcp_user_timeout=4000"


def main():
    conninfo, path = sys.argv[1:]
    number, connection = 1, None
    with open(path, "a", buffering=1, encoding="ascii") as acknowledged:
        while True:
            try:
                if connection is None:
                    connection = psycopg2.connect(f"{conninfo} {IMPATIENT}")
                    connection.autocommit = True
                    connection.cursor().execute("SET lock_timeout = '10s'")
                connection.cursor().execute("INSERT INTO written VALUES (%s)", (number,))
                acknowledged.write(f"{number} {time.monotonic():.3f}\n")
                number += 1
                time.sleep(0.05)  # a steady trickle, not a load
            except psycopg2.Error as error:
                print(number, str(error).strip().split("\n", 1)[0], file=sys.stderr, flush=True)
                if connection is not None:
                    connection.close()
                connection = None
                time.sleep(0.05)


main()
