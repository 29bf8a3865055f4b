# SPDX-License-Identifier: BSD-2-Clause
"""Certificates for one test: an authority of its own and what it signs, made by openssl."""
import os
import subprocess


class Authority:
    """A certificate authority in `folder`; its certificate is `ca`."""

    def __init__(self, folder, name="Test Authority"):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.ca, self._key = f"{folder}/ca.pem", f"{folder}/ca.key"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", self._key, "-out", self.ca, "-days", "2", "-subj", f"/CN={name}",
                 "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, names=(), addresses=(), days=2, uris=()):
        """A certificate for client and server use; the folder that holds cert.pem, key.pem, and
        agent.pem and cafile.pem as Sofia-SIP wants them."""
        folder = f"{self.folder}/{name}"
        os.makedirs(folder, exist_ok=True)
        alternative = [f"DNS:{n}" for n in (names or [name])] + [f"IP:{a}" for a in addresses] + \
            [f"URI:{u}" for u in uris]
        request, extensions = f"{folder}/request.pem", f"{folder}/extensions"
        with open(extensions, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={','.join(alternative)}\nbasicConstraints=CA:FALSE\n"
                       "keyUsage=digitalSignature,keyEncipherment\n"
                       "extendedKeyUsage=serverAuth,clientAuth\n")
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/key.pem",
                 "-out", request, "-subj", f"/CN={name}")
        _openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._key,
                 "-CAcreateserial", "-out", f"{folder}/cert.pem", "-days", str(days),
                 "-extfile", extensions)
        for target, sources in (("agent.pem", ("cert.pem", "key.pem")), ("cafile.pem", ("../ca.pem",))):
            with open(f"{folder}/{target}", "wb") as out:
                for source in sources:
                    with open(f"{folder}/{source}", "rb") as file:
                        out.write(file.read())
        return folder


def _openssl(*words):
    done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"openssl {words[0]}: {done.stderr.strip()[-500:]}")
