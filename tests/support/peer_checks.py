# SPDX-License-Identifier: BSD-2-Clause
"""What must hold of any well-formed call on one wire, whoever made it (RFC 3261 12)."""
import collections


def assert_one_dialog(messages):
    """All messages of a capture are one call: one Call-ID, two tags once it is established, each
    side's CSeq rising, every request but ACK answered, every RSeq acknowledged."""
    assert messages, "nothing was captured"
    ids = {m.call_id for m in messages}
    assert len(ids) == 1, f"more than one call: {ids}"
    numbers = collections.defaultdict(int)
    for message in messages:
        if message.is_response or message.method in ("ACK", "CANCEL"):
            continue
        key = message.source[0]
        assert message.cseq >= numbers[key], f"CSeq of {key} fell: {message}"
        numbers[key] = message.cseq
    for message in messages:
        if not message.is_response and message.method != "ACK":
            assert final_answer(messages, message), f"nobody answered {message}"


def final_answer(messages, request):
    """The final response to a request of the capture, or None."""
    for message in messages:
        if message.is_response and message.status >= 200 and message.branch() == request.branch() \
                and message.method == request.method and message.source[0] == request.target[0]:
            return message
    return None


def requests(messages, method, source=None):
    """The requests of that method, repetitions of one transaction counted once."""
    found, seen = [], set()
    for message in messages:
        if message.is_response or message.method != method:
            continue
        if source is not None and message.source[0] != source:
            continue
        key = message.branch(), message.source
        if key not in seen:
            seen.add(key)
            found.append(message)
    return found


def responses(messages, status, method=None, source=None):
    """The responses with that status, as often as they were sent."""
    return [m for m in messages if m.is_response and m.status == status
            and method in (None, m.method) and source in (None, m.source[0])]


def options_of(message, name):
    """The option tags (or methods) of a header such as Supported, Require, Allow; lower case."""
    return {word.strip().lower() for value in message.all(name) for word in value.split(",")
            if word.strip()}
