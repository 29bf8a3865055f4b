// SPDX-License-Identifier: BSD-2-Clause
// Port: one Ethernet device under DPDK, hot-plugged by control and removed with the object.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.hpp"
#include "mediarelay/dpdk/mempool.hpp"
#include "mediarelay/kernel/mac_address.hpp"

namespace portcullis::relay::dpdk {

struct PortOptions {
    std::uint16_t rx_queues = 1;
    std::uint16_t tx_queues = 1;
    std::uint16_t rx_descriptors = 1024;
    std::uint16_t tx_descriptors = 1024;
    bool promiscuous = false;
    // The device may receive on every queue asked for: fewer are an error.
    bool all_queues = false;
};

// What the device does for us; the rest is done in software.
struct PortOffloads {
    bool udp_checksum_v4 = false;
    bool udp_checksum_v6 = false;
    bool ipv4_checksum = false;
    // The device verifies UDP checksums and says so; false on every vdev, whose frames may come
    // from a local sender with partial checksums.
    bool rx_checksum_verdict = false;
};

// Created and destroyed on the control thread. Before destruction no worker may have the port in
// its tables (SwapTables completed).
class Port {
 public:
    // Probes device `name` ("net_af_packet0") with `arguments` ("iface=veth0,qpairs=1") and
    // configures it; not started. Errors: AttachFailed, NoSuchPort, ConfigureFailed.
    [[nodiscard]] static Result<Port> attach(const std::string& name, const std::string& arguments,
                                             const PortOptions& options, const Mempool& pool);
    // Configures a port that exists already (made from rings). The device is closed with the
    // object.
    [[nodiscard]] static Result<Port> adopt(std::uint16_t port_id, const PortOptions& options,
                                            const Mempool& pool);

    Port(Port&& other) noexcept;
    Port& operator=(Port&& other) noexcept;
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    ~Port();

    // Errors: StartFailed.
    [[nodiscard]] Status start();
    void stop();

    struct Counters {
        std::uint64_t rx_packets = 0;
        std::uint64_t tx_packets = 0;
        std::uint64_t rx_missed = 0;  // dropped by the device for want of buffers or descriptors
        std::uint64_t rx_errors = 0;
        std::uint64_t tx_errors = 0;
    };
    [[nodiscard]] Counters counters() const;

    [[nodiscard]] std::uint16_t id() const { return id_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const MacAddress& mac() const { return mac_; }
    [[nodiscard]] const PortOffloads& offloads() const { return offloads_; }
    // As granted: a device may have fewer than asked for.
    [[nodiscard]] std::uint16_t rx_queues() const { return rx_queues_; }
    [[nodiscard]] std::uint16_t tx_queues() const { return tx_queues_; }

 private:
    Port() = default;
    [[nodiscard]] Status configure(const PortOptions& options, const Mempool& pool);
    void close() noexcept;

    static constexpr std::uint16_t kNone = 0xffff;
    std::uint16_t id_ = kNone;
    bool started_ = false;
    std::uint16_t rx_queues_ = 0;
    std::uint16_t tx_queues_ = 0;
    PortOffloads offloads_;
    MacAddress mac_{};
    std::string name_;
};

}  // namespace portcullis::relay::dpdk
