#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks that each top folder, and each folder directly in it that git tracks files in, has its
README.md."""
import os
import subprocess

import sources


def folders():
    """The top folders and the tracked ones directly in them, sorted."""
    # Whoever owns the checkout: `sudo deploy/test.sh` runs this as root.
    tracked = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", *sources.TOP],
                             cwd=sources.ROOT, text=True, stdout=subprocess.PIPE, check=True).stdout
    parts = [path.split("/") for path in tracked.split("\0")]
    return sorted({*sources.TOP, *("/".join(p[:2]) for p in parts if len(p) > 2)})


def main():
    missing = [f"{folder}/README.md is missing" for folder in folders()
               if not os.path.exists(os.path.join(sources.ROOT, folder, "README.md"))]
    sources.finish("check_readmes", missing)


if __name__ == "__main__":
    main()
