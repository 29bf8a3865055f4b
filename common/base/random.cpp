// SPDX-License-Identifier: BSD-2-Clause
#include "common/base/random.hpp"

#include <pthread.h>
#include <sys/random.h>

#include <array>
#include <atomic>
#include <cstring>

#include "common/base/assert.hpp"

namespace portcullis {
namespace {

struct Reservoir {
    std::array<std::byte, 1024> bytes{};
    std::size_t used = sizeof(bytes);
    std::uint32_t forks = 0;  // when it was filled
};

// A forked child must not repeat its parent's bytes. Counted by the child; asking for the process
// id instead would be a system call for every draw.
std::atomic<std::uint32_t> forks{0};
[[maybe_unused]] const int watches_forks =
    ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });

thread_local Reservoir reservoir;

void fill_from_kernel(std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t got = ::getrandom(out.data(), out.size(), 0);
        PORTCULLIS_ASSERT(got > 0);
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace

void random_bytes(std::span<std::byte> out) {
    Reservoir& r = reservoir;
    if (out.size() > r.bytes.size() / 4) {
        fill_from_kernel(out);
        return;
    }
    if (r.used + out.size() > r.bytes.size() || r.forks != forks.load(std::memory_order_relaxed)) {
        fill_from_kernel(r.bytes);
        r.used = 0;
        r.forks = forks.load(std::memory_order_relaxed);
    }
    std::memcpy(out.data(), r.bytes.data() + r.used, out.size());
    std::memset(r.bytes.data() + r.used, 0, out.size());
    r.used += out.size();
}

std::uint64_t random_u64() {
    std::uint64_t value = 0;
    random_bytes(std::as_writable_bytes(std::span(&value, 1)));
    return value;
}

std::uint32_t random_below(std::uint32_t bound) {
    PORTCULLIS_ASSERT(bound > 0);
    // Rejection keeps the draw uniform: values past the last whole multiple of bound are redrawn.
    const std::uint64_t span = std::uint64_t{1} << 32;
    const std::uint64_t limit = span - span % bound;
    for (;;) {
        const std::uint64_t draw = random_u64() >> 32;
        if (draw < limit) return static_cast<std::uint32_t>(draw % bound);
    }
}

std::string random_token(std::size_t length) {
    static constexpr char kAlphabet[] = "0123456789abcdefghijklmnopqrstuv";
    std::string token(length, '\0');
    std::uint64_t bits = 0;
    int have = 0;
    for (char& c : token) {
        if (have < 5) {
            bits = random_u64();
            have = 64;
        }
        c = kAlphabet[bits & 31];
        bits >>= 5;
        have -= 5;
    }
    return token;
}

}  // namespace portcullis
