#!/usr/bin/env python3
"""The checks of sizes.py, places.py, repeats.py, words.py, settings_used.py and settings_of_every_version.py can fail: each violation, planted alone, is found. What tests/run.sh installs, and its summary."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import places
import repeats
import settings_of_every_version
import settings_used
import sizes
import tree
import words

LONG = 60
SUMMARY = Path(__file__).resolve().parents[1] / "support/summary.py"


def found_in(check, name, text):
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / name).write_text(text)
        return check(Path(directory).resolve())


def cpp(signature, lines):
    return f"namespace a {{\n{signature} {{\n" + "    f();\n" * (lines - 2) + "}\n}\n"


class Sizes(unittest.TestCase):
    def test_finds_long_functions(self):
        for name, text in {
            "a.cpp": cpp("int f(int a)", LONG),
            "const.cpp": cpp("int A::f() const", LONG),
            "trailing.cpp": cpp("auto f() -> std::vector<int>", LONG),
            "test.cpp": cpp("TEST(Suite, Name)", LONG),
            "wrapped.cpp": cpp("int f(int a,\n      int b)", LONG - 1),
            "a.py": "def f():\n" + "    g()\n" * (LONG - 1),
            "a.sh": "f() {\n" + "    g\n" * (LONG - 2) + "}\n",
        }.items():
            with self.subTest(name):
                found = found_in(sizes.check, name, text)
                self.assertEqual(1, len(found), found)
                self.assertIn("a function of 60 lines", found[0])

    def test_accepts_one_line_less_and_what_is_no_function(self):
        for name, text in {
            "a.cpp": cpp("int f(int a)", LONG - 1),
            "table.cpp": "constexpr int kTable[] = {\n" + "    1,\n" * 100 + "};\n",
            "condition.cpp": "int f() {\n    if (a ||\n        b()) {\n        g();\n    }\n}\n" + "f();\n" * 70 + "        }\n",
            "case.cpp": "int f() {\n        case A:\n            if (a) {\n            }\n}\n" + "f();\n" * 70 + "        }\n",
            "class.h": "class A {\n" + "    int f();\n" * 100 + "};\n",
        }.items():
            with self.subTest(name):
                self.assertEqual([], found_in(sizes.check, name, text))

    def test_finds_long_files(self):
        self.assertEqual([], found_in(sizes.check, "a.h", "// line\n" * 299))
        self.assertEqual(1, len(found_in(sizes.check, "a.h", "// line\n" * 600)))


class Repeats(unittest.TestCase):
    def found(self, first, second):
        with tempfile.TemporaryDirectory() as directory:
            for name, lines in (("src/a.cpp", first), ("include/b.h", second)):
                path = Path(directory, name)
                path.parent.mkdir()
                path.write_text("\n".join(lines))
            return repeats.check(Path(directory).resolve())

    def test_finds_a_run_that_stands_twice_once(self):
        run = [f"line {number};" for number in range(14)]
        indented = ["first;"] + [f"    {line}" for line in run]
        self.assertEqual(1, len(self.found(run, indented)), self.found(run, indented))
        self.assertIn("src/a.cpp:1", self.found(run, indented)[0])

    def test_accepts_a_shorter_run_and_includes(self):
        run = [f"line {number};" for number in range(repeats.LIMIT)]
        self.assertEqual([], self.found(run + ["a;"], run + ["b;"]))
        self.assertEqual([], self.found(["#include <a>"] * 20, ["#include <a>"] * 20))


class Packages(unittest.TestCase):
    LISTS = tree.ROOT / "docker/scripts/packages"

    def lists_of(self, *arguments):
        run = subprocess.run([tree.ROOT / "tests/run.sh", *arguments, "--packages"], capture_output=True, text=True,
                             check=True)
        return run.stdout.split()

    def test_a_quick_run_installs_no_server(self):
        self.assertEqual(["build", "unit"], self.lists_of("--quick"))
        packages = " ".join((self.LISTS / f"{name}.txt").read_text() for name in ("build", "unit")).split()
        for name in ("postgresql-15", "patroni", "etcd-server", "docker.io", "clang-tidy-14"):
            self.assertNotIn(name, packages)

    def test_a_whole_run_installs_all_of_them(self):
        self.assertEqual(["build", "unit", "test"], self.lists_of())
        self.assertEqual(["build", "unit", "test"], self.lists_of("--label", "citus"))


class Places(unittest.TestCase):
    def test_finds_machine_paths_and_unlisted_hosts(self):
        for text in ("see /home/someone/src", 'cd "/wor' + 'k/tree"', "/Users/someone/x",
                     "https://mirror.internal/debian"):
            with self.subTest(text):
                self.assertEqual(1, len(found_in(places.check, "a.md", text)))

    def test_accepts_public_places(self):
        for text in ("https://www.postgresql.org/docs/15/", "http://localhost:8009/livez",
                     "$HOME/work/x", "a frame/work/x"):
            with self.subTest(text):
                self.assertEqual([], found_in(places.check, "a.md", text))


class Words(unittest.TestCase):
    def test_finds_terms_of_the_old_glossary(self):
        for text in ("a half-made directory", "// The verdicts of", "Stranger nodes", "step last_words", "within its patience",
                     "at the next look", "leader_look()", "TEST(Disk, TellsWhatIsFull)", "def test_it_is_told_once():"):
            with self.subTest(text):
                self.assertEqual(1, len(found_in(words.check, "a.cpp", text)))

    def test_accepts_other_words(self):
        self.assertEqual([], found_in(words.check, "a.md", "an incomplete directory, the final output"))
        self.assertEqual([], found_in(words.check, "a.cpp", "LookUp look_up; what looks different; tells apart"))


class SettingsUsed(unittest.TestCase):
    def test_finds_a_setting_without_effect(self):
        header = "struct A {\n    int used = 1;\n    std::vector<int> unused{};\n};\n"
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            for name, text in {"include/citus_init/settings/settings.h": header,
                               "include/citus_init/settings/patroni_settings.h": "",
                               "src/settings/variables_a.cpp": "put(a.unused);\n",
                               "src/node/b.cpp": "f(a.used);\n"}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            found = settings_used.check(root)
        self.assertEqual(1, len(found), found)
        self.assertIn("A::unused", found[0])

    def test_finds_what_a_member_reads_though_it_is_called_without_effect(self):
        listed = 'for (const char* variable : {"CITUS_A", "CITUS_B"}) { warning("has no effect with CITUS_HA=patroni"); }'
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            for name, text in {"src/settings/patroni_checks.cpp": listed,
                               "src/settings/variables_a.cpp": "".join(f'{{.name = "CITUS_{name}"}} put(draft.settings.citus.{name.lower()}, x)\n'
                                                                       for name in "AB"),
                               "src/agent/member/loop.cpp": '#include "agent/watch.h"\n',
                               "src/agent/watch.h": "", "src/agent/watch.cpp": "f(settings.b);\n"}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            found = settings_used.check(root)
        self.assertEqual(1, len(found), found)
        self.assertIn("watch.cpp:1: reads CITUS_B", found[0])


class SettingsOfEveryVersion(unittest.TestCase):
    def test_finds_settings_that_an_older_server_lacks(self):
        table = '"late|14|0|\\n"\n"old|0|0|\\n"\n'
        for statement, count in {
            "SELECT set_config('late', '1', false)": 1,
            "SET LOCAL late TO '1'": 1,
            "SELECT current_setting('late')": 1,
            'SELECT CASE WHEN current_setting(\'late\', true) IS NOT NULL "\n    "THEN set_config(\'late\', \'1\', false) END': 0,
            "SELECT set_config('old', '1', false)": 0,
        }.items():
            with tempfile.TemporaryDirectory() as directory:
                root = Path(directory)
                for name, text in {settings_of_every_version.TABLE: table, "src/a.h": f'f("{statement}");\n'}.items():
                    (root / name).parent.mkdir(parents=True, exist_ok=True)
                    (root / name).write_text(text)
                self.assertEqual(count, len(settings_of_every_version.check(root)), statement)


class Summary(unittest.TestCase):
    FAILED = ("<testsuite><testcase name='ha.a' status='fail' time='1'><system-out>FAILED ha/test_a.py::test_b - no\n"
              "</system-out></testcase><testcase name='ha.c' status='run' time='1'/></testsuite>")
    PASSED = "<testsuite><testcase name='ha.a' status='run' time='1'/></testsuite>"

    CHECKS = "<testsuite><testcase name='Text.Trims' status='run' time='1'/></testsuite>"

    def summary(self, *texts):
        """Of SERVERS, CHECKS and AGAIN; None and what is left out are files that are missing."""
        with tempfile.TemporaryDirectory() as directory:
            paths = [Path(directory) / f"{number}.xml" for number in range(3)]
            for path, text in zip(paths, texts):
                if text is not None:
                    path.write_text(text)
            return subprocess.run([sys.executable, str(SUMMARY), *map(str, paths)], capture_output=True, text=True,
                                  check=True).stdout

    def test_what_fails_twice_has_failed(self):
        for texts in ([self.FAILED], [self.FAILED, None, self.FAILED]):
            self.assertIn("ha:          1 failed, 1 passed", self.summary(*texts))
            self.assertIn("failed: ha.a: ha/test_a.py::test_b - no", self.summary(*texts))

    def test_what_passes_the_second_time_is_unsteady(self):
        summary = self.summary(self.FAILED, None, self.PASSED)
        self.assertIn("ha:          1 unsteady, 1 passed", summary)
        self.assertIn("unsteady: ha.a: ha/test_a.py::test_b - no", summary)

    def test_each_part_may_be_alone(self):
        self.assertIn("unit:        1 passed", self.summary(None, self.CHECKS))
        both = self.summary(self.PASSED, self.CHECKS)
        self.assertIn("unit:        1 passed", both)
        self.assertIn("ha:          1 passed", both)


if __name__ == "__main__":
    unittest.main()
