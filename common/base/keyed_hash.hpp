// SPDX-License-Identifier: BSD-2-Clause
// keyed_hash: SipHash-1-3 under a secret of the process, for tables whose keys strangers choose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis {

// The key is drawn once per process, so that nobody outside can prepare keys that collide. Values
// must not leave the process.
[[nodiscard]] std::uint64_t keyed_hash(std::string_view text);

// A text's stand-in as a key: 128 bits of the same hash, so that two texts share one only by an
// accident that does not happen (and nobody outside can bring about). Default: of no text.
struct Fingerprint {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    [[nodiscard]] explicit operator bool() const { return (high | low) != 0; }
    bool operator==(const Fingerprint&) const = default;
};
[[nodiscard]] Fingerprint fingerprint(std::string_view text);

// Of a table by fingerprint: the bits are random already.
struct FingerprintHash {
    using is_avalanching = void;
    std::size_t operator()(const Fingerprint& key) const noexcept { return key.low; }
};

// For unordered containers of strings, with lookup by view.
struct KeyedHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return keyed_hash(text); }
};

}  // namespace portcullis
