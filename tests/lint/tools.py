#!/usr/bin/env python3
"""Runs one formatting or spelling tool over the tree: tools.py format|shellcheck|codespell.

Exit 77 (CTest's "skipped") when the tool is not installed, with the package that has it.
"""
import shutil
import subprocess
import sys

import tree

SKIPPED = 77


def shell_files():
    return [path for path in tree.files() if tree.is_shell(path)]


def prose_and_code():
    # Corpora and golden files hold whatever a fuzzer or a server wrote.
    return [path for path in tree.files()
            if not {"golden", "corpus"} & set(path.parts) and tree.text_of(path) is not None]


TOOLS = {
    "format": (["clang-format-14", "--dry-run", "-Werror"], tree.cpp_files),
    "shellcheck": (["shellcheck", "--external-sources", "--source-path=SCRIPTDIR"], shell_files),
    "codespell": (["codespell", "--ignore-words", str(tree.ROOT / "tests/lint/codespell_ignore.txt")],
                  prose_and_code),
}


def main():
    command, select = TOOLS[sys.argv[1]]
    if not shutil.which(command[0]):
        print(f"skipped: {command[0]} is not installed (Debian package of the same name)")
        return SKIPPED
    paths = select()
    print(f"{command[0]}: {len(paths)} files", flush=True)
    if not paths:
        return 0
    result = subprocess.run(command + [str(path) for path in paths], check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if sys.argv[1] == "format" and result.returncode:
        unformatted = sorted({line.split(":")[0] for line in result.stdout.splitlines()
                              if "[-Wclang-format-violations]" in line})
        print("\n".join(unformatted), "\nto do: cmake --build --preset dev --target format")
    else:
        print(result.stdout[:20000], end="")
    return 1 if result.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
