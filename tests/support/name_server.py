#!/usr/bin/env python3
"""A name server (RFC 1035) that knows some names, forwards and back, and leaves its first questions without
an answer. Ends with its standard input.

Usage: name_server.py ADDRESS SILENT NAME=ADDRESS...
"""
import socket
import struct
import subprocess
import sys
from contextlib import contextmanager
from select import select

A, PTR, IN, NAME_ERROR = 1, 12, 1, 3
AUTHORITATIVE_ANSWER = 0x8580
SECONDS_TO_LIVE = 1


@contextmanager
def name_server(namespace, address, names, silent=0):
    """One in a network namespace (ip-netns(8)), until the block ends."""
    with subprocess.Popen(
            ["ip", "netns", "exec", namespace, sys.executable, __file__, address, str(silent),
             *(f"{name}={own}" for name, own in names.items())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout.readline() == "listening\n"
            yield
        finally:
            server.stdin.close()


def encoded(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def records_of(names):
    records = {}
    for name, address in names.items():
        records[name, A] = socket.inet_aton(address)
        records[".".join(reversed(address.split("."))) + ".in-addr.arpa", PTR] = encoded(name)
    return records


def question_of(packet):
    """(name, type, where it ends)"""
    labels, position = [], 12
    while packet[position]:
        length = packet[position]
        labels.append(packet[position + 1:position + 1 + length].decode())
        position += 1 + length
    return ".".join(labels).lower(), struct.unpack_from(">H", packet, position + 1)[0], position + 5


def answer_of(packet, records):
    name, kind, end = question_of(packet)
    data = records.get((name, kind))
    known = any(name == other for other, _ in records)
    header = packet[:2] + struct.pack(">5H", AUTHORITATIVE_ANSWER | (0 if known else NAME_ERROR), 1, 1 if data else 0, 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, IN, SECONDS_TO_LIVE, len(data)) + data if data else b""
    return header + packet[12:end] + record


def main(address, silent, *names):
    records = records_of(dict(pair.split("=") for pair in names))
    unanswered = int(silent)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        print("listening", flush=True)
        while sys.stdin not in select([sys.stdin, server], [], [])[0]:
            packet, sender = server.recvfrom(512)
            if unanswered > 0:
                unanswered -= 1
            else:
                server.sendto(answer_of(packet, records), sender)


if __name__ == "__main__":
    main(*sys.argv[1:])
