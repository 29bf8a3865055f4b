# SPDX-License-Identifier: BSD-2-Clause
"""Sockets inside a network namespace, without leaving this process."""
import contextlib
import ctypes
import os
import socket

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


def _setns(descriptor):
    if _LIBC.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def inside(namespace):
    """Moves the calling thread into the namespace; a socket belongs to where it was made."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        _setns(there)
        yield
    finally:
        _setns(home)
        os.close(home)
        os.close(there)


def make_socket(namespace, address, port=0, kind=socket.SOCK_DGRAM):
    """A socket of that namespace bound to `address` (IPv4 or IPv6) and `port` (0: any)."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with inside(namespace):
        made = socket.socket(family, kind)
    if kind == socket.SOCK_STREAM:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((address, port))
    except OSError as error:
        made.close()
        raise OSError(error.errno, f"cannot bind {address} port {port} in {namespace}") from error
    return made
