#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The self-contained lab: a PBX side, the appliance and a carrier side on one machine, in three
# network namespaces. deploy/README.md describes every command.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$HERE")
BASE=/run/portcullis-lab
PREFIX=pc BUILD="" DRIVER="" CONFIG=$HERE/config/lab.json SHARDS="" LOG_LEVEL=info
PROVISION=yes DAEMONS=yes

die() { echo "lab.sh: $*" >&2; exit 1; }
usage() {
    cat <<'USAGE'
usage: lab.sh [--prefix P] COMMAND
  up [--driver af_packet|af_xdp] [--config FILE] [--build DIR] [--shards N] [--log-level L]
     [--no-provision] [--no-daemons]
                            build the lab, start the appliance, provision it
  down                      stop everything and leave nothing behind
  provision [--driver D] [--config FILE]
                            send the configuration document over REST, wait until both daemons run it
  exec pbx|sbc|carrier CMD… run a command on that side
  api METHOD PATH [JSON|@FILE]
                            one REST call, e.g. `api GET /calls` (paths below /api/v1, or /metrics)
  curl METHOD PATH [JSON|@FILE]   print that call as a curl command instead
  token                     print the bearer token
  logs [DAEMON] [-f]        print (or follow) the logs
  status                    what runs, with which driver and revision
  stop-daemon DAEMON [--kill] | start-daemon DAEMON
                            keep mgmt, signaling or mediarelay down; start it again
USAGE
}

# wait_until SECONDS COMMAND…: true as soon as the command succeeds; false when the time is over.
wait_until() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        ((${EPOCHREALTIME/./} < deadline)) || return 1
        sleep 0.02
    done
}
pids_gone() { local pid; for pid in "$@"; do [[ ! -e /proc/$pid ]] || return 1; done; }

source "$HERE/lab/network.sh"
source "$HERE/lab/rest.sh"

need_root() { ((EUID == 0)) || die "needs root (network namespaces): sudo $0 $*"; }
need_lab() { [[ -d $DIR ]] || die "no lab with prefix '$PREFIX'; start one with: lab.sh --prefix $PREFIX up"; }
need_tools() {
    local tool
    for tool in ip ethtool jq curl python3 sysctl; do
        command -v "$tool" >/dev/null || die "$tool is missing; run deploy/setup.sh"
    done
}

# Media comes before everything else on a busy machine, and signaling before what is left.
declare -A NICE=([mediarelay]=-15 [signaling]=-10 [mgmt]=0)

start_supervisor() { # DAEMON COMMAND…
    local name=$1; shift
    in_ns sbc nice -n "${NICE[$name]}" python3 "$HERE/lab/supervise.py" "$name" "$DIR" "$@" \
        </dev/null >>"$DIR/log/$name.log" 2>&1 &
    disown
}

start_daemons() {
    local bin=$BUILD/bin shards=()
    [[ -z $SHARDS ]] || shards=(--shards "$SHARDS")
    ulimit -l unlimited 2>/dev/null || true
    ulimit -n 65536 2>/dev/null || true
    start_supervisor mediarelay "$bin/portcullis-mediarelay" --state-dir "$DIR/state/mediarelay" \
        --socket "$DIR/run/mediarelay.sock" --no-huge --log-level "$LOG_LEVEL"
    start_supervisor signaling "$bin/portcullis-signaling" --state-dir "$DIR/state/signaling" \
        --socket "$DIR/run/signaling.sock" --relay-socket "$DIR/run/mediarelay.sock" \
        --cdr-dir "$DIR/cdr" "${shards[@]}" --log-level "$LOG_LEVEL"
    start_supervisor mgmt "$bin/portcullis-mgmt" --listen 127.0.0.1:8080 \
        --state-dir "$DIR/state/mgmt" --run-dir "$DIR/run" --cdr-dir "$DIR/cdr" \
        --token-file "$DIR/token" --log-level "$LOG_LEVEL"
}

find_build() {
    local dir daemon
    if [[ -z $BUILD ]]; then
        for dir in "$ROOT/build/release" "$ROOT/build/dev"; do
            [[ -x $dir/bin/portcullis-mgmt ]] && { BUILD=$dir; break; }
        done
    fi
    [[ -n $BUILD ]] || die "no build found; run: cmake --preset release && ninja -C build/release"
    BUILD=$(cd "$BUILD" 2>/dev/null && pwd) || die "no such build folder: $BUILD"
    for daemon in mgmt signaling mediarelay; do
        [[ -x $BUILD/bin/portcullis-$daemon ]] || die "$BUILD/bin/portcullis-$daemon is not built"
    done
}

tail_logs() {
    local file
    for file in "$DIR"/log/*.log; do
        echo "--- last lines of $(basename "$file" .log)" >&2
        tail -n 8 "$file" >&2
    done
}
give_up() { tail_logs; die "$*"; }

command_up() {
    need_root up; need_tools
    [[ $DRIVER =~ ^(|af_packet|af_xdp)$ ]] || die "--driver is af_packet or af_xdp, not '$DRIVER'"
    [[ $DAEMONS == no ]] || find_build
    if [[ $DAEMONS$PROVISION == yesyes ]]; then
        [[ -r $CONFIG ]] || die "cannot read the configuration document $CONFIG"
        jq -e . "$CONFIG" >/dev/null 2>&1 || die "$CONFIG is not valid JSON"
    fi
    if [[ -d $DIR ]] || network_present; then
        echo "lab.sh: removing the lab with prefix '$PREFIX' that an earlier run left behind" >&2
        command_down
    fi
    mkdir -p "$DIR"/{run,cdr,log,state/mgmt,state/signaling,state/mediarelay}
    chmod 700 "$DIR"
    network_up
    [[ $DAEMONS == yes ]] || return 0
    start_daemons
    wait_until 20 api_answers || give_up "the REST API did not answer within 20 s"
    [[ $PROVISION == yes ]] || return 0
    command_provision
}

command_provision() {
    need_root provision; need_lab
    local document=$DIR/config.json revision
    if [[ -n $DRIVER ]]; then
        jq --arg d "$DRIVER" '.media_interfaces |= map(.driver = $d)' "$CONFIG" >"$document"
    else
        cp "$CONFIG" "$document"
    fi
    [[ -z ${LAB_SHOW_CURL:-} ]] || { echo "\$ $(api_as_curl PUT /config "@$document")"; }
    api PUT /config "@$document" >"$DIR/put.json" ||
        { cat "$DIR/put.json" >&2; give_up "the configuration was refused"; }
    revision=$(api_revision)
    wait_until 20 applied_everywhere "$revision" ||
        give_up "the daemons did not apply revision $revision within 20 s: $(api GET /system/status | jq -c . || true)"
    echo "lab '$PREFIX' is up: revision $revision, media driver $(media_driver)"
}

command_down() {
    need_root down
    local file pid pids=()
    for file in "$DIR"/*.supervisor; do
        [[ -e $file ]] || continue
        pid=$(<"$file")
        # A process id may have been reused since; only a supervisor of this lab is ours to end.
        if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "supervise.py .* $DIR "; then
            pids+=("$pid")
        fi
    done
    if ((${#pids[@]})); then
        kill "${pids[@]}" 2>/dev/null || true
        wait_until 8 pids_gone "${pids[@]}" || kill -KILL "${pids[@]}" 2>/dev/null || true
    fi
    network_down
    rm -rf "$DIR"
    rmdir "$BASE" 2>/dev/null || true
}

command_daemon() { # stop|start DAEMON [--kill]
    need_root; need_lab
    local what=$1 name=${2:-} how=${3:-}
    [[ -e $DIR/$name.supervisor ]] || die "no such daemon: '$name' (mgmt, signaling, mediarelay)"
    local supervisor pid_file=$DIR/$name.pid
    supervisor=$(<"$DIR/$name.supervisor")
    if [[ $what == start ]]; then
        kill -USR2 "$supervisor"
        wait_until 10 test -e "$pid_file" || die "$name did not start"
    else
        if [[ $how == --kill ]]; then kill -HUP "$supervisor"; else kill -USR1 "$supervisor"; fi
        wait_until 10 test ! -e "$pid_file" || die "$name did not stop"
    fi
}

command_logs() {
    need_lab
    local follow="" names=(mgmt signaling mediarelay)
    for word in "$@"; do
        if [[ $word == -f ]]; then follow=-f; else names=("$word"); fi
    done
    local files=("${names[@]/#/$DIR/log/}")
    if [[ -n $follow ]]; then exec tail -n 20 -f "${files[@]/%/.log}"; fi
    cat "${files[@]/%/.log}"
}

command_status() {
    need_lab
    local name pid
    for name in mgmt signaling mediarelay; do
        pid=down
        [[ -e $DIR/$name.pid ]] && pid="pid $(<"$DIR/$name.pid")"
        echo "$name: $pid"
    done
    api GET /system/status | jq .
}

words=()
while (($#)); do
    case $1 in
        --prefix) PREFIX=${2:?--prefix needs a value}; shift 2 ;;
        --driver) DRIVER=${2:?--driver needs a value}; shift 2 ;;
        --config) CONFIG=$(realpath -m "${2:?--config needs a file}"); shift 2 ;;
        --build) BUILD=${2:?--build needs a folder}; shift 2 ;;
        --shards) SHARDS=${2:?--shards needs a number}; shift 2 ;;
        --log-level) LOG_LEVEL=${2:?--log-level needs a level}; shift 2 ;;
        --no-provision) PROVISION=no; shift ;;
        --no-daemons) DAEMONS=no; shift ;;
        -h | --help) usage; exit 0 ;;
        exec | api | curl | logs) # What follows belongs to that command, options too.
            words+=("$1"); shift
            while [[ ${1:-} == --prefix ]]; do PREFIX=${2:?--prefix needs a value}; shift 2; done
            words+=("$@"); break ;;
        --kill) words+=("$1"); shift ;;
        -*) die "unknown option $1 (lab.sh --help)" ;;
        *) words+=("$1"); shift ;;
    esac
done
[[ $PREFIX =~ ^[a-z][a-z0-9]{0,7}$ ]] || die "--prefix is a letter and up to 7 letters or digits"
DIR=$BASE/$PREFIX

case ${words[0]:-} in
    up) command_up ;;
    down) command_down ;;
    provision) command_provision ;;
    exec)
        need_root exec; need_lab
        [[ ${words[1]:-} =~ ^(pbx|sbc|carrier)$ ]] || die "exec pbx|sbc|carrier CMD…"
        ((${#words[@]} > 2)) || die "exec ${words[1]} needs a command"
        exec ip netns exec "$PREFIX-${words[1]}" "${words[@]:2}" ;;
    api) need_root api; need_lab; api "${words[@]:1}" ;;
    curl) need_lab; api_as_curl "${words[@]:1}" ;;
    token) need_lab; cat "$DIR/token" ;;
    logs) command_logs "${words[@]:1}" ;;
    status) need_root status; command_status ;;
    stop-daemon) command_daemon stop "${words[@]:1}" ;;
    start-daemon) command_daemon start "${words[@]:1}" ;;
    "") usage >&2; exit 2 ;;
    *) die "unknown command '${words[0]}' (lab.sh --help)" ;;
esac
