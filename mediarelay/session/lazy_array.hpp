// SPDX-License-Identifier: BSD-2-Clause
// LazyArray<T>: a large zeroed array whose pages cost nothing until they are touched.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <utility>

namespace portcullis::relay {

// T must be valid as all zero bytes and need no destruction. Throws std::bad_alloc (start-up only).
// Fixed size; move-only.
template <class T>
class LazyArray {
    static_assert(std::is_trivially_destructible_v<T>);

 public:
    // `huge`: ask for 2 MiB pages, for arrays that are visited at random.
    LazyArray(std::size_t count, bool huge) : count_(count) {
        void* memory = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        // Only a hint: without it the array works with small pages.
        if (huge) (void)::madvise(memory, bytes(), MADV_HUGEPAGE);
        data_ = static_cast<T*>(memory);
    }
    LazyArray(LazyArray&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
    LazyArray& operator=(LazyArray&&) = delete;
    LazyArray(const LazyArray&) = delete;
    LazyArray& operator=(const LazyArray&) = delete;
    ~LazyArray() {
        if (data_ != nullptr) ::munmap(data_, bytes());
    }

    [[nodiscard]] T& operator[](std::size_t index) { return data_[index]; }
    [[nodiscard]] const T& operator[](std::size_t index) const { return data_[index]; }
    [[nodiscard]] std::size_t size() const { return count_; }

 private:
    [[nodiscard]] std::size_t bytes() const { return count_ * sizeof(T); }

    T* data_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace portcullis::relay
