# SPDX-License-Identifier: BSD-2-Clause
"""A trunk that asks for the digest to cover the body (RFC 7616 section 3.4.3, qop auth-int)."""
from tests.scenario.digest_trunk import answered


def run():
    answered("SHA-256", "auth-int")
