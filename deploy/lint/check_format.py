#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks that every C++ file is as clang-format leaves it (.clang-format at the top)."""
import subprocess

import sources


def main():
    files = [f for f in sources.source_files() if not f.endswith((".h", ".c"))]
    done = subprocess.run(["clang-format-19", "--dry-run", "--ferror-limit=1", "-Werror", *files],
                          cwd=sources.ROOT, text=True, stderr=subprocess.PIPE, check=False)
    wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "error:" in line})
    sources.finish("check_format", [f"{f}: run clang-format-19 -i" for f in wrong])


if __name__ == "__main__":
    main()
