// SPDX-License-Identifier: BSD-2-Clause
// MediaDevices: opens the interfaces that the relay drives, by AF_XDP or AF_PACKET.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mediarelay/control/relay_plan.hpp"
#include "mediarelay/dpdk/port.hpp"
#include "mediarelay/kernel/netlink.hpp"
#include "mediarelay/xdp/xdp_control.hpp"
#include "mediarelay/xdp/xdp_program.hpp"

namespace portcullis::relay {

// One open interface. Destroying it takes the XDP program off and closes the port; no worker may
// have the port in its tables then.
struct OpenDevice {
    Link link;
    config::MediaDriver driver = config::MediaDriver::AfPacket;  // never Auto
    dpdk::Port port;
    std::optional<XdpControl> xdp;

    OpenDevice(Link l, config::MediaDriver d, dpdk::Port p)
        : link(std::move(l)), driver(d), port(std::move(p)) {}
    OpenDevice(const OpenDevice&) = delete;
    OpenDevice& operator=(const OpenDevice&) = delete;
    ~OpenDevice() {
        if (xdp) xdp->detach();
    }
};

// Control thread.
class MediaDevices {
 public:
    MediaDevices(Netlink& netlink, const dpdk::Mempool& mempool, XdpProgramFile program,
                 std::uint16_t workers)
        : netlink_(netlink), mempool_(mempool), program_(std::move(program)), workers_(workers) {}

    // Opens and starts the interface. Auto tries AF_XDP and then AF_PACKET, saying so; a named
    // driver has no substitute. `in_use`: the relay has it open with the other driver. Errors:
    // NoInterface, and what the driver refuses.
    [[nodiscard]] Result<std::unique_ptr<OpenDevice>> open(const InterfacePlan& plan, bool in_use);

 private:
    [[nodiscard]] Result<std::unique_ptr<OpenDevice>> open_af_xdp(const Link& link);
    [[nodiscard]] Result<std::unique_ptr<OpenDevice>> open_af_packet(const Link& link, bool in_use);

    Netlink& netlink_;
    const dpdk::Mempool& mempool_;
    XdpProgramFile program_;
    std::uint16_t workers_;
    std::uint32_t next_name_ = 0;
};

}  // namespace portcullis::relay
