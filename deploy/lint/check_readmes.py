#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks that each top folder has its README.md."""
import os

import sources


def main():
    missing = [f"{top}/README.md is missing" for top in sources.TOP
               if not os.path.exists(os.path.join(sources.ROOT, top, "README.md"))]
    sources.finish("check_readmes", missing)


if __name__ == "__main__":
    main()
