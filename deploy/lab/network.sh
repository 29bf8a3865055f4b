# SPDX-License-Identifier: BSD-2-Clause
# The lab's wiring: three network namespaces and two veth pairs. Sourced by lab.sh; uses $PREFIX.
#
#   P-pbx      sbc0 198.18.0.2  fd00:18:0::2 --- core0 198.18.0.1 fd00:18:0::1  P-sbc
#   P-carrier  sbc0 198.18.1.2  fd00:18:1::2 --- peer0 198.18.1.1 fd00:18:1::1  P-sbc

in_ns() { local name=$1; shift; ip netns exec "$PREFIX-$name" "$@"; }

# Kernel settings of one namespace: IPv6 addresses usable at once, no forwarding (only the appliance
# may carry anything across), large socket buffers where the kernel lets a namespace choose.
network_tune() {
    local name=$1
    in_ns "$name" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 \
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
        net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
        net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.accept_ra=0
    in_ns "$name" sysctl -qw net.core.rmem_max=8388608 net.core.rmem_default=8388608 2>/dev/null || true
}

# network_device NAMESPACE DEVICE IPV4 IPV6
# Transmit offloads are off: a frame that crosses a veth with a partial checksum is complete for the
# kernel, but not for a receiver that takes raw frames (AF_XDP, AF_PACKET, a capture).
network_device() {
    local name=$1 device=$2
    in_ns "$name" ethtool -K "$device" tx off tso off gso off gro off >/dev/null 2>&1 ||
        in_ns "$name" ethtool -K "$device" tx off >/dev/null
    ip -n "$PREFIX-$name" addr add "$3/24" dev "$device"
    ip -n "$PREFIX-$name" addr add "$4/64" dev "$device" nodad
    ip -n "$PREFIX-$name" link set "$device" up
}

network_pair() { # FAR_NAMESPACE APPLIANCE_DEVICE NET4 NET6
    local far=$1 near_device=$2 net4=$3 net6=$4
    ip -n "$PREFIX-sbc" link add "$near_device" numrxqueues 1 numtxqueues 1 type veth \
        peer name sbc0 netns "$PREFIX-$far" numrxqueues 1 numtxqueues 1
    network_device sbc "$near_device" "$net4.1" "$net6::1"
    network_device "$far" sbc0 "$net4.2" "$net6::2"
    ip -n "$PREFIX-$far" route add default via "$net4.1"
    ip -n "$PREFIX-$far" -6 route add default via "$net6::1"
}

network_up() {
    local name
    for name in pbx sbc carrier; do
        ip netns add "$PREFIX-$name"
        network_tune "$name"
        ip -n "$PREFIX-$name" link set lo up
    done
    network_pair pbx core0 198.18.0 fd00:18:0
    network_pair carrier peer0 198.18.1 fd00:18:1
    # Addresses of a veth are usable once both ends have carrier.
    for name in pbx carrier; do
        wait_until 5 in_ns "$name" sh -c 'test "$(cat /sys/class/net/sbc0/operstate)" = up' ||
            die "the link of $PREFIX-$name did not come up"
    done
}

network_present() { [[ -e /run/netns/$PREFIX-pbx || -e /run/netns/$PREFIX-sbc || -e /run/netns/$PREFIX-carrier ]]; }

# Ends what still runs inside the namespaces (by process id), then removes devices and namespaces.
network_down() {
    local name device pids
    for name in pbx sbc carrier; do
        [[ -e /run/netns/$PREFIX-$name ]] || continue
        pids=$(ip netns pids "$PREFIX-$name" 2>/dev/null || true)
        if [[ -n $pids ]]; then
            kill $pids 2>/dev/null || true
            wait_until 3 pids_gone $pids || kill -KILL $pids 2>/dev/null || true
            wait_until 3 pids_gone $pids || true
        fi
    done
    # A namespace is torn down in the background; its devices are removed here, so that the next lab
    # (and the drivers' XDP programs) starts from nothing.
    for device in core0 peer0; do
        ip -n "$PREFIX-sbc" link del "$device" 2>/dev/null || true
    done
    for name in pbx sbc carrier; do
        [[ -e /run/netns/$PREFIX-$name ]] && ip netns del "$PREFIX-$name"
    done
    return 0
}
