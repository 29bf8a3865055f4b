// SPDX-License-Identifier: BSD-2-Clause
#include "common/base/keyed_hash.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "common/base/random.hpp"

namespace portcullis {

namespace {

struct State {
    std::uint64_t a, b, c, d;

    void round() {
        a += b;
        c += d;
        b = std::rotl(b, 13) ^ a;
        d = std::rotl(d, 16) ^ c;
        a = std::rotl(a, 32);
        c += b;
        a += d;
        b = std::rotl(b, 17) ^ c;
        d = std::rotl(d, 21) ^ a;
        c = std::rotl(c, 32);
    }
    void absorb(std::uint64_t word) {
        d ^= word;
        round();
        a ^= word;
    }
    void absorb(std::string_view text) {
        const char* at = text.data();
        std::size_t left = text.size();
        for (; left >= 8; at += 8, left -= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, at, 8);
            absorb(word);
        }
        std::uint64_t last = 0;
        if (left != 0) std::memcpy(&last, at, left);
        absorb(last | (std::uint64_t{text.size()} << 56U));
    }
    [[nodiscard]] std::uint64_t squeeze() {
        for (int i = 0; i < 3; ++i) round();
        return a ^ b ^ c ^ d;
    }
};

State keyed_state() {
    static const std::array<std::uint64_t, 2> key{random_u64(), random_u64()};
    return {key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU,
            key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U};
}

}  // namespace

std::uint64_t keyed_hash(std::string_view text) {
    State state = keyed_state();
    state.absorb(text);
    state.c ^= 0xff;
    return state.squeeze();
}

// SipHash's own form of 128 bits.
Fingerprint fingerprint(std::string_view text) {
    State state = keyed_state();
    state.b ^= 0xee;
    state.absorb(text);
    state.c ^= 0xee;
    Fingerprint key;
    key.high = state.squeeze();
    state.b ^= 0xdd;
    key.low = state.squeeze();
    return key;
}

}  // namespace portcullis
