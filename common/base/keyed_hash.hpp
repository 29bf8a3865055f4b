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

// For unordered containers of strings, with lookup by view.
struct KeyedHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return keyed_hash(text); }
};

}  // namespace portcullis
