// SPDX-License-Identifier: BSD-2-Clause
#include "tests/relay/ring_port.hpp"

#include <rte_eth_ring.h>
#include <rte_lcore.h>

#include <stdexcept>

#include "mediarelay/dpdk/mbuf_ptr.hpp"

namespace portcullis::relay::test {

namespace {

rte_ring* make_ring(const std::string& name, std::uint32_t size) {
    rte_ring* ring = rte_ring_create(name.c_str(), size, static_cast<int>(SOCKET_ID_ANY), 0);
    if (ring == nullptr) throw std::runtime_error("ring " + name);
    return ring;
}

}  // namespace

RingPort::RingPort(const std::string& name, const dpdk::Mempool& pool, std::uint16_t queues,
                   std::uint32_t ring_size)
    : pool_(pool.get()) {
    for (std::uint16_t queue = 0; queue < queues; ++queue) {
        rx_.push_back(make_ring(name + "_rx" + std::to_string(queue), ring_size));
        tx_.push_back(make_ring(name + "_tx" + std::to_string(queue), ring_size));
    }
    const int id = rte_eth_from_rings(name.c_str(), rx_.data(), queues, tx_.data(), queues, 0);
    if (id < 0) throw std::runtime_error("rte_eth_from_rings " + name);
    auto port = dpdk::Port::adopt(static_cast<std::uint16_t>(id),
                                  {.rx_queues = queues, .tx_queues = queues}, pool);
    if (!port) throw std::runtime_error(port.error().text());
    port_.emplace(std::move(*port));
    if (auto started = port_->start(); !started) throw std::runtime_error(started.error().text());
}

RingPort::~RingPort() {
    port_.reset();
    for (auto* rings : {&rx_, &tx_}) {
        for (rte_ring* ring : *rings) {
            void* mbuf = nullptr;
            while (rte_ring_dequeue(ring, &mbuf) == 0) {
                rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
            }
            rte_ring_free(ring);
        }
    }
}

void RingPort::inject(const Bytes& frame, std::uint64_t flags, std::uint16_t queue, int headroom) {
    dpdk::MbufPtr mbuf(rte_pktmbuf_alloc(pool_));
    if (mbuf == nullptr) throw std::runtime_error("mempool is empty");
    if (headroom >= 0) mbuf->data_off = static_cast<std::uint16_t>(headroom);
    std::copy(frame.begin(), frame.end(), static_cast<std::byte*>(mbuf->buf_addr) + mbuf->data_off);
    mbuf->data_len = static_cast<std::uint16_t>(frame.size());
    mbuf->pkt_len = mbuf->data_len;
    mbuf->port = id();
    mbuf->ol_flags = flags;
    if (rte_ring_enqueue(rx_.at(queue), mbuf.get()) != 0) throw std::runtime_error("ring is full");
    (void)mbuf.release();
}

void RingPort::inject_segmented(const Bytes& first, const Bytes& second) {
    dpdk::MbufPtr head = dpdk::make_mbuf(pool_, first);
    dpdk::MbufPtr tail = dpdk::make_mbuf(pool_, second);
    if (rte_pktmbuf_chain(head.get(), tail.get()) != 0) throw std::runtime_error("chain");
    (void)tail.release();
    head->port = id();
    if (rte_ring_enqueue(rx_.at(0), head.get()) != 0) throw std::runtime_error("ring is full");
    (void)head.release();
}

std::optional<Bytes> RingPort::take(std::uint16_t queue) {
    void* object = nullptr;
    if (rte_ring_dequeue(tx_.at(queue), &object) != 0) return std::nullopt;
    const dpdk::MbufPtr mbuf(static_cast<rte_mbuf*>(object));
    taken_flags_ = mbuf->ol_flags;
    const auto bytes = dpdk::bytes(*mbuf);
    return Bytes(bytes.begin(), bytes.end());
}

}  // namespace portcullis::relay::test
