# SPDX-License-Identifier: BSD-2-Clause
"""Canary strings: planted in every field one side writes, searched in what the other side receives,
raw and encoded."""
import base64
import re
import urllib.parse

# A field carries its side's mark and its own name, so that a leak says where it came from.
MARK = {"pbx": "qz7pbx", "carrier": "qz7car"}


def headers(side, address, response=False):
    """One header line per field that could carry something of the network behind `side`."""
    m = MARK[side]
    host = f"{m}-host.example"
    lines = [
        f"Record-Route: <sip:{address}:5060;lr;{m}rr=1>",
        f"User-Agent: {m}-user-agent/1.0", f"Server: {m}-server", f"Organization: {m} organization",
        f"Subject: {m} subject", f"Warning: 399 {host} \"{m} warning\"",
        f"Call-Info: <http://{host}/{m}>;purpose=info", f"Alert-Info: <http://{host}/{m}-ring>",
        f"Error-Info: <sip:{m}@{host}>", f"Reply-To: <sip:{m}@{host}>",
        f"In-Reply-To: {m}@{host}", f"Accept-Language: {m}", f"Accept: application/{m}",
        f"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, {m.upper()}",
        f"Supported: {m}-option", f"Priority: {m}", f"MIME-Version: 1.0 ({m})",
        f"P-Asserted-Identity: <sip:+4940555@{host};{m}=1>",
        f"P-Preferred-Identity: <sip:+4940555@{host}>",
        f"Remote-Party-ID: <sip:+4940555@{host}>;party={m}",
        f"Diversion: <sip:+4940556@{host}>;reason={m}",
        f"History-Info: <sip:+4940557@{host}>;index=1;{m}=1",
        f"Referred-By: <sip:+4940558@{host}>;cid={m}",
        f"P-Charging-Vector: icid-value={m};icid-generated-at={host}",
        f"P-Access-Network-Info: 3GPP-E-UTRAN;utran-cell-id-3gpp={m}",
        f"P-Visited-Network-ID: \"{m}\"", f"P-Charging-Function-Addresses: ccf={host}",
        f"P-Called-Party-ID: <sip:+4940559@{host}>", f"P-Associated-URI: <sip:+4940@{host}>",
        f"Geolocation: <sip:{m}@{host}>", f"User-to-User: {m.encode().hex()};encoding=hex;{m}",
        f"Session-ID: {m.encode().hex()}", f"Reason: Q.850;cause=16;text=\"{m} reason\"",
        f"Timestamp: 54.0 {m}", f"X-Trace: {m}", f"X-Forwarded-For: {address}", f"{m}-Header: 1",
        f"Content-Disposition: session;handling=optional;{m}=1", f"Content-Language: {m}",
        f"Path: <sip:{host};lr>", f"Service-Route: <sip:{host};lr>", f"Subscription-State: {m}",
    ]
    if response:
        lines.append(f"Contact: <sip:{m}-contact@{address}:5060;{m}=1>;{m}=2")
        lines.append(f"Proxy-Authenticate: Digest realm=\"{m}\", nonce=\"{m}\"")
        lines = [line for line in lines if not line.startswith("Proxy-Authenticate")]
    else:
        lines.append(f"Via: SIP/2.0/UDP {host};branch=z9hG4bK{m}lower;received={address}")
        lines.append(f"Authorization: Digest username=\"{m}\", realm=\"{m}\", nonce=\"{m}\", "
                     f"uri=\"sip:{host}\", response=\"{'0' * 32}\"")
    return lines


def sdp(side, address, port, version=1, direction="sendrecv"):
    """A description with the mark in every line that can carry one."""
    m = MARK[side]
    return "\r\n".join([
        "v=0", f"o={m}-user 47{version} {version} IN IP4 {address}", f"s={m} session",
        f"i={m} information", f"u=http://{m}.example/", f"e={m}@{m}.example ({m})",
        f"p=+49 40 555 ({m})", f"c=IN IP4 {address}", "b=AS:80", "t=0 0", f"k=clear:{m}",
        f"a=tool:{m}", f"a=cat:{m}", f"a=keywds:{m}", f"a=group:LS {m}", f"a=x-{m}:1",
        f"a=ice-ufrag:{m}", f"a=ice-pwd:{m}{m}{m}{m}", "a=ice-options:trickle",
        f"m=audio {port} RTP/AVP 8 101", f"i={m} media title", f"b=X-{m}:1",
        "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15",
        f"a=rtcp:{port + 1} IN IP4 {address}", f"a=candidate:1 1 UDP 1 {address} {port} typ host {m}",
        f"a=mid:{m}", f"a=label:{m}", f"a=msid:{m} {m}", f"a=ssrc:47 cname:{m}",
        f"a=crypto:1 {m} inline:{m}", f"a=setup:{m}", f"a=fingerprint:sha-256 {m}",
        f"a=content:{m}", f"a=lang:{m}", f"a=x-{m}-media", f"a={direction}", "a=ptime:20", ""])


def _spellings(word):
    """The word as plain text, as percent-encoded text and as base64 at each of three alignments."""
    yield word
    yield "".join(f"%{b:02x}" for b in word.encode())
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + word.encode()).decode()
        # Characters at the edges depend on the neighbours; the rest is the word's own.
        yield coded[(0, 2, 3)[shift]:-4 if (shift + len(word)) % 3 else None].lower()
    yield word.encode().hex()


def leaks(capture, sbc_address, far_side, far_network):
    """Lines sent by the appliance on one side that hold something of `far_side`."""
    wanted = [*_spellings(MARK[far_side]), far_network]
    found = []
    for message in capture.sip():
        if message.source[0] != sbc_address:
            continue
        for line in message.raw.decode("utf-8", "replace").split("\r\n"):
            low = line.lower()
            if any(w in low or w in urllib.parse.unquote(low) for w in wanted):
                found.append(f"{message.start[:40]}: {re.sub(r'[^ -~]', '.', line)[:120]}")
    return found
