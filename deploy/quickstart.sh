#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From a fresh machine to a verified call: set-up, release build, the lab, one real call with audio.
# Exits 0 only if each far end was heard at the other one.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$HERE")
KEEP=no DRIVER=() PREFIX=pc

usage() {
    cat <<'USAGE'
usage: quickstart.sh [--keep] [--driver af_xdp|af_packet] [--prefix P]
  --keep    leave the appliance running until Ctrl-C
  --driver  use this media driver and no other (default: af_xdp where the machine offers it)
  --prefix  name of the lab's namespaces (default: pc)
USAGE
}
die() { echo "quickstart.sh: $*" >&2; exit 1; }
step() { printf '\n== %s\n' "$*"; }
lab() { "$HERE/lab.sh" --prefix "$PREFIX" "$@"; }

while (($#)); do
    case $1 in
        --keep) KEEP=yes; shift ;;
        --driver) DRIVER=(--driver "${2:?--driver needs a value}"); shift 2 ;;
        --prefix) PREFIX=${2:?--prefix needs a value}; shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; die "unknown option $1" ;;
    esac
done
((EUID == 0)) || die "needs root (packages, network namespaces): sudo ./deploy/quickstart.sh"

step "1/5 packages"
"$HERE/setup.sh"

step "2/5 build (release; minutes the first time, seconds afterwards)"
LOG=$(mktemp /tmp/portcullis-build.XXXXXX)
cd "$ROOT"
if ! (cmake --preset release && ninja -C build/release \
    portcullis-mgmt portcullis-signaling portcullis-mediarelay) >"$LOG" 2>&1; then
    grep -E 'error|FAILED|Error' "$LOG" | head -n 20 >&2
    die "the build failed (whole log: $LOG)"
fi
rm -f "$LOG"
echo "built in $ROOT/build/release/bin"

step "3/5 the lab: PBX side, appliance and carrier side in namespaces $PREFIX-pbx, $PREFIX-sbc, $PREFIX-carrier"
trap 'lab down' EXIT
trap 'exit 130' INT TERM
lab up --no-provision "${DRIVER[@]}" --build "$ROOT/build/release"

step "4/5 configuration over REST"
echo "\$ $(lab curl GET /system/status)"
lab api GET /system/status | jq -c '{version, revision, daemons: [.daemons[] | {name, connected, applied_revision}]}'
LAB_SHOW_CURL=1 lab provision "${DRIVER[@]}"

step "5/5 a call from the PBX to the carrier, 5 s of audio both ways"
RESULT=0
python3 "$ROOT/tests/support/demo_call.py" "$PREFIX" || RESULT=$?

echo
echo "The API, while the appliance runs (quickstart.sh --keep):"
cat <<REACH
  REST     sudo $HERE/lab.sh --prefix $PREFIX api GET /calls
           $(lab curl GET /calls)
REACH
if [[ $KEEP == yes ]]; then
    step "the appliance keeps running; Ctrl-C ends it"
    cat <<KEEP
  status   sudo $HERE/lab.sh --prefix $PREFIX status
  metrics  sudo $HERE/lab.sh --prefix $PREFIX api GET /metrics
  logs     sudo $HERE/lab.sh --prefix $PREFIX logs -f
  a side   sudo $HERE/lab.sh --prefix $PREFIX exec pbx bash
KEEP
    while :; do sleep 3600 & wait $!; done
fi
exit "$RESULT"
