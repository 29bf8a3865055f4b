// SPDX-License-Identifier: BSD-2-Clause
// Rare: an optional value that takes room only while it is there.
#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace portcullis {

// As std::optional, for large members that few objects have at any time: the value lives on the
// heap.
template <typename T>
class Rare {
 public:
    Rare() = default;

    Rare& operator=(T value) {
        value_ = std::make_unique<T>(std::move(value));
        return *this;
    }
    void reset() { value_.reset(); }
    // What was there; empty afterwards.
    std::optional<T> take() {
        const auto taken = std::move(value_);
        return taken ? std::optional<T>(std::move(*taken)) : std::nullopt;
    }

    [[nodiscard]] bool has_value() const { return value_ != nullptr; }
    explicit operator bool() const { return has_value(); }
    T& operator*() { return *value_; }
    const T& operator*() const { return *value_; }
    bool operator==(const T& value) const { return value_ && *value_ == value; }
    T* operator->() { return value_.get(); }
    const T* operator->() const { return value_.get(); }

 private:
    std::unique_ptr<T> value_;
};

}  // namespace portcullis
