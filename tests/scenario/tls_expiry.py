# SPDX-License-Identifier: BSD-2-Clause
"""The end of a certificate is a metric, to the second, and an alarm in the log, once for each threshold:
a warning with weeks left, an error with less than a day, another one when it is over. What is put in the
file's place is taken by itself, and then neither metric nor clients complain any more; peers that look at
the date connect to none that is over."""
import datetime
import os
import shutil
import ssl
import subprocess

from tests.support.lab import SBC, Lab
from tests.support.tls_lab import TlsLab
from tests.support.tls_ua import TlsAgent, client_context, file_fingerprint
from tests.support.wait import wait_for

POLL_S = 5  # how often the files are looked at
LIFE_S = 9  # of the certificate that ends meanwhile: seen at least once before
EXPIRY = "portcullis_tls_certificate_expiry_timestamp_seconds"


def days(count):
    return datetime.timedelta(days=count)


def sign(authority, folder, life):
    """Signs the request of a folder of Authority.issue once more, for `life` from now; answers when that
    is over, in seconds since the epoch."""
    begins = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    ends = begins + life
    work = f"{folder}/ca"
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    settings = (f"[ca]\ndefault_ca=own\n[own]\ndatabase={work}/index\nserial={work}/serial\n"
                f"new_certs_dir={work}\ndefault_md=sha256\npolicy=any\nunique_subject=no\n"
                "[any]\ncommonName=supplied\n")
    for name, text in (("index", ""), ("serial", os.urandom(8).hex() + "\n"), ("cnf", settings)):
        with open(f"{work}/{name}", "w", encoding="ascii") as file:
            file.write(text)
    done = subprocess.run(
        ["openssl", "ca", "-batch", "-config", f"{work}/cnf", "-in", f"{folder}/request.pem",
         "-cert", authority.ca, "-keyfile", f"{authority.folder}/ca.key", "-notext",
         "-extfile", f"{folder}/extensions", "-startdate", f"{begins:%y%m%d%H%M%SZ}",
         "-enddate", f"{ends:%y%m%d%H%M%SZ}", "-out", f"{work}/cert.pem"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    os.rename(f"{work}/cert.pem", f"{folder}/cert.pem")
    return int(ends.timestamp())


def alarms(lab):
    """(level, what, days left) of each, oldest first."""
    found = []
    for line in lab.log("signaling").splitlines():
        for what in ("certificate_expires", "certificate_expired"):
            if f" {what} " in line:
                words = dict(w.split("=", 1) for w in line.split() if "=" in w)
                assert words["profile"] == "lab" and words["file"].endswith("/sbc/cert.pem"), line
                found.append((line.split()[2], what, int(words["days_left"])))
    return found


def wait_alarm(lab, seconds, *wanted):
    wait_for(lambda: alarms(lab)[-1:] == [wanted], seconds,
             lambda: f"no alarm {wanted} but {alarms(lab)}", 0.1)


def wait_taken(lab, tls, ends):
    lab.wait_metric(EXPIRY, ends, POLL_S + 5, profile="lab")
    shown = file_fingerprint(f"{tls.sbc}/cert.pem")
    assert lab.metric("portcullis_tls_certificate_info", sha256=shown) == 1
    return shown


def run():
    tls = TlsLab()
    first = sign(tls.authority, tls.sbc, days(20))
    with Lab(tls.change()) as lab:
        context = client_context(tls.authority.ca)
        assert lab.metric(EXPIRY, profile="lab") == first
        wait_alarm(lab, POLL_S, "warning", "certificate_expires", 19)

        ends = sign(tls.authority, tls.sbc, datetime.timedelta(seconds=LIFE_S))
        brief = wait_taken(lab, tls, ends)
        wait_alarm(lab, POLL_S, "error", "certificate_expires", 0)
        assert TlsAgent(lab, "pbx", context).fingerprint() == brief
        wait_alarm(lab, LIFE_S + POLL_S, "error", "certificate_expired", -1)
        try:
            TlsAgent(lab, "pbx", context)
            raise AssertionError("a certificate that is over was believed")
        except ssl.SSLCertVerificationError as problem:
            assert "expired" in problem.verify_message, problem.verify_message

        told = len(alarms(lab))
        good = wait_taken(lab, tls, sign(tls.authority, tls.sbc, days(90)))
        assert TlsAgent(lab, "pbx", context).fingerprint() == good
        assert len(alarms(lab)) == told == 3, alarms(lab)
        assert lab.metric("portcullis_tls_certificate_swaps_total", profile="lab",
                          result="swapped") == 2
        assert lab.metric("portcullis_tls_certificate_swaps_total", profile="lab",
                          result="refused") == 0
