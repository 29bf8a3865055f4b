#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs the browser peer's npm packages (package-lock.json) and bundles its page. Does nothing when
# both are there; packages come from npm's cache where it has them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
fail() { echo "browser peer: $*" >&2; exit 1; }

stamp=node_modules/.installed
wanted=$(cat package.json package-lock.json src/phone.js install.sh | sha256sum)
if [[ -f $stamp && $(<"$stamp") == "$wanted" && -s build/phone.js ]]; then exit 0; fi

command -v npm >/dev/null || fail "npm is missing; run deploy/setup.sh"
log=$(mktemp /tmp/portcullis-npm.XXXXXX)
# No package's own scripts are run: nothing here needs them, and playwright-core drives Debian's browser.
if ! npm ci --ignore-scripts --prefer-offline --no-progress >"$log" 2>&1; then
    fail "npm could not install the packages; is the registry reachable? $(grep -m1 'npm error' "$log") (log: $log)"
fi
if ! npm run build >"$log" 2>&1; then fail "the page could not be bundled: $(tail -n 3 "$log") (log: $log)"; fi
rm -f "$log"
echo "$wanted" >"$stamp"
