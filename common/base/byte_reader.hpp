// SPDX-License-Identifier: BSD-2-Clause
// ByteReader: bounds-checked big-endian reading over borrowed bytes. A short read latches failure.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace portcullis {

// Views the caller's bytes; never outlives them. After a failed read every further read gives zero
// and ok() is false, so a parser checks once at the end of a fixed part.
class ByteReader {
 public:
    explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::size_t remaining() const { return bytes_.size(); }

    template <std::unsigned_integral T>
    [[nodiscard]] T read() {
        const auto field = take(sizeof(T));
        T value{};
        for (const std::byte b : field) {
            value = static_cast<T>((static_cast<std::uint64_t>(value) << 8) |
                                   std::to_integer<std::uint64_t>(b));
        }
        return value;
    }

    // The next `count` bytes, or an empty span (and failure) when fewer remain.
    std::span<const std::byte> take(std::size_t count) {
        if (count > bytes_.size()) {
            ok_ = false;
            bytes_ = {};
            return {};
        }
        const auto field = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return field;
    }

 private:
    std::span<const std::byte> bytes_;
    bool ok_ = true;
};

}  // namespace portcullis
