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
};

}  // namespace

std::uint64_t keyed_hash(std::string_view text) {
    static const std::array<std::uint64_t, 2> key{random_u64(), random_u64()};
    State state{key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU,
                key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U};
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        state.absorb(word);
    }
    std::uint64_t last = 0;
    if (left != 0) std::memcpy(&last, at, left);
    state.absorb(last | (std::uint64_t{text.size()} << 56U));
    state.c ^= 0xff;
    for (int i = 0; i < 3; ++i) state.round();
    return state.a ^ state.b ^ state.c ^ state.d;
}

}  // namespace portcullis
