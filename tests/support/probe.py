"""A program for the init under test to run. One line of output for everything that happens to it.

    probe.py record [LAST [CODE]]   takes every signal; ends with CODE after signal LAST
    probe.py inherited              tells what it was started with
    probe.py zombies COUNT          leaves COUNT dead orphans to its reaper, then waits for SIGTERM
    probe.py hurry                  makes orphans without a pause until SIGTERM, then exits 3
"""
import json
import os
import resource
import signal
import sys

EVERY = set(range(1, 32)) | set(range(34, 65))


def say(text):
    os.write(1, (text + "\n").encode())


def record(last=0, code=0):
    """signal.sigwait would hide who sent it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, EVERY)
    say("ready")
    while True:
        number = signal.sigwaitinfo(EVERY).si_signo
        say(f"signal {number}")
        if number == int(last):
            return int(code)


def status(field):
    with open("/proc/self/status", encoding="utf-8") as file:
        return next(line.split()[1] for line in file if line.startswith(field + ":"))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def open_descriptors():
    def is_open(number):
        try:
            os.fstat(number)
            return True
        except OSError:
            return False
    return [number for number in range(256) if is_open(number)]


def inherited(*_):
    descriptors = open_descriptors()
    umask = os.umask(0)
    facts = {
        "descriptors": descriptors,
        "blocked": status("SigBlk"),
        "ignored": status("SigIgn"),
        "no_new_privs": status("NoNewPrivs"),
        "capabilities": [status("CapEff"), status("CapBnd"), status("CapInh")],
        "arguments": sys.argv[1:],
        "environment": dict(os.environ),
        "directory": os.getcwd(),
        "umask": umask,
        "nice": os.nice(0),
        "user": [os.getresuid(), os.getresgid(), os.getgroups()],
        "limits": [resource.getrlimit(number) for number in range(16)],
        "oom_score_adj": read("/proc/self/oom_score_adj"),
    }
    with open(os.environ["FACTS"], "w", encoding="utf-8") as file:
        json.dump(facts, file)
    return 0


def orphan_that_ends_at_once():
    middle = os.fork()
    if middle == 0:
        if os.fork() == 0:
            os._exit(7)
        os._exit(0)
    os.waitpid(middle, 0)


def zombies(count):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    for _ in range(int(count)):
        orphan_that_ends_at_once()
    say("ready")
    signal.sigwaitinfo({signal.SIGTERM})
    return 0


def hurry():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(3))
    say("ready")
    while True:
        orphan_that_ends_at_once()


if __name__ == "__main__":
    sys.exit({"record": record, "inherited": inherited, "zombies": zombies,
              "hurry": hurry}[sys.argv[1]](*sys.argv[2:]))
