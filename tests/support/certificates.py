# SPDX-License-Identifier: BSD-2-Clause
"""Certificates for one scenario, made by the openssl command in a folder of its own."""
import os
import subprocess


def _openssl(*words):
    done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"openssl {' '.join(words)}: {done.stderr.strip()[-500:]}"
    return done.stdout


class Authority:
    """An issuer; `ca` is its certificate's file."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.ca = self._path("ca.pem")
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self._path("ca.key"),
                 "-out", self.ca, "-days", "30", "-subj", "/CN=scenario issuer")

    def _path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, names, days=30):
        """`name`.pem and `name`.key for subjectAltName `names`; again: another pair, in place.
        Answers the two paths."""
        new, key = self._path(f"{name}.new"), self._path(f"{name}.key.new")
        request, extensions = self._path("request"), self._path("extensions")
        with open(extensions, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={names}\n")
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request,
                 "-subj", f"/CN={name}")
        _openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._path("ca.key"),
                 "-CAcreateserial", "-days", str(days), "-extfile", extensions, "-out", new)
        os.rename(key, self._path(f"{name}.key"))
        os.rename(new, self._path(f"{name}.pem"))
        return self._path(f"{name}.pem"), self._path(f"{name}.key")


def fingerprint(path):
    """SHA-256 as the metrics write it."""
    line = _openssl("x509", "-in", path, "-noout", "-fingerprint", "-sha256")
    return line.split("=", 1)[1].strip().replace(":", "").lower()
