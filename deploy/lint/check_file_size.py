#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks that no file outgrows one reader: 400 lines for code (a warning from 300), 500 for tests;
and that every file says its licence in its first lines."""
import sources

WARN, CODE, TESTS = 300, 400, 500


def main():
    problems = []
    for path in sources.source_files(sources.CODE + sources.SCRIPTS):
        text = sources.read(path)
        lines, limit = text.count("\n"), TESTS if path.startswith("tests/") else CODE
        if lines > limit:
            problems.append(f"{path}: {lines} lines, the limit is {limit}")
        elif lines > WARN and not path.startswith("tests/"):
            print(f"{path}: {lines} lines (warning from {WARN})")
        if "SPDX-License-Identifier: BSD-2-Clause" not in "\n".join(text.split("\n", 3)[:3]):
            problems.append(f"{path}: no SPDX line")
    sources.finish("check_file_size", problems)


if __name__ == "__main__":
    main()
