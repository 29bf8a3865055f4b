// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media_devices.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "common/base/log.hpp"
#include "common/base/text.hpp"
#include "common/base/unique_fd.hpp"
#include "mediarelay/buffer_plan.hpp"
#include "mediarelay/dpdk/errc.hpp"
#include "mediarelay/kernel/device_queues.hpp"

namespace portcullis::relay {

namespace {

// The AF_PACKET ring: frames of 2 KiB hold any packet of 1500 bytes and the kernel's own header.
constexpr unsigned kFrameBytes = 2048;
constexpr unsigned kFrames = 2048;
constexpr unsigned kBlockBytes = 65536;

bool is_xdp_socket(int fd) {
    int domain = 0;
    socklen_t size = sizeof(domain);
    return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_XDP;
}

}  // namespace

std::set<int> XdpSockets::list() {
    std::set<int> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
        const auto fd = text::to_number<unsigned>(entry.path().filename().string());
        if (fd && is_xdp_socket(static_cast<int>(*fd))) found.insert(static_cast<int>(*fd));
    }
    return found;
}

void XdpSockets::end() {
    ours_ = list();
    for (const int fd : before_) ours_.erase(fd);
}

void XdpSockets::close_left() {
    for (const int fd : ours_) {
        if (is_xdp_socket(fd)) ::close(fd);
    }
    ours_.clear();
}

Result<std::unique_ptr<OpenDevice>> MediaDevices::open(const InterfacePlan& plan, bool in_use) {
    const auto link = parts_.netlink.link(plan.device);
    if (!link) return std::unexpected(link.error());
    if (plan.driver == config::MediaDriver::AfPacket) return open_af_packet(*link, in_use);
    auto opened = open_af_xdp(*link);
    if (opened || plan.driver != config::MediaDriver::Auto) return opened;
    log::component("device").warn("af_xdp_unavailable interface={} using=af_packet reason=\"{}\"",
                                  link->name, opened.error().text());
    return open_af_packet(*link, in_use);
}

Result<dpdk::Mempool> MediaDevices::make_pool(const Link& link, std::uint16_t queues) {
    const DeviceBuffers count = device_buffers(queues, parts_.workers, parts_.memory_mb);
    const std::string name = fmt::format("xdp_{}", next_name_);
    parts_.retired.release();
    auto pool = dpdk::Mempool::create(name, count.wanted);
    if (!pool && count.needed < count.wanted) {
        pool = dpdk::Mempool::create(name, count.needed);
        if (pool) {
            log::component("device").warn("few_buffers interface={} buffers={} wanted={}",
                                          link.name, count.needed, count.wanted);
        }
    }
    // The driver takes the pool's first piece for all of it.
    if (pool && !pool->contiguous()) {
        return fail(dpdk::Errc::NoMemory,
                    "packet buffers of " + link.name + " in one piece; give the relay more memory");
    }
    return pool;
}

Result<std::unique_ptr<OpenDevice>> MediaDevices::open_af_xdp(const Link& link) {
    if (const auto cleared = XdpControl::remove_leftover(link); !cleared) {
        return std::unexpected(cleared.error());
    }
    const auto queues = xdp_queue_count(device_queues(link.name));
    if (!queues) return std::unexpected(queues.error());
    dpdk::PortOptions options;
    options.rx_queues = *queues;
    options.tx_queues = *queues;
    options.all_queues = true;
    // Packets wait here while a worker sleeps.
    options.rx_descriptors = kXdpDescriptors;
    options.tx_descriptors = kXdpDescriptors;
    auto pool = make_pool(link, *queues);
    if (!pool) return std::unexpected(pool.error());
    auto device = std::make_unique<OpenDevice>(link, config::MediaDriver::AfXdp, parts_.retired);
    device->pool.emplace(std::move(*pool));
    device->sockets.begin();
    auto port = dpdk::Port::attach(fmt::format("net_af_xdp{}", next_name_++),
                                   fmt::format("iface={},start_queue=0,queue_count={},xdp_prog={}",
                                               link.name, *queues, program_.path()),
                                   options, *device->pool);
    device->sockets.end();
    if (!port) {
        // The driver may have attached the program before it failed.
        static_cast<void>(XdpControl::remove_leftover(link));
        return std::unexpected(port.error());
    }
    device->port.emplace(std::move(*port));
    auto xdp = XdpControl::find(link);
    if (!xdp) return std::unexpected(xdp.error());
    device->xdp = std::move(*xdp);
    if (const auto started = device->port->start(); !started) {
        return std::unexpected(started.error());
    }
    log::component("device").info("opened interface={} driver=af_xdp mode={} queues={}", link.name,
                                  device->xdp->mode(), *queues);
    return device;
}

Result<std::unique_ptr<OpenDevice>> MediaDevices::open_af_packet(const Link& link, bool in_use) {
    // A program of ours that a killed AF_XDP relay left would keep all media from us.
    if (in_use) {
        // The program there now serves the present port, until this one takes over.
    } else if (const auto cleared = XdpControl::remove_leftover(link); !cleared) {
        log::component("device").warn("xdp_program_stays interface={} reason=\"{}\"", link.name,
                                      cleared.error().text());
    }
    dpdk::PortOptions options;
    options.rx_queues = parts_.workers;
    options.tx_queues = parts_.workers;
    options.all_queues = true;  // the kernel deals packets to each of them
    auto port = dpdk::Port::attach(
        fmt::format("net_af_packet{}", next_name_++),
        fmt::format("iface={},qpairs={},blocksz={},framesz={},framecnt={}", link.name,
                    parts_.workers, kBlockBytes, kFrameBytes, kFrames),
        options, parts_.mempool);
    if (!port) return std::unexpected(port.error());
    auto device = std::make_unique<OpenDevice>(link, config::MediaDriver::AfPacket, parts_.retired);
    device->port.emplace(std::move(*port));
    if (const auto started = device->port->start(); !started) {
        return std::unexpected(started.error());
    }
    log::component("device").info("opened interface={} driver=af_packet queues={}", link.name,
                                  parts_.workers);
    return device;
}

}  // namespace portcullis::relay
