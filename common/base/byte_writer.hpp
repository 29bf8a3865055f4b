// SPDX-License-Identifier: BSD-2-Clause
// ByteWriter: big-endian appending to an owned, growing byte string.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis {

class ByteWriter {
 public:
    ByteWriter() = default;
    ByteWriter(const ByteWriter&) = delete;
    ByteWriter& operator=(const ByteWriter&) = delete;
    ~ByteWriter() = default;
    // Goes on behind what `bytes` holds; take() gives all of it back.
    explicit ByteWriter(std::vector<std::byte> bytes)
        : bytes_(std::move(bytes)), size_(bytes_.size()) {}

    template <std::unsigned_integral T>
    void write(T value) {
        if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
        std::memcpy(grow(sizeof value), &value, sizeof value);
    }

    void write_bytes(std::span<const std::byte> bytes) {
        if (!bytes.empty()) std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
    }

    void write_text(std::string_view text) { write_bytes(std::as_bytes(std::span(text))); }

    // Overwrites a 32-bit field written earlier, such as a length known only at the end.
    void patch_u32(std::size_t at, std::uint32_t value) {
        for (std::size_t i = 0; i < 4; ++i) {
            bytes_[at + i] = static_cast<std::byte>(value >> (8 * (3 - i)));
        }
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return std::span(bytes_).first(size_);
    }
    [[nodiscard]] std::vector<std::byte> take() {
        bytes_.resize(size_);
        size_ = 0;
        return std::move(bytes_);
    }

 private:
    static constexpr std::size_t kStep = 256;

    // Room for so many bytes more; fields are many and small, so it is made for several at once.
    [[nodiscard]] std::byte* grow(std::size_t count) {
        const std::size_t at = size_;
        size_ += count;
        if (size_ > bytes_.size()) bytes_.resize(size_ + kStep);
        return bytes_.data() + at;
    }

    std::vector<std::byte> bytes_;  // what is written, and room behind it
    std::size_t size_ = 0;
};

}  // namespace portcullis
