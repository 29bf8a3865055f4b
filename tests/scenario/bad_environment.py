# SPDX-License-Identifier: BSD-2-Clause
"""A document that is valid but cannot be applied on this machine (no such device, an address that is
not ours, a port in use) is refused by the daemon concerned, with the pointer; nothing changes, and a
call in progress goes on. A daemon that cannot start says why in one line."""
import copy
import os
import socket
import subprocess

from tests.support import netns
from tests.support.calls import Call
from tests.support.lab import ROOT, Lab


def no_such_device(document):
    document["media_interfaces"][0]["device"] = "nosuch0"
    return "/media_interfaces/0"


def foreign_media_address(document):
    document["media_pools"][0]["address"] = "203.0.113.9"
    return "/media_pools/0"


def foreign_sip_address(document):
    document["sip_interfaces"][0]["address"] = "203.0.113.9"
    return "/sip_interfaces/0"


def port_in_use(document):
    document["sip_interfaces"][0]["port"] = 5099
    return "/sip_interfaces/0"


def second_mgmt(lab):
    """Starts another management daemon on the port that the first one holds; answers its output."""
    build = os.environ.get("LAB_BUILD") or os.path.join(ROOT, "build", "release")
    folder = os.path.join(lab.folder, "second")
    os.makedirs(folder)
    done = subprocess.run(
        lab.command("sbc", f"{build}/bin/portcullis-mgmt", "--listen", "127.0.0.1:8080",
                    "--state-dir", folder, "--run-dir", folder, "--cdr-dir", folder,
                    "--token-file", f"{folder}/token"),
        capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode != 0, "a second mgmt on the same port did not fail"
    return done.stdout + done.stderr


def run():
    with Lab() as lab:
        call = Call(lab)
        before = lab.api("GET", "/config")
        blocker = netns.make_socket(lab.namespace("sbc"), "198.18.0.1", 5099, socket.SOCK_STREAM)
        blocker.listen()
        for change in (no_such_device, foreign_media_address, foreign_sip_address, port_in_use):
            document = copy.deepcopy(before.json)
            pointer = change(document)
            answer = lab.put_config(document)
            assert answer.status in (409, 422), f"{change.__name__}: {answer.status} {answer.body}"
            pointers = [e["pointer"] for e in answer.json["errors"]]
            assert any(p.startswith(pointer) for p in pointers), f"{change.__name__}: {pointers}"
            assert lab.api("GET", "/config").body == before.body, change.__name__
        said = second_mgmt(lab)
        assert "8080" in said and "in use" in said.lower(), said
        call.assert_audio()
        call.hang_up()
        again = Call(lab, parties=(call.a, call.b))
        again.assert_audio()
        again.hang_up()
