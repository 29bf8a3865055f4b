#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks that includes follow the direction of dependencies, and that third-party libraries stay in
their rooms. README.md of each folder says what it may depend on; this is where it is enforced."""
import re

import sources

# Folder -> folders it may include besides itself. The longest folder that contains a file applies.
MAY_INCLUDE = {
    "common/base": (),
    "common/net": ("common/base",),
    "common/ipc": ("common/base", "common/net"),
    "policy/config": ("common/base", "common/net"),
    "nat": ("common/base", "common/net"),
    "policy": ("common/base", "common/net", "policy/config"),
    "mediarelay/api": ("common/base", "common/net", "common/ipc"),
    "signaling": ("common", "nat", "policy", "mediarelay/api"),
    "mediarelay": ("common", "nat", "policy/config", "mediarelay/api"),
    "mgmt-api": ("common", "policy"),
    "tests": ("common", "nat", "policy", "mediarelay", "signaling", "mgmt-api"),
}
# Who may include what: pattern of the header, patterns of the files that may, and why.
ROOMS = (
    (r"rte_\w+\.h", (r"mediarelay/(dpdk|datapath)/", r"tests/"),
     "DPDK stays in mediarelay/dpdk and mediarelay/datapath"),
    (r"boost/(asio|beast)\b.*", (r".*/(transport|ipc|control|http)/", r"signaling/shard\.[ch]pp", r"signaling/media/relay_client", r"mediarelay/relay_app\.",
                                 r".*/(app|main)\b", r".*/app/", r"mgmt-api/publish/", r"tests/"),
     "Asio stays at the edges: transport, ipc, control, http, publish, shards and the apps"),
    (r"sqlite3\.h", (r"mgmt-api/store/", r"tests/"), "SQLite stays in mgmt-api/store"),
    (r"regex", (), "std::regex is never used on wire input: RE2 or a scanner"),
)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def folder_of(path):
    """The governed folder a file or include path belongs to, or None."""
    fitting = [f for f in MAY_INCLUDE if path.startswith(f + "/")]
    return max(fitting, key=len) if fitting else None


def inside(path, folders):
    return any(path.startswith(f + "/") for f in folders)


def check(path):
    home = folder_of(path)
    text = sources.read(path)
    for found in INCLUDE.finditer(text):
        quote, included = found.groups()
        line = text.count("\n", 0, found.start(2)) + 1
        target = folder_of(included) if quote == '"' else None
        # A folder's own files come first: policy/ holds policy/config, which may not look up.
        own = target == home or (home and target and target.startswith(home + "/"))
        if home and target and not own and not inside(included, MAY_INCLUDE[home]):
            yield f"{path}:{line}: {home} must not include {included}"
        if quote == '"' and "/" not in included and home:
            yield f"{path}:{line}: write the path from the repository root: {included}"
        for header, rooms, why in ROOMS:
            if re.fullmatch(header, included) and not any(re.match(r, path) for r in rooms):
                yield f"{path}:{line}: {included}: {why}"


def main():
    problems = [p for path in sources.source_files() for p in check(path)]
    sources.finish("check_includes", problems)


if __name__ == "__main__":
    main()
