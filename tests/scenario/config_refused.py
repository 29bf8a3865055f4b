# SPDX-License-Identifier: BSD-2-Clause
"""A PUT with five different mistakes answers 422 with five pointers and changes nothing: not the
document, not the revision, not a call in progress."""
import copy

from tests.support.calls import Call
from tests.support.lab import Lab


def break_document(document):
    """Plants five mistakes of five kinds; answers the pointers that must be named."""
    document["realms"][0]["colour"] = "red"  # unknown field
    document["sip_interfaces"][0]["port"] = "five"  # wrong type
    document["timers"] = {**document.get("timers", {}), "t1_ms": 1}  # out of range
    document["trunks"][0]["realm"] = "nowhere"  # dangling reference
    twin = {**document["media_pools"][0], "name": "twin"}  # overlapping range
    document["media_pools"].append(twin)
    return {"/realms/0/colour", "/sip_interfaces/0/port", "/timers/t1_ms", "/trunks/0/realm",
            f"/media_pools/{len(document['media_pools']) - 1}"}


def run():
    with Lab() as lab:
        call = Call(lab)
        before = lab.api("GET", "/config")
        revisions = lab.get("/config/revisions")
        broken = copy.deepcopy(before.json)
        wanted = break_document(broken)

        answer = lab.put_config(broken)
        assert answer.status == 422, f"{answer.status} {answer.body}"
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        pointers = [e["pointer"] for e in answer.json["errors"]]
        missing = [w for w in wanted if not any(p.startswith(w) for p in pointers)]
        assert not missing and len(pointers) == len(wanted), f"named {pointers}, missing {missing}"

        after = lab.api("GET", "/config")
        assert after.headers["ETag"] == before.headers["ETag"] and after.body == before.body
        assert lab.get("/config/revisions") == revisions
        call.assert_audio()

        assert lab.api("PUT", "/config", "{ not json", {"If-Match": before.headers["ETag"]}).status == 400
        assert lab.api("PUT", "/config", before.json, {"If-Match": '"999"'}).status == 412
        assert lab.api("PUT", "/config", before.json).status == 428
        assert lab.api("GET", "/config", token="wrong").status == 401
        dry = lab.api("PUT", "/config?dry_run=true", broken, {"If-Match": before.headers["ETag"]})
        assert dry.status == 422, dry.status
        assert lab.api("GET", "/config").headers["ETag"] == before.headers["ETag"]
        realm = lab.api("GET", "/realms/core")
        used = lab.api("DELETE", "/realms/core", headers={"If-Match": realm.headers["ETag"]})
        assert used.status == 409 and "used_by" in used.body, f"{used.status} {used.body}"
        call.hang_up()
