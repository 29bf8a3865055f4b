# SPDX-License-Identifier: BSD-2-Clause
"""What the lints look at: the repository's own source files."""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOP = ("common", "nat", "policy", "mediarelay", "signaling", "mgmt-api", "tests", "deploy")
CODE = (".hpp", ".cpp", ".h", ".c")
SCRIPTS = (".py", ".sh")


def source_files(extensions=CODE):
    """Paths relative to the root, sorted."""
    found = []
    for top in TOP:
        for folder, folders, names in os.walk(os.path.join(ROOT, top)):
            folders[:] = [f for f in folders if not f.startswith(("build", ".", "__pycache__", "node_modules"))]
            found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names
                      if name.endswith(extensions)]
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def finish(name, problems):
    """Prints the problems and ends the program; the exit code says whether there were any."""
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{name}: ok")
    raise SystemExit(1 if problems else 0)
