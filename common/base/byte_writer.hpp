// SPDX-License-Identifier: BSD-2-Clause
// ByteWriter: big-endian appending to an owned, growing byte string.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis {

class ByteWriter {
 public:
    ByteWriter() = default;
    // Goes on behind what `bytes` holds; take() gives all of it back.
    explicit ByteWriter(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

    template <std::unsigned_integral T>
    void write(T value) {
        std::array<std::byte, sizeof(T)> field;
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            field[sizeof(T) - 1 - i] =
                static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
        }
        bytes_.insert(bytes_.end(), field.begin(), field.end());
    }

    void write_bytes(std::span<const std::byte> bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }

    void write_text(std::string_view text) { write_bytes(std::as_bytes(std::span(text))); }

    // Overwrites a 32-bit field written earlier, such as a length known only at the end.
    void patch_u32(std::size_t at, std::uint32_t value) {
        for (std::size_t i = 0; i < 4; ++i) {
            bytes_[at + i] = static_cast<std::byte>(value >> (8 * (3 - i)));
        }
    }

    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
    [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

 private:
    std::vector<std::byte> bytes_;
};

}  // namespace portcullis
