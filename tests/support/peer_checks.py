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


def assert_no_half_call(messages, ackless=()):
    """Every 2xx to an INVITE of this wire was acknowledged, each time it was sent, and its dialog was
    ended by a BYE that was answered (RFC 3261 13.2.2.4, 15): nobody is left with a call. Answers how
    many dialogs there were. `ackless`: Call-IDs whose caller keeps its ACK to itself."""
    answers, ended = collections.defaultdict(list), set()
    for number, message in enumerate(messages):
        if message.is_response and message.status // 100 == 2:
            ends = frozenset((message.tag("from"), message.tag("to")))
            if message.method == "INVITE":
                answers[message.call_id, ends, message.cseq].append(number)
            elif message.method == "BYE":
                ended.add((message.call_id, ends))
    for (call_id, ends, cseq), sent in answers.items():
        what = f"the dialog {call_id} with {messages[sent[0]].tag('to')}"
        acks = [n for n, m in enumerate(messages)
                if not m.is_response and m.method == "ACK" and m.call_id == call_id and
                m.cseq == cseq and frozenset((m.tag("from"), m.tag("to"))) == ends]
        if call_id not in ackless:
            assert acks and acks[-1] > sent[-1], f"{what}: an answer was not acknowledged"
        assert (call_id, ends) in ended, f"{what} was never ended"
    return len({key[:2] for key in answers})
