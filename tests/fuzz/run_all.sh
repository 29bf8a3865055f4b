#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs every fuzz target (or those named) for SECONDS each and keeps what was learnt:
#   run_all.sh [--seconds N] [--keep] [--build DIR] [TARGET...]
# New inputs gather in BUILD/corpora/TARGET from run to run. With --keep the smallest of them that
# reach code the stored corpus does not are added to it, up to 200 files and 1 MB for each target.
# Ends with 1 if a target failed; its input is in BUILD/crashes/.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUILD=$(dirname "$(dirname "$HERE")")/build/fuzz
SECONDS_EACH=600 KEEP=0
MAX_FILES=200 MAX_BYTES=$((1000 * 1000)) MAX_INPUT=4096
while [[ ${1:-} == --* ]]; do
    case $1 in
        --seconds) SECONDS_EACH=${2:?--seconds needs a number}; shift 2 ;;
        --keep) KEEP=1; shift ;;
        --build) BUILD=${2:?--build needs a folder}; shift 2 ;;
        *) sed -n 's/^# \{0,1\}//; 3,7p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
done
TARGETS=("$@")
((${#TARGETS[@]})) || mapfile -t TARGETS < <(sed -n 's/^portcullis_fuzzer(\([a-z0-9_]*\).*/\1/p' "$HERE"/*/CMakeLists.txt)

folder_of() { dirname "$(grep -lE "portcullis_fuzzer\($1( |\$)" "$HERE"/*/CMakeLists.txt | head -n 1)"; }

corpus_of() {
    local folder; folder=$(folder_of "$1")
    local place=$folder/corpus/$1
    [[ -d $place ]] || [[ ! -d $folder/corpus ]] || (($(grep -c portcullis_fuzzer "$folder/CMakeLists.txt") > 1)) || place=$folder/corpus
    echo "$place"
}

keep() {
    local target=$1 stored=$2 learnt=$3 minimal file
    minimal=$(mktemp -d)
    # Merging into the stored corpus names only what adds to it; its own files stay as they are.
    cp -r "$stored/." "$minimal"
    "$BUILD/bin/$target" -merge=1 -max_len="$MAX_INPUT" "$minimal" "$learnt" >/dev/null 2>&1 || true
    while read -r _ file; do
        [[ -e $stored/$(basename "$file") ]] && continue
        (($(find "$stored" -type f | wc -l) < MAX_FILES)) || break
        (($(du -sb "$stored" | cut -f1) + $(stat -c %s "$file") < MAX_BYTES)) || break
        cp "$file" "$stored/"
    done < <(find "$minimal" -type f -printf '%s %p\n' | sort -n)
    rm -rf "$minimal"
    echo "kept: $target has $(find "$stored" -type f | wc -l) inputs of $(du -sb "$stored" | cut -f1) bytes"
}

failed=0
for target in "${TARGETS[@]}"; do
    stored=$(corpus_of "$target") learnt=$BUILD/corpora/$target log=$BUILD/corpora/$target.log
    mkdir -p "$stored" "$learnt" "$BUILD/crashes"
    words=()
    [[ ! -e $(folder_of "$target")/words.dict ]] || words=(-dict="$(folder_of "$target")/words.dict")
    if "$BUILD/bin/$target" "${words[@]}" -max_total_time="$SECONDS_EACH" -rss_limit_mb=2048 -timeout=10 \
        -print_final_stats=1 -artifact_prefix="$BUILD/crashes/" "$learnt" "$stored" >"$log" 2>&1; then
        echo "ok   $target $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $SECONDS_EACH s"
        ((KEEP == 0)) || keep "$target" "$stored" "$learnt"
    else
        echo "FAIL $target (see $log)"
        failed=1
    fi
done
exit $failed
