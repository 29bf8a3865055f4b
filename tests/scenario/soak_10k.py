# SPDX-License-Identifier: BSD-2-Clause
"""10,000 calls at the highest clean rate, every third of them odd: early CANCELs that cross the answer,
re-INVITEs, refusals, far ends that ring on, lose the INVITE or say nothing. The call records say of
every single call what its caller was told; no call, dialog, transaction, timer, tombstone or relay
session is left, and memory is back at its starting level.

Memory is the anonymous resident set of each daemon while nothing at all is left of any call (files that
are mapped, such as the bounded message ring, are not in it). The starting level is that after a warm-up
of as many calls and more: then the allocator of signaling keeps what such a batch needs at its peak, and
every slot of the relay's tables, which take unused slots first, has been used."""
import collections
import json
import os
import re
import subprocess

from tests.support.lab import ADDRESS, ROOT, SBC, Lab

EXCLUSIVE = True
TIMEOUT = 400
CALLS = 10000
WARM_UP = 20000  # the relay has fewer slots
SHARE = 0.5  # of the rate that is clean for a second, where it is to be clean for many
RATES = (100, 200, 400, 700, 1000, 1400, 1800, 2200)
MIX = {"cancel": 12, "reinvite": 10, "refuse": 8, "ring": 4, "lost": 1, "mute": 1}
MAX_GROWTH_KB = 2048


def change(document):
    # Transactions are gone after 12.8 s, and so are calls whose caller is gone, after an overload.
    document["timers"] = {"t1_ms": 200, "max_call_duration_s": 20}
    document["relay"] = {"quarantine_s": 1}
    for pool in document["media_pools"]:
        pool["port_max"] = 64999


def load(lab, *options):
    """One run of the generator; its results, a step each."""
    build = os.environ.get("LAB_BUILD") or f"{ROOT}/build/release"
    command = lab.command(
        "pbx", f"{build}/bin/sip_load", "--caller", f"{ADDRESS['pbx']}:5060", "--target",
        f"{SBC['pbx']}:5060", "--answerer", f"{ADDRESS['carrier']}:5060", "--answerer-namespace",
        f"/run/netns/{lab.namespace('carrier')}", "--drain", "12",
        *(f"--{name}={share}" for name, share in MIX.items()), *(str(o) for o in options))
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return [event for event in events if event["event"] == "result"]


def highest_clean_rate(lab):
    """The highest rate at which a second went without a repetition, and how many calls have a record
    for it: None where that is not known, because calls failed in the end."""
    steps = load(lab, "--rates", ",".join(str(r) for r in RATES), "--seconds", 1,
                 "--stop-when-unclean")
    clean = [step["rate"] for step in steps if step["clean"]]
    assert clean, steps
    failed = any(step["failed"] for step in steps)
    return clean[-1], None if failed else sum(step["started"] for step in steps)


def batch(lab, rate, calls, seed):
    """Whether so many calls went without a repetition, and Call-ID -> (status, story) as their callers
    saw it; None when calls failed, as they do where other work takes the machine away."""
    path = f"{lab.folder}/outcomes-{seed}"
    result, = load(lab, "--rates", rate, "--calls", calls, "--seed", seed, "--outcomes", path)
    repeated = result["retransmissions_sent"] + result["retransmissions_received"]
    print(f"{calls} calls at {rate}/s: {result['completed']} answered ({result['reinvited']} held), "
          f"{result['cancelled']} cancelled, {result['refused']} refused; {repeated} repetitions; "
          f"INVITE to 200 p50 {result['setup_p50_us'] / 1000:.1f} ms, "
          f"p99 {result['setup_p99_us'] / 1000:.1f} ms", flush=True)
    assert result["started"] == calls, result
    if result["failed"]:
        print(f"{result['failed']} failed: too much for this machine now", flush=True)
        return False, None
    assert result["half_calls"] == 0, result
    with open(path, encoding="ascii") as file:
        lines = [line.split() for line in file]
    assert len(lines) == calls
    return result["clean"], {call_id: (int(status), story) for call_id, status, story in lines}


def check_records(records, outcomes):
    """Each call has one record, which says what its caller was told and who ended it."""
    by_call = collections.Counter(r["a_sip_call_id"] for r in records)
    assert set(by_call) >= set(outcomes), "a call has no record"
    assert max(by_call.values()) == 1, "a call has two records"
    dispositions = collections.Counter()
    for record in records:
        if record["a_sip_call_id"] not in outcomes:
            continue
        status, story = outcomes[record["a_sip_call_id"]]
        ended_by = "b" if story == "refuse" else "a"
        said = record["sip_code"], record["released_by"].lower()
        assert said == (status, ended_by), f"a {story} call ended with {status}, but: {record}"
        assert (record.get("answered_at") is not None) == (status == 200), record
        dispositions[story, status] += 1
    print("; ".join(f"{story} {status}: {count}"
                    for (story, status), count in sorted(dispositions.items())))


def anonymous_kb(lab):
    """The anonymous resident memory of each daemon of the media and call path."""
    found = {}
    for daemon in ("signaling", "mediarelay"):
        with open(f"/proc/{lab.pid(daemon)}/status", encoding="ascii") as file:
            found[daemon] = int(re.search(r"RssAnon:\s+(\d+) kB", file.read()).group(1))
    return found


def run():
    with Lab(change) as lab:
        timers = lab.metric("portcullis_timers")
        pids = [lab.pid(daemon) for daemon in ("signaling", "mediarelay", "mgmt")]
        fresh, before = anonymous_kb(lab), None
        rate, total = highest_clean_rate(lab)
        if total is None:
            lab.wait_empty(timers, 60)
            total = len(lab.records())
        rate, calls = int(rate * SHARE), max(CALLS, WARM_UP - total)
        for seed in range(1, 6):
            clean, outcomes = batch(lab, rate, calls, seed)
            if outcomes is not None:
                total += calls
                check_records(lab.wait_records(total), outcomes)
            lab.wait_empty(timers, 60)
            after, records = anonymous_kb(lab), len(lab.records())
            assert outcomes is None or records == total, f"{records} records of {total} calls"
            total = records
            if clean and before is not None:
                break
            rate = rate if clean else int(rate * SHARE)
            before, calls = after, CALLS
        assert clean, f"not clean at {rate}/s either"
        print("anonymous memory, KB: at first", fresh, "before", before, "after", after)
        for name in ("portcullis_call_attempts_total", "portcullis_cdr_written_total"):
            assert lab.metric(name) == total, f"{name} is {lab.metric(name)}, not {total}"
        assert lab.metric("portcullis_cdr_lost_total") == 0
        assert pids == [lab.pid(daemon) for daemon in ("signaling", "mediarelay", "mgmt")]
        grown = {daemon: after[daemon] - before[daemon] for daemon in before}
        assert max(grown.values()) <= MAX_GROWTH_KB, f"memory grew by {grown} KB"
