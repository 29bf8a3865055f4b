#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs every Debian 12 package that building, running and testing Portcullis need.
# Idempotent: with nothing missing it only asks dpkg, needs neither root nor network, and takes a moment.
set -euo pipefail

BUILD=(g++ cmake ninja-build ccache pkg-config git ca-certificates
    clang-19 clang-format-19 clang-tidy-19 llvm-19 libclang-rt-19-dev
    libdpdk-dev libbpf-dev libxdp-dev libelf-dev libmnl-dev libnftables-dev libpcap-dev
    libboost1.81-dev libboost-url1.81-dev libssl-dev nlohmann-json3-dev libfmt-dev libspdlog-dev
    libre2-dev libcli11-dev libsqlite3-dev libsodium-dev libsrtp2-dev libsystemd-dev)
RUN=(librte-net-af-xdp23 librte-net-af-packet23 librte-net-ring23 librte-net-pcap23
    librte-mempool-ring23 librte-bus-vdev23 nftables iproute2 ethtool procps)
TEST=(libgtest-dev libgmock-dev libbenchmark-dev sip-tester baresip-core tshark tcpdump
    stunnel4 openssl jq curl python3)

fail() { echo "setup.sh: $*" >&2; exit 1; }

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    fail "this is not a Debian system (no apt-get); Portcullis is built and tested on Debian 12"

missing=()
declare -A installed=()
while read -r status name; do
    [[ $status == installed ]] && installed[$name]=1
done < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null)
for package in "${BUILD[@]}" "${RUN[@]}" "${TEST[@]}"; do
    [[ -n ${installed[$package]:-} ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
    echo "setup: all packages are installed"
    exit 0
fi

((EUID == 0)) || fail "needs root to install ${#missing[@]} packages (${missing[*]}): sudo ./deploy/setup.sh"

log=$(mktemp /tmp/portcullis-setup.XXXXXX)
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1; }
reason() { grep -E '^(E|W|Err)' "$log" | tail -n 1 || tail -n 1 "$log"; }

echo "setup: installing ${#missing[@]} packages: ${missing[*]}"
# apt-get update reports an unreachable mirror as a warning only, so the install decides.
apt update || true
if ! apt install -y --no-install-recommends "${missing[@]}"; then
    fail "apt could not install the packages; is the Debian mirror reachable? $(reason) (log: $log)"
fi
rm -f "$log"
echo "setup: done"
