// SPDX-License-Identifier: BSD-2-Clause
// Resting: a value that can be laid by as bytes, and is unpacked again by whoever asks for it.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "common/base/field_codec.hpp"

namespace portcullis {

// For members with many small parts that are seldom read while their owner waits: as bytes they
// take one allocation. T has fields(). Reading unpacks, so that even const access is of one thread
// only; references to the value hold until rest().
template <typename T>
class Resting {
 public:
    Resting() = default;
    ~Resting() = default;
    Resting(const Resting& other) : bytes_(other.bytes_) {
        if (other.value_) value_ = std::make_unique<T>(*other.value_);
    }
    Resting(Resting&&) noexcept = default;
    Resting& operator=(Resting other) noexcept {
        value_ = std::move(other.value_);
        bytes_ = std::move(other.bytes_);
        return *this;
    }

    void rest() {
        if (!value_) return;
        bytes_ = codec::to_bytes(*value_);
        bytes_.shrink_to_fit();
        value_.reset();
    }
    [[nodiscard]] bool rests() const { return !value_; }
    // For who looks at many of them: what rests stays so.
    [[nodiscard]] T copy() const { return *Resting(*this); }

    T& operator*() { return awake(); }
    const T& operator*() const { return awake(); }
    T* operator->() { return &awake(); }
    const T* operator->() const { return &awake(); }

 private:
    T& awake() const {
        if (value_) return *value_;
        auto read = codec::from_bytes<T>(bytes_);
        value_ = read ? std::make_unique<T>(std::move(*read)) : std::make_unique<T>();
        std::vector<std::byte>().swap(bytes_);
        return *value_;
    }

    mutable std::unique_ptr<T> value_;
    mutable std::vector<std::byte> bytes_;  // while it rests; empty: T()
};

}  // namespace portcullis
