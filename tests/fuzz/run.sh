#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs one fuzz target for some seconds, beginning with its stored corpus: run.sh TARGET SECONDS [BUILD]
# New inputs go to a scratch folder; one that makes the target fail is left in BUILD/crashes/.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TARGET=${1:?TARGET} SECONDS_TO_RUN=${2:?SECONDS} BUILD=${3:-$(dirname "$(dirname "$HERE")")/build/fuzz}
folder=$(dirname "$(grep -lE "portcullis_fuzzer\($TARGET( |\$)" "$HERE"/*/CMakeLists.txt | head -n 1)")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$BUILD/crashes"
stored=()
for place in "$folder/corpus/$TARGET" "$folder/corpus"; do
    [[ -d $place ]] && { stored=("$place"); break; }
done
words=()
[[ ! -e $folder/words.dict ]] || words=(-dict="$folder/words.dict")
"$BUILD/bin/$TARGET" "${words[@]}" -max_total_time="$SECONDS_TO_RUN" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
    -artifact_prefix="$BUILD/crashes/" "$scratch" "${stored[@]}"
