#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks that each top folder, and each folder directly in it, has its README.md."""
import os

import sources


def folders():
    """The top folders and those directly in them that hold files, sorted."""
    paths = (path.split(os.sep) for path in sources.source_files(extensions=("",)))
    return sorted({*sources.TOP, *("/".join(p[:2]) for p in paths if len(p) > 2)})


def main():
    missing = [f"{folder}/README.md is missing" for folder in folders()
               if not os.path.exists(os.path.join(sources.ROOT, folder, "README.md"))]
    sources.finish("check_readmes", missing)


if __name__ == "__main__":
    main()
