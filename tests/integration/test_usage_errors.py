"""Every verb and option with wrong values: one line, exit 64, in words of ours, whatever bytes were given."""
import re
import subprocess

import pytest

from support.pid_namespace import BINARY

# The verbs with what they need; those that hand their words to the server are not among them.
VERBS = {"check": [], "render": [], "explain": ["work_mem"], "health": [], "plan": [], "status": [], "nodes": [],
         "rebalance": [], "scale": ["2"], "drain": ["w1"], "remove": ["w1"], "version": [], "help": [],
         "completion": ["bash"], "docs": ["settings"], "entrypoint-library": []}
WITH_VALUE = ("--wait", "--mode", "--scope", "-o", "--output")
WITHOUT = ("--watch", "-w", "--detach", "--stop", "--undo", "--live")
WRONG = (None, "", "x", "5x", "-5s", "1e3x", "99999999999999999999s", "a\nb", "\x1b[31m", "-1")
# As CLI11 puts it: types, sets, counts, its classes, lines of its own.
OF_THE_PARSER = re.compile(
    r"\b(INT|TEXT|ENUM|UINT|FLOAT)\b|in \{|->|Could not convert|could not be converted|At (Most|Least)|unit not recognized|mandatory "
    r"unit|flag override|overflow|Input is empty|(was|were) not expected|[Ss]ubcommand|not in range|required [A-Z]+ missing|::|"
    r"terminate called")


def calls(verb):
    operands = VERBS[verb]
    yield [verb, "", "", ""]
    yield [verb, "x", "y", "z"]
    yield [verb, *operands, "extra"]
    yield [verb, *operands, "--no-such-option"]
    yield [verb, *operands, "-Z"]
    yield [verb, *operands, "--\x1b[31m"]
    for option in WITH_VALUE:
        for value in WRONG:
            yield [verb, *operands, option, *([] if value is None else [value])]
        yield [verb, *operands, option + "=", "y"]
        yield [verb, *operands, option, "x", option, "x"]
    for option in WITHOUT:
        yield [verb, *operands, option + "=x"]
    if operands and verb != "explain":
        yield [verb]
        yield [verb, ""]


@pytest.mark.parametrize("words, expected", [
    (("health", "--wait", "5y", "--scope", "x", "a", "--b"), ("--wait", "--scope", "health does not take a, --b")),
    (("scale", "0", "--detach=x", "--wait"), ("WORKERS", "--detach", "--wait")),
    (("remove", "--no-such", "--mode", "x"), ("remove needs NODE", "--no-such", "--mode")),
])
def test_every_wrong_word_is_reported_at_once(words, expected):
    done = subprocess.run([BINARY, *words], capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
                          env={"PATH": "/usr/bin:/bin", "PGDATA": "/nowhere/data"})
    text = done.stderr.decode()
    assert done.returncode == 64 and text.count("\n") == 1
    for word in expected:
        assert word in text, (word, text)


@pytest.mark.parametrize("verb", VERBS)
def test_wrong_words_are_answered_in_words_of_ours(verb):
    for words in calls(verb):
        done = subprocess.run([BINARY, *words], capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
                              env={"PATH": "/usr/bin:/bin", "PGDATA": "/nowhere/data"})
        text = done.stderr.decode()
        assert done.returncode == 64, (words, done)
        assert re.fullmatch(r"citus-init: exit 64 \(usage\): [ -~]+\n", text), (words, text)
        assert not OF_THE_PARSER.search(text), (words, text)
