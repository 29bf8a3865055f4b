#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Set-up, build, all tests. The last line is `N passed, N failed`; the exit code says the same.
set -uo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$HERE")
PARTS=(lint unit relay scenario asan tsan fuzz)
ONLY=() SCENARIO_OPTIONS=() FUZZ_SECONDS=20 LOGS=$ROOT/build/logs JOBS=${JOBS:-$(nproc)}
PASSED=0 FAILED=0

usage() {
    cat <<USAGE
usage: test.sh [--only PART]… [--driver af_xdp|af_packet] [--fuzz-seconds N] [--logs DIR]
  PART is one of: ${PARTS[*]} (default: all of them)
USAGE
}
die() { echo "test.sh: $*" >&2; exit 1; }
say() { printf '\n== %s\n' "$*"; }
tally() { PASSED=$((PASSED + $1)); FAILED=$((FAILED + $2)); }

while (($#)); do
    case $1 in
        --only) [[ " ${PARTS[*]} " == *" ${2:-} "* ]] || die "--only takes one of: ${PARTS[*]}"
            ONLY+=("$2"); shift 2 ;;
        --driver) SCENARIO_OPTIONS+=(--driver "${2:?--driver needs a value}"); shift 2 ;;
        --fuzz-seconds) FUZZ_SECONDS=${2:?--fuzz-seconds needs a number}; shift 2 ;;
        --logs) LOGS=$(realpath -m "${2:?--logs needs a folder}"); shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; die "unknown option $1" ;;
    esac
done
((${#ONLY[@]})) || ONLY=("${PARTS[@]}")

# one NAME COMMAND…: a check that counts as one test; its output is shown only when it fails.
one() {
    local name=$1 log; shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        echo "ok   $name"; tally 1 0
    else
        echo "FAIL $name"; sed 's/^/     /' "$log" | tail -n 60; tally 0 1
    fi
    rm -f "$log"
}

# build PRESET TARGET…: configures once and builds; a build that fails counts as one failed test.
build() {
    local preset=$1 log=$LOGS/build-$1.log; shift
    mkdir -p "$LOGS"
    echo "building ($preset): ${*:-everything}"
    if (cd "$ROOT" && cmake --preset "$preset" && ninja -C "build/$preset" -j "$JOBS" "$@") >"$log" 2>&1; then
        return 0
    fi
    echo "FAIL build $preset ($log)"; grep -E 'error|FAILED|Error' "$log" | head -n 30
    tally 0 1
    return 1
}

# run_ctest PRESET CTEST-OPTIONS…
run_ctest() {
    local preset=$1 log=$LOGS/ctest-$1.log total failed; shift
    ctest --test-dir "$ROOT/build/$preset" --output-on-failure --timeout 120 -j "$JOBS" "$@" >"$log" 2>&1
    total=$(sed -n 's/.* tests failed out of \([0-9]*\).*/\1/p' "$log")
    failed=$(sed -n 's/.*passed, \([0-9]*\) tests failed out of .*/\1/p' "$log")
    if [[ -z $total ]]; then
        echo "FAIL ctest found no tests in $preset"; tail -n 5 "$log"; tally 0 1
        return
    fi
    ((failed == 0)) || sed 's/^/     /' "$log" | grep -vE 'Passed +[0-9.]+ sec' | tail -n 120
    echo "$preset: $((total - failed)) of $total passed"
    tally $((total - failed)) "$failed"
}

# The test programs that the folders' CMakeLists.txt name: programs KIND FOLDER…
programs() {
    local kind=$1; shift
    cat "${@/%//CMakeLists.txt}" 2>/dev/null | sed -n "s/^ *portcullis_$kind(\([a-z0-9_]*\).*/\1/p" | sort -u
}

part_lint() {
    local check
    for check in "$HERE"/lint/check_*.py; do
        one "lint: $(basename "$check" .py)" python3 "$check"
    done
    for check in "$HERE"/*.sh "$HERE"/lab/*.sh; do
        one "bash -n: $(basename "$check")" bash -n "$check"
    done
    one "self-test of the test tools" python3 "$ROOT/tests/support/selftest.py"
}

part_unit() { build release && run_ctest release -LE relay; }

part_relay() { build release && run_ctest release -L relay -j 1; }

part_asan() {
    local targets
    mapfile -t targets < <(programs test "$ROOT"/tests/unit/*)
    export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
    build asan "${targets[@]}" && run_ctest asan -L unit
}

# Threads meet in ipc, in the transports and between signaling's shards.
part_tsan() {
    local targets pattern
    mapfile -t targets < <(programs test "$ROOT"/tests/unit/{common,ipc,transport,shard,control,record,b2bua,locate})
    pattern=$(IFS='|'; echo "${targets[*]}")
    build tsan "${targets[@]}" && run_ctest tsan -R "^($pattern)\$"
}

part_fuzz() {
    local targets target
    mapfile -t targets < <(programs fuzzer "$ROOT"/tests/fuzz/*)
    ((${#targets[@]})) || { echo "FAIL no fuzz targets"; tally 0 1; return; }
    build fuzz "${targets[@]}" || return
    printf '%s\n' "${targets[@]}" | xargs -P "$JOBS" -I{} bash -c \
        '"$0" "{}" "$1" >"$2/fuzz-{}.log" 2>&1 || touch "$2/fuzz-{}.failed"' \
        "$ROOT/tests/fuzz/run.sh" "$FUZZ_SECONDS" "$LOGS"
    for target in "${targets[@]}"; do
        one "fuzz: $target ($FUZZ_SECONDS s)" fuzz_result "$LOGS/fuzz-$target"
    done
}

# What a target left behind: its log, and a mark beside it if it failed.
fuzz_result() { cat "$1.log" && [[ ! -e $1.failed ]]; }

part_scenario() {
    ((EUID == 0)) || { echo "FAIL scenario tests need root (network namespaces)"; tally 0 1; return; }
    build release portcullis-mgmt portcullis-signaling portcullis-mediarelay sofia_peer sip_load || return
    one "self-test of the peers" env LAB_BUILD="$ROOT/build/release" python3 "$ROOT/tests/support/peer_selftest.py"
    local log=$LOGS/scenario.log totals
    python3 "$ROOT/tests/scenario/run.py" --build "$ROOT/build/release" --logs "$LOGS/scenario" \
        "${SCENARIO_OPTIONS[@]}" | tee "$log"
    totals=$(tail -n 1 "$log")
    if [[ $totals =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        tally "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    else
        echo "FAIL the scenario runner ended early"; tally 0 1
    fi
}

"$HERE/setup.sh" || exit 1
rm -rf "$LOGS"
mkdir -p "$LOGS"
for part in "${PARTS[@]}"; do
    [[ " ${ONLY[*]} " == *" $part "* ]] || continue
    say "$part"
    "part_$part"
done
echo
echo "$PASSED passed, $FAILED failed"
((FAILED == 0 && PASSED > 0))
