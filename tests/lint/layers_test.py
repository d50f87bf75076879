#!/usr/bin/env python3
"""The layer check can fail: each kind of violation, planted alone in a small tree, is found."""
import tempfile
import unittest
from pathlib import Path

import layers

TABLE = 'set(CITUS_INIT_LAYERS\n    "base:"\n    "process:base"\n    "libpq:base"\n    "agent:base,process,libpq"\n'
TABLE += '    "agent/patroni:base,agent"\n    "main:base,agent")\n'


def problems(files, table=TABLE):
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for name, text in {"src/cmake/layers.cmake": table, **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return layers.check(root)


class Layers(unittest.TestCase):
    def test_accepts_what_points_down(self):
        self.assertEqual([], problems({
            "include/citus_init/base/a.h": "#include <string>\n#include <sys/types.h>\n#include <fmt/core.h>\n",
            "include/citus_init/process/b.h": '#include "citus_init/base/a.h"\n',
            "src/process/b.cpp": '#include "citus_init/process/b.h"\n#include "process/inside.h"\n#include "inside.h"\n',
            "src/libpq/c.cpp": "#include <libpq-fe.h>\n",
            "src/agent/patroni/d.cpp": '#include "citus_init/agent/a.h"\n#include "agent/inside.h"\n',
            "src/main.cpp": '#include "citus_init/agent/a.h"\n',
            "src/base/log.cpp": "#include <spdlog/spdlog.h>\n"}))

    def test_finds_each_violation(self):
        planted = [
            ("src/base/a.cpp", '#include "citus_init/process/b.h"', "may not include layer process"),
            ("include/citus_init/base/a.h", '#  include <citus_init/agent/b.h>', "may not include layer agent"),
            ("src/libpq/a.cpp", '#include "citus_init/process/b.h"', "may not include layer process"),
            ("src/agent/a.cpp", "#include <libpq-fe.h>", "only src/libpq"),
            ("src/agent/a.cpp", "#include <postgresql/libpq-fe.h>", "only src/libpq"),
            ("src/base/text.cpp", "#include <spdlog/spdlog.h>", "only src/base/log.cpp"),
            ("include/citus_init/base/a.h", "#include <nlohmann/json.hpp>", "third-party"),
            ("include/citus_init/base/a.h", "#include <fmt/format.h>", "third-party"),
            ("include/citus_init/base/a.h", '#include "base/inside.h"', "not public"),
            ("src/agent/a.cpp", '#include "process/inside.h"', "inside of src/process"),
            ("src/agent/a.cpp", '#include "../process/inside.h"', "path with dots"),
            ("src/agent/a.cpp", '#include "agent/patroni/a.h"', "may not include layer agent/patroni"),
            ("src/agent/patroni/a.cpp", '#include "citus_init/process/b.h"', "may not include layer process"),
            ("src/main.cpp", '#include "agent/inside.h"', "inside of src/agent"),
            ("src/stray/a.cpp", "", "no layer named stray"),
            ("src/agent/stray/a.cpp", "", "no layer named agent/stray"),
            ("src/agent/a.cpp", '#include "citus_init/stray/a.h"', "no layer named stray"),
        ]
        for name, line, said in planted:
            with self.subTest(file=name, line=line):
                found = problems({name: f"// first\n{line}\n"})
                self.assertEqual(1, len(found), found)
                self.assertIn(said, found[0])
                self.assertTrue(found[0].startswith(name + ":"), found[0])

    def test_refuses_a_table_that_points_up(self):
        with self.assertRaisesRegex(ValueError, "dependencies point down"):
            problems({}, 'set(CITUS_INIT_LAYERS "base:process" "process:")')

    def test_refuses_a_lost_table(self):
        with self.assertRaisesRegex(ValueError, "no set"):
            problems({}, "# moved elsewhere\n")


if __name__ == "__main__":
    unittest.main()
