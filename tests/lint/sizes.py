#!/usr/bin/env python3
"""No file of 600 lines or more, no function of 60 or more: C++, Python, shell. Names files of 300 or more.

C++ functions are found by their layout, which clang-format (its own test) guarantees: a line that
ends in ") {" up to the "}" at the same indentation. Usage: sizes.py [ROOT]
"""
import ast
import re
import sys
from pathlib import Path

import tree

FILE_LIMIT = 600
FILE_WARNING = 300
FUNCTION_LIMIT = 60
CPP_OPENING = re.compile(r"^ *\S.*\)(?: const| noexcept| override| final)*(?: -> [\w:<>*& ,]+)? \{$")
CPP_CONTROL = re.compile(r"^ *(?:\} )?(?:if|else|for|while|switch|do|catch)\b")
UNFINISHED = re.compile(r"(?:[,(=?:+*|-]|&&|<<)$")
LABEL = re.compile(r"^ *(?:case\b.*|default|public|private|protected):$")
SHELL_OPENING = re.compile(r"^(\w+)\(\) [{(]$")


def first_line_of(lines, opening):
    """Where the statement or signature begins that ends on the line `opening`."""
    first = opening
    while first > 0 and UNFINISHED.search(lines[first - 1]) and not LABEL.match(lines[first - 1]):
        first -= 1
    return first


def cpp_functions(lines):
    """(line, length) of each block that a ")" opens; an inner one counts within its outer one too."""
    for opening, line in enumerate(lines):
        if not CPP_OPENING.match(line):
            continue
        first = first_line_of(lines, opening)
        if CPP_CONTROL.match(lines[first]):
            continue
        closing = re.match(" *", lines[first]).group() + "}"
        for end in range(opening + 1, len(lines)):
            if lines[end].startswith(closing):
                yield first + 1, end - first + 1
                break


def shell_functions(lines):
    for start, line in enumerate(lines):
        if SHELL_OPENING.match(line):
            for end in range(start + 1, len(lines)):
                if lines[end] in ("}", ")"):
                    yield start + 1, end - start + 1
                    break


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def functions(path, text):
    if path.suffix == ".py":
        return python_functions(text)
    if tree.is_shell(path):
        return shell_functions(text.splitlines())
    return cpp_functions(text.splitlines())


def check(root):
    problems = []
    for path in tree.files(root):
        if path.suffix not in (".h", ".cpp", ".py") and not tree.is_shell(path):
            continue
        text = path.read_text(encoding="utf-8")
        relative = path.relative_to(root).as_posix()
        length = len(text.splitlines())
        if length >= FILE_LIMIT:
            problems.append(f"{relative}:1: {length} lines: split it by its nouns (under {FILE_LIMIT})")
        elif length >= FILE_WARNING:
            print(f"{relative}:1: {length} lines: does it hold more than one noun?")
        problems += [f"{relative}:{line}: a function of {size} lines: split it (under {FUNCTION_LIMIT})"
                     for line, size in functions(path, text) if size >= FUNCTION_LIMIT]
    return problems


def main():
    problems = check(Path(sys.argv[1]) if len(sys.argv) > 1 else tree.ROOT)
    print("\n".join(problems) or "every file and function is within its size")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
