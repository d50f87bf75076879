"""The files of the source tree, for the checks in this directory."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED_DIRECTORIES = {".git", ".cache", "build", "__pycache__", ".pytest_cache", "dist"}


def files(root=ROOT):
    """Every file that is ours, as paths; what a build or a tool left behind is not."""
    for directory, names, found in os.walk(root):
        names[:] = sorted(set(names) - SKIPPED_DIRECTORIES)
        for name in sorted(found):
            path = Path(directory, name)
            if name != ".git" and path.is_file() and not path.is_symlink():
                yield path


def cpp_files(root=ROOT):
    return [path for path in files(root) if path.suffix in (".h", ".cpp")]


def is_shell(path):
    if path.suffix in (".sh", ".bash"):
        return True
    if path.suffix:
        return False
    with path.open("rb") as file:
        first = file.readline(80)
    return first.startswith(b"#!") and (b"bash" in first or first.rstrip().endswith(b"/sh"))


def text_of(path):
    """The file's text, or None for what is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
