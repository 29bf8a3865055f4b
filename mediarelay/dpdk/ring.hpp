// SPDX-License-Identifier: BSD-2-Clause
// Ring<T>: a bounded queue of small values between exactly two threads, over rte_ring.
#pragma once

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "common/base/result.hpp"
#include "mediarelay/dpdk/errc.hpp"

namespace portcullis::relay::dpdk {

namespace detail {
struct RingFree {
    void operator()(rte_ring* ring) const { rte_ring_free(ring); }
};
// Single producer, single consumer, of exactly `capacity` elements. Null and rte_errno on failure.
[[nodiscard]] rte_ring* create_ring(const std::string& name, std::uint32_t element_bytes,
                                    std::uint32_t capacity);
}  // namespace detail

// Values are copied in and out. One producing thread, one consuming thread; destroyed by the owner
// after both stopped. What is still inside is not destructed: T is trivial.
template <class T>
class Ring {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0);

 public:
    // `name` is unique in the process, at most 28 characters.
    [[nodiscard]] static Result<Ring> create(const std::string& name, std::uint32_t capacity) {
        rte_ring* ring = detail::create_ring(name, sizeof(T), capacity);
        if (ring == nullptr) return fail(Errc::NoMemory, "ring " + name);
        return Ring(ring);
    }

    // False when the ring is full.
    [[nodiscard]] bool push(const T& value) { return push_burst(&value, 1) == 1; }
    // How many of `count` went in, from the first on.
    [[nodiscard]] unsigned push_burst(const T* values, unsigned count) {
        return rte_ring_sp_enqueue_burst_elem(ring_.get(), values, sizeof(T), count, nullptr);
    }
    // False when the ring is empty.
    [[nodiscard]] bool pop(T& value) { return pop_burst(&value, 1) == 1; }
    [[nodiscard]] unsigned pop_burst(T* values, unsigned count) {
        return rte_ring_sc_dequeue_burst_elem(ring_.get(), values, sizeof(T), count, nullptr);
    }
    [[nodiscard]] bool empty() const { return rte_ring_empty(ring_.get()) != 0; }
    [[nodiscard]] unsigned count() const { return rte_ring_count(ring_.get()); }
    [[nodiscard]] unsigned free_count() const { return rte_ring_free_count(ring_.get()); }

 private:
    explicit Ring(rte_ring* ring) : ring_(ring) {}
    std::unique_ptr<rte_ring, detail::RingFree> ring_;
};

}  // namespace portcullis::relay::dpdk
