// SPDX-License-Identifier: BSD-2-Clause
// MediaDevices: opens the interfaces that the relay drives, by AF_XDP or AF_PACKET.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "mediarelay/control/relay_plan.hpp"
#include "mediarelay/dpdk/port.hpp"
#include "mediarelay/kernel/netlink.hpp"
#include "mediarelay/retired_pools.hpp"
#include "mediarelay/xdp/xdp_control.hpp"
#include "mediarelay/xdp/xdp_program.hpp"

namespace portcullis::relay {

// The AF_XDP sockets that the driver opened for one port. DPDK 22.11 leaves them open when the port
// is closed, and a device's queue takes no second socket.
class XdpSockets {
 public:
    // Before and after the port is opened.
    void begin() { before_ = list(); }
    void end();
    // After the port was closed.
    void close_left();

 private:
    [[nodiscard]] static std::set<int> list();
    std::set<int> before_;
    std::set<int> ours_;
};

// One open interface. Destroying it takes the XDP program off and closes the port; no worker may
// have the port in its tables then.
struct OpenDevice {
    Link link;
    config::MediaDriver driver = config::MediaDriver::AfPacket;  // never Auto
    std::optional<dpdk::Mempool> pool;                           // with AF_XDP: its own buffers
    std::optional<dpdk::Port> port;                              // always there once open
    std::optional<XdpControl> xdp;
    XdpSockets sockets;

    OpenDevice(Link l, config::MediaDriver d, RetiredPools& retired)
        : link(std::move(l)), driver(d), retired_(retired) {}
    OpenDevice(const OpenDevice&) = delete;
    OpenDevice& operator=(const OpenDevice&) = delete;
    ~OpenDevice() {
        if (xdp) xdp->detach();
        port.reset();
        if (xdp) xdp->put_foreign_back();
        sockets.close_left();
        if (pool) retired_.add(std::move(*pool));
    }

 private:
    RetiredPools& retired_;
};

// Control thread.
class MediaDevices {
 public:
    struct Parts {
        Netlink& netlink;
        const dpdk::Mempool& mempool;  // what AF_PACKET ports receive into
        RetiredPools& retired;         // outlives the devices that are opened
        std::uint16_t workers = 1;
        std::uint32_t memory_mb = 0;  // EAL's, which bounds the pools of AF_XDP ports
    };

    MediaDevices(const Parts& parts, XdpProgramFile program)
        : parts_(parts), program_(std::move(program)) {}

    // Opens and starts the interface. Auto tries AF_XDP and then AF_PACKET, saying so; a named
    // driver has no substitute. `in_use`: the relay has it open with the other driver. Errors:
    // NoInterface, and what the driver refuses.
    [[nodiscard]] Result<std::unique_ptr<OpenDevice>> open(const InterfacePlan& plan, bool in_use);

 private:
    [[nodiscard]] Result<dpdk::Mempool> make_pool(const Link& link, std::uint16_t queues);
    [[nodiscard]] Result<std::unique_ptr<OpenDevice>> open_af_xdp(const Link& link);
    [[nodiscard]] Result<std::unique_ptr<OpenDevice>> open_af_packet(const Link& link, bool in_use);

    Parts parts_;
    XdpProgramFile program_;
    std::uint32_t next_name_ = 0;
};

}  // namespace portcullis::relay
