# SPDX-License-Identifier: BSD-2-Clause
"""The systems that sip_bench.py compares, each started on one processor core."""
import json
import os
import shutil
import signal
import socket
import subprocess
import time

SUT, SUT_PEER = "198.18.0.1", "198.18.0.4"     # the system's addresses; only Portcullis uses both
CALLER, ANSWERER = "198.18.0.2", "198.18.0.3"  # the generator's two sides
CALLER_PORT, ANSWERER_PORT, PORT = 5070, 5080, 5060
SYSTEM_CORE, GENERATOR_CORE = "0", "1"

KAMAILIO = f"""
debug=1
log_stderror=yes
children=1
auto_aliases=no
dns=no
rev_dns=no
maxbuffer=8388608
listen=udp:{SUT}:{PORT}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
%(modules)s
modparam("rr", "enable_full_lr", 1)
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (has_totag()) {{
        if (!loose_route()) {{
            if (is_method("ACK") && t_check_trans()) {{ t_relay(); exit; }}
            sl_send_reply("404", "Not here"); exit;
        }}
        %(in_dialog)s
        t_relay(); exit;
    }}
    if (!is_method("INVITE")) {{ sl_send_reply("405", "Method Not Allowed"); exit; }}
    t_check_trans();
    record_route();
    $du = "sip:{ANSWERER}:{ANSWERER_PORT}";
    %(offer)s
    t_relay();
}}
%(reply)s
"""
WITH_RTPENGINE = {
    "modules": 'loadmodule "rtpengine.so"\n'
               'modparam("rtpengine", "rtpengine_sock", "udp:127.0.0.1:2223")',
    "in_dialog": 'if (is_method("BYE")) rtpengine_delete();',
    "offer": 'rtpengine_offer("replace-origin"); t_on_reply("MEDIA");',
    "reply": 'onreply_route[MEDIA] { if (has_body("application/sdp")) '
             'rtpengine_answer("replace-origin"); }',
}
WITHOUT_MEDIA = {"modules": "", "in_dialog": "", "offer": "", "reply": ""}


def document(pool_ports=(10000, 64999)):
    """Two realms with a trunk each, calls from one to the other."""
    def side(name, address, gateway, port):
        realm = {"name": name, "trust": "trusted"}
        interface = {"name": name, "realm": name, "address": address, "port": PORT,
                     "transports": ["udp"]}
        pool = {"name": name, "realm": name, "interface": "net", "address": address,
                "port_min": pool_ports[0], "port_max": pool_ports[1]}
        trunk = {"name": name, "realm": name, "match": {"sources": [gateway]},
                 "gateways": [{"name": name, "uri": f"sip:{gateway}:{port};transport=udp"}]}
        return realm, interface, pool, trunk
    realms, interfaces, pools, trunks = zip(
        side("calling", SUT, CALLER, CALLER_PORT), side("called", SUT_PEER, ANSWERER, ANSWERER_PORT))
    return {"realms": realms, "sip_interfaces": interfaces, "media_pools": pools, "trunks": trunks,
            "media_interfaces": [{"name": "net", "device": "sut0"}],
            "relay": {"quarantine_s": 1},
            "routes": [{"name": "out", "match": {"trunk": "calling"}, "trunks": ["called"]}]}


class System:
    """One system under test: start() and stop() as often as wanted."""
    name = ""
    programs = ()  # of Debian, that it needs

    def __init__(self, network, build, folder):
        self.network, self.build, self.folder = network, build, folder
        self.processes = {}  # role -> Popen
        self.helpers = []    # not counted

    def target(self):
        return f"{SUT}:{PORT}"

    def missing(self):
        """The programs that are not installed."""
        return [name for name in self.programs if not shutil.which(name)]

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.launch()

    def launch(self):
        raise NotImplementedError

    def spawn(self, role, *command, core=SYSTEM_CORE):
        # On the generator's core, which never sleeps while calls are set up: first in line there.
        first = ["chrt", "-f", "10"] if core == GENERATOR_CORE else []
        with open(f"{self.folder}/{role}.log", "wb") as log:
            process = subprocess.Popen(
                self.network.command("sut", "nice", "-n", "-10", "taskset", "-c", core, *first,
                                     *command),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        return process

    def pids(self):
        """Role -> process ids of it and all its children."""
        return {role: descendants(process.pid) for role, process in self.processes.items()}

    def stop(self):
        for process in [*self.processes.values(), *self.helpers]:
            end(process)
        self.processes, self.helpers = {}, []

    def log(self):
        text = ""
        for role in os.listdir(self.folder):
            if role.endswith(".log"):
                with open(f"{self.folder}/{role}", encoding="utf-8", errors="replace") as file:
                    text += f"--- {role}\n" + "".join(file.readlines()[-8:])
        return text


def descendants(pid):
    found = [pid]
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            for child in file.read().split():
                found += descendants(int(child))
    except FileNotFoundError:
        pass
    return found


def end(process):
    """Ends a process and its children, by their ids."""
    pids = descendants(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Direct(System):
    """The generator calls itself: what a call costs where nothing stands between."""
    name = "no system"

    def target(self):
        return f"{ANSWERER}:{ANSWERER_PORT}"

    def launch(self):
        pass


class Portcullis(System):
    real_relay, ring_mb = False, 64

    @property
    def name(self):
        return "Portcullis, " + ("media relay" if self.real_relay else "null relay") + \
            ("" if self.ring_mb else ", ring off")

    def launch(self):
        for daemon in ("signaling", "mediarelay"):
            os.makedirs(f"{self.folder}/{daemon}")
        text = json.dumps(document())
        with open(f"{self.folder}/config.json", "w", encoding="utf-8") as file:
            file.write(text)
        with open(f"{self.folder}/signaling/signaling-config.json", "w", encoding="utf-8") as file:
            file.write(f'{{"revision": 1, "document": {text}}}')
        with open(f"{self.folder}/mediarelay/relay-config", "w", encoding="utf-8") as file:
            file.write(f"portcullis-document 1\n{text}")
        relay = f"{self.folder}/relay.sock"
        if self.real_relay:
            self.processes["relay"] = self.spawn(
                "relay", f"{self.build}/bin/portcullis-mediarelay", "--no-huge", "--state-dir",
                f"{self.folder}/mediarelay", "--socket", relay, "--log-level", "warn")
        else:
            self.helpers.append(self.spawn(
                "null_relay", f"{self.build}/bin/null_relay", "--socket", relay, "--config",
                f"{self.folder}/config.json", core=GENERATOR_CORE))
        wait_for_socket(relay)
        self.processes["signaling"] = self.spawn(
            "signaling", f"{self.build}/bin/portcullis-signaling", "--state-dir",
            f"{self.folder}/signaling", "--socket", f"{self.folder}/signaling.sock",
            "--relay-socket", relay, "--cdr-dir", f"{self.folder}/cdr", "--message-ring-mb",
            str(self.ring_mb), "--log-level", "warn")


class PortcullisNoRing(Portcullis):
    ring_mb = 0


class PortcullisWithRelay(Portcullis):
    real_relay = True


class PortcullisWithRelayNoRing(PortcullisWithRelay):
    ring_mb = 0


class Kamailio(System):
    name = "Kamailio"
    programs = ("kamailio",)
    parts = WITHOUT_MEDIA

    def launch(self):
        config = f"{self.folder}/kamailio.cfg"
        with open(config, "w", encoding="utf-8") as file:
            file.write(KAMAILIO % self.parts)
        self.processes["kamailio"] = self.spawn(
            "kamailio", "kamailio", "-f", config, "-DD", "-E", "-m", "1024", "-M", "64", "-Y",
            self.folder, "-P", f"{self.folder}/kamailio.pid")


class KamailioWithRtpengine(Kamailio):
    name = "Kamailio + rtpengine"
    programs = ("kamailio", "rtpengine")
    parts = WITH_RTPENGINE

    def launch(self):
        self.processes["rtpengine"] = self.spawn(
            "rtpengine", "rtpengine", "--config-file=none", "--table=-1", f"--interface={SUT}",
            "--listen-ng=127.0.0.1:2223", "--num-threads=2", "--foreground", "--log-stderr",
            "--log-level=3", "--port-min=10000", "--port-max=64999", "--delete-delay=0")
        time.sleep(1)
        super().launch()


def wait_for_socket(path, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(path)
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens at {path}")
