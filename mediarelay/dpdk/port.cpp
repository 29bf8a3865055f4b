// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/dpdk/port.hpp"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "mediarelay/dpdk/errc.hpp"

namespace portcullis::relay::dpdk {

namespace {

std::string reason(int status) { return rte_strerror(status < 0 ? -status : status); }

// Not MBUF_FAST_FREE: what a port sends comes from several pools.
constexpr std::uint64_t kWantedTx = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
constexpr std::uint64_t kWantedRx = RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;

}  // namespace

Result<Port> Port::attach(const std::string& name, const std::string& arguments,
                          const PortOptions& options, const Mempool& pool) {
    // EAL takes a second probe of the same name for a success.
    std::uint16_t present = 0;
    if (rte_eth_dev_get_port_by_name(name.c_str(), &present) == 0) {
        return fail(Errc::AttachFailed, name + " is attached already");
    }
    const int status = rte_eal_hotplug_add("vdev", name.c_str(), arguments.c_str());
    if (status != 0) {
        return fail(Errc::AttachFailed, name + " (" + arguments + "): " + reason(status));
    }
    Port port;
    port.name_ = name;
    if (rte_eth_dev_get_port_by_name(name.c_str(), &port.id_) != 0) {
        (void)rte_eal_hotplug_remove("vdev", name.c_str());
        port.id_ = kNone;
        return fail(Errc::NoSuchPort, name);
    }
    if (Status configured = port.configure(options, pool); !configured) {
        return std::unexpected(configured.error());
    }
    return port;
}

Result<Port> Port::adopt(std::uint16_t port_id, const PortOptions& options, const Mempool& pool) {
    if (rte_eth_dev_is_valid_port(port_id) == 0) {
        return fail(Errc::NoSuchPort, std::to_string(port_id));
    }
    Port port;
    port.id_ = port_id;
    char name[RTE_ETH_NAME_MAX_LEN] = {};
    if (rte_eth_dev_get_name_by_port(port_id, name) == 0) port.name_ = name;
    if (Status configured = port.configure(options, pool); !configured) {
        return std::unexpected(configured.error());
    }
    return port;
}

Status Port::configure(const PortOptions& options, const Mempool& pool) {
    rte_eth_dev_info info{};
    int status = rte_eth_dev_info_get(id_, &info);
    if (status != 0) return fail(Errc::ConfigureFailed, name_ + ": " + reason(status));
    rx_queues_ = std::min(options.rx_queues, info.max_rx_queues);
    tx_queues_ = std::min(options.tx_queues, info.max_tx_queues);
    if (rx_queues_ == 0 || tx_queues_ == 0 ||
        (options.all_queues && rx_queues_ < options.rx_queues)) {
        return fail(Errc::ConfigureFailed,
                    fmt::format("{}: has {} receive and {} transmit queues of {} and {} wanted",
                                name_, info.max_rx_queues, info.max_tx_queues, options.rx_queues,
                                options.tx_queues));
    }

    rte_eth_conf conf{};
    conf.rxmode.offloads = info.rx_offload_capa & kWantedRx;
    conf.txmode.offloads = info.tx_offload_capa & kWantedTx;
    offloads_.ipv4_checksum = (conf.txmode.offloads & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0;
    offloads_.udp_checksum_v4 = (conf.txmode.offloads & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) != 0;
    offloads_.udp_checksum_v6 = offloads_.udp_checksum_v4;
    offloads_.rx_checksum_verdict = (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_UDP_CKSUM) != 0;

    status = rte_eth_dev_configure(id_, rx_queues_, tx_queues_, &conf);
    std::uint16_t rx_descriptors = options.rx_descriptors;
    std::uint16_t tx_descriptors = options.tx_descriptors;
    if (status == 0) {
        status = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors, &tx_descriptors);
    }
    for (std::uint16_t queue = 0; status == 0 && queue < rx_queues_; ++queue) {
        status = rte_eth_rx_queue_setup(id_, queue, rx_descriptors,
                                        static_cast<unsigned>(SOCKET_ID_ANY), nullptr, pool.get());
    }
    for (std::uint16_t queue = 0; status == 0 && queue < tx_queues_; ++queue) {
        status = rte_eth_tx_queue_setup(id_, queue, tx_descriptors,
                                        static_cast<unsigned>(SOCKET_ID_ANY), nullptr);
    }
    if (status != 0) return fail(Errc::ConfigureFailed, name_ + ": " + reason(status));

    rte_ether_addr mac{};
    if (rte_eth_macaddr_get(id_, &mac) == 0) {
        std::memcpy(mac_.data(), mac.addr_bytes, mac_.size());
    }
    if (options.promiscuous) (void)rte_eth_promiscuous_enable(id_);
    return {};
}

Status Port::start() {
    const int status = rte_eth_dev_start(id_);
    if (status != 0) return fail(Errc::StartFailed, name_ + ": " + reason(status));
    started_ = true;
    return {};
}

void Port::stop() {
    if (started_) (void)rte_eth_dev_stop(id_);
    started_ = false;
}

Port::Counters Port::counters() const {
    rte_eth_stats stats{};
    if (rte_eth_stats_get(id_, &stats) != 0) return {};
    return {.rx_packets = stats.ipackets,
            .tx_packets = stats.opackets,
            .rx_missed = stats.imissed + stats.rx_nombuf,
            .rx_errors = stats.ierrors,
            .tx_errors = stats.oerrors};
}

void Port::close() noexcept {
    if (id_ == kNone) return;
    stop();
    rte_eth_dev_info info{};
    rte_device* device = rte_eth_dev_info_get(id_, &info) == 0 ? info.device : nullptr;
    (void)rte_eth_dev_close(id_);
    if (device != nullptr) (void)rte_dev_remove(device);
    id_ = kNone;
}

Port::Port(Port&& other) noexcept
    : id_(std::exchange(other.id_, kNone)),
      started_(std::exchange(other.started_, false)),
      rx_queues_(other.rx_queues_),
      tx_queues_(other.tx_queues_),
      offloads_(other.offloads_),
      mac_(other.mac_),
      name_(std::move(other.name_)) {}

Port& Port::operator=(Port&& other) noexcept {
    if (this != &other) {
        close();
        id_ = std::exchange(other.id_, kNone);
        started_ = std::exchange(other.started_, false);
        rx_queues_ = other.rx_queues_;
        tx_queues_ = other.tx_queues_;
        offloads_ = other.offloads_;
        mac_ = other.mac_;
        name_ = std::move(other.name_);
    }
    return *this;
}

Port::~Port() { close(); }

}  // namespace portcullis::relay::dpdk
