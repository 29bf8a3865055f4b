# SPDX-License-Identifier: BSD-2-Clause
"""A lab of its own for one scenario: deploy/lab.sh behind a context manager, plus the REST API."""
import atexit
import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from tests.support import netns
from tests.support.wait import wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAB_SH = os.path.join(ROOT, "deploy", "lab.sh")
ADDRESS = {"pbx": "198.18.0.2", "carrier": "198.18.1.2"}
ADDRESS6 = {"pbx": "fd00:18:0::2", "carrier": "fd00:18:1::2"}
SBC = {"pbx": "198.18.0.1", "carrier": "198.18.1.1"}  # the appliance, as that side sees it
SBC6 = {"pbx": "fd00:18:0::1", "carrier": "fd00:18:1::1"}


class _NamespaceConnection(http.client.HTTPConnection):
    def __init__(self, namespace):
        super().__init__("127.0.0.1", 8080, timeout=30)
        self._namespace = namespace

    def connect(self):
        with netns.inside(self._namespace):
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect((self.host, self.port))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Lab:
    """`with Lab() as lab:` is a running, provisioned appliance; options come from the environment
    that tests/scenario/run.py sets: LAB_PREFIX, LAB_DRIVER, LAB_BUILD, LAB_SHARDS."""

    def __init__(self, change=None, driver=None, daemons=True):
        self.prefix = os.environ.get("LAB_PREFIX", "ps")
        self.driver = driver or os.environ.get("LAB_DRIVER") or None
        self.folder = tempfile.mkdtemp(prefix=f"portcullis-{self.prefix}-")
        self.state = f"/run/portcullis-lab/{self.prefix}"
        self._change, self._daemons = change, daemons
        self._exits, self._numbers = [], itertools.count(1)

    @classmethod
    def attach(cls, prefix):
        """The lab with that prefix, which somebody else has started and will end."""
        lab = cls()
        lab.prefix, lab.state = prefix, f"/run/portcullis-lab/{prefix}"
        return lab

    def detach(self):
        """Ends what was started through an attached lab, and only that."""
        for stop in reversed(self._exits):
            stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        command = ["up"]
        if not self._daemons:
            command.append("--no-daemons")
        with open(os.path.join(ROOT, "deploy/config/lab.json"), encoding="utf-8") as file:
            self.document = json.load(file)
        if self._change:
            self._change(self.document)
        config = os.path.join(self.folder, "config.json")
        with open(config, "w", encoding="utf-8") as file:
            json.dump(self.document, file, indent=2)
        command += ["--config", config]
        for option in ("driver", "build", "shards"):
            value = self.driver if option == "driver" else os.environ.get(f"LAB_{option.upper()}")
            if value:
                command += [f"--{option}", value]
        atexit.register(self._down)
        self.sh(*command)
        return self

    def __exit__(self, kind, error, trace):
        for stop in reversed(self._exits):
            try:
                stop()
            except Exception as problem:  # pylint: disable=broad-except
                if kind is None:
                    kind, error = type(problem), problem
        keep = os.environ.get("LAB_KEEP_LOGS")
        if keep and kind is not None and os.path.isdir(f"{self.state}/log"):
            shutil.copytree(f"{self.state}/log", f"{self.folder}/log", dirs_exist_ok=True)
            shutil.copytree(self.folder, os.path.join(keep, self.prefix), dirs_exist_ok=True)
        self._down()
        atexit.unregister(self._down)
        if error is not None and trace is None:
            raise error

    def _down(self):
        subprocess.run([LAB_SH, "--prefix", self.prefix, "down"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def on_exit(self, action):
        self._exits.append(action)

    def next_number(self):
        return next(self._numbers)

    def sh(self, *words):
        done = subprocess.run([LAB_SH, "--prefix", self.prefix, *words], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"lab.sh {' '.join(words)}: {done.stderr.strip()[-3000:]}")
        return done.stdout

    def namespace(self, side):
        return f"{self.prefix}-{side}"

    def command(self, side, *words):
        """The command line that runs `words` on that side."""
        return ["ip", "netns", "exec", self.namespace(side), *words]

    # --- the daemons -------------------------------------------------------------------------
    def pid(self, daemon):
        """The daemon's process id, or None while it is down."""
        try:
            with open(f"{self.state}/{daemon}.pid", encoding="ascii") as file:
                return int(file.read())
        except (FileNotFoundError, ValueError):
            return None

    def kill(self, daemon):
        """Kills the daemon with SIGKILL; the supervisor starts it again. Answers the old pid."""
        pid = self.pid(daemon)
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_restarted(self, daemon, old_pid, seconds=10):
        return wait_for(lambda: self.pid(daemon) not in (None, old_pid) and self.pid(daemon),
                        seconds, f"{daemon} was not started again")

    def log(self, daemon):
        with open(f"{self.state}/log/{daemon}.log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def cpu_seconds(self, daemon):
        """User and system time the daemon has used so far."""
        with open(f"/proc/{self.pid(daemon)}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # --- the REST API ------------------------------------------------------------------------
    def api(self, method, path, body=None, headers=None, token=None):
        """One call; paths are below /api/v1, except /metrics."""
        if token is None:
            with open(f"{self.state}/token", encoding="ascii") as file:
                token = file.read().strip()
        connection = _NamespaceConnection(self.namespace("sbc"))
        sent = {"Authorization": f"Bearer {token}", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        full = path if path.startswith("/metrics") else "/api/v1" + path
        try:
            connection.request(method, full, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()

    def get(self, path):
        answer = self.api("GET", path)
        assert answer.status == 200, f"GET {path}: {answer.status} {answer.body}"
        return answer.json

    def put_config(self, document):
        """PUTs the whole document with the current ETag."""
        etag = self.api("GET", "/config").headers["ETag"]
        return self.api("PUT", "/config", document, {"If-Match": etag})

    def calls(self):
        """Live calls."""
        answer = self.get("/calls?limit=1000")
        return answer["items"] if isinstance(answer, dict) else answer

    def wait_calls(self, count, seconds=10):
        return wait_for(lambda: len(self.calls()) == count, seconds,
                        lambda: f"not {count} live calls but {len(self.calls())}")

    def metrics(self):
        """Metric name with labels -> value."""
        values = {}
        for line in self.api("GET", "/metrics").body.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                values[name] = float(value)
        return values

    def metric(self, name, **labels):
        """The sum of a metric over its labels, or over those rows that carry `labels`."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        found = [value for key, value in self.metrics().items()
                 if key.split("{")[0] == name and all(w in key for w in wanted)]
        assert found, f"/metrics has no {name} {labels}"
        return sum(found)

    def wait_metric(self, name, value, seconds=10, **labels):
        return wait_for(lambda: self.metric(name, **labels) == value, seconds,
                        lambda: f"{name} {labels or ''} is not {value:g} but "
                                f"{self.metric(name, **labels):g}", 0.1)

    def wait_idle(self, seconds=40, tombstones=False):
        """Until /metrics shows no call, session or port in use; tombstones last 32 s by design."""
        names = ["portcullis_calls", "portcullis_media_sessions"]
        for name in names + ["portcullis_tombstones"] * tombstones:
            self.wait_metric(name, 0, seconds)
        self.wait_metric("portcullis_media_ports", 0, seconds, state="used")

    def wait_empty(self, timers, seconds=40):
        """Until nothing at all is left of any call: as wait_idle(), and no dialog, no transaction and
        no timer but the `timers` that ran before the first call."""
        self.wait_idle(seconds)
        for name in ("portcullis_dialogs", "portcullis_sip_transactions"):
            self.wait_metric(name, 0, seconds)
        self.wait_metric("portcullis_timers", timers, seconds)

    def records(self):
        """All call records, oldest first, from the record files themselves."""
        found = []
        for folder, _, names in os.walk(f"{self.state}/cdr"):
            for name in sorted(names):
                if name.endswith(".jsonl"):
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        found += [json.loads(line) for line in file if line.endswith("\n")]
        return found

    def wait_records(self, count, seconds=10):
        wait_for(lambda: len(self.records()) >= count, seconds, f"{count} call records")
        return self.records()
