// SPDX-License-Identifier: BSD-2-Clause
// Unpredictable bytes from the kernel for tags, branches, Call-IDs, ports and tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace portcullis {

// Fills `out` from getrandom(2), through a small per-thread buffer. Ends the process if the kernel
// has no randomness to give: nothing that follows could be safe.
void random_bytes(std::span<std::byte> out);

[[nodiscard]] std::uint64_t random_u64();

// Uniform in [0, bound); `bound` > 0.
[[nodiscard]] std::uint32_t random_below(std::uint32_t bound);

// `length` characters of [0-9a-z], at 5 bits of entropy each: valid as a token in SIP.
[[nodiscard]] std::string random_token(std::size_t length);

}  // namespace portcullis
