// SPDX-License-Identifier: BSD-2-Clause
// CheckpointStore: the memory-mapped file in which a shard keeps what must survive its process.
//
// The file is a header and segments of 256 KiB. A segment serves cells of one size (512 B to 128
// KiB). A value is written whole into a fresh cell and only then the key's previous cell is freed,
// so a crash at any instruction leaves one of the two versions readable. A cell counts only if its
// checksum holds; of two cells of one key the higher sequence wins. Nothing is ever synced: the
// page cache outlives the process, and after a power loss calls are gone anyway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"

namespace portcullis::checkpoint {

// One per shard, used from its thread. Keys are call ids; values are opaque bytes.
class CheckpointStore {
 public:
    static constexpr std::size_t kMaxValue = 128U << 10;

    CheckpointStore() = default;
    ~CheckpointStore();
    CheckpointStore(const CheckpointStore&) = delete;
    CheckpointStore& operator=(const CheckpointStore&) = delete;

    // Opens or creates the file and indexes the values in it. A file of another format or with a
    // damaged header is renamed to <path>.refused and a fresh one is begun; damaged cells are
    // dropped and counted. Fails only when the file cannot be made or mapped.
    [[nodiscard]] Status open(const std::filesystem::path& path);

    // Writes or replaces a value. Fails when it is too large or the file system is full.
    [[nodiscard]] Status put(std::uint64_t key, std::span<const std::byte> value);
    void erase(std::uint64_t key);

    // Calls `visit` for every value, in no order. The span is valid during the call only.
    void for_each(
        const std::function<void(std::uint64_t, std::span<const std::byte>)>& visit) const;

    [[nodiscard]] std::size_t size() const { return index_.size(); }
    [[nodiscard]] std::size_t damaged() const { return damaged_; }
    [[nodiscard]] bool was_refused() const { return refused_; }

 private:
    struct CellHeader;

    [[nodiscard]] Status map_file(std::size_t size);
    [[nodiscard]] Status grow(std::size_t size_class);
    void index_segment(std::size_t segment);
    void index_cell(std::size_t offset, std::size_t size_class);
    [[nodiscard]] CellHeader* cell_at(std::size_t offset);
    [[nodiscard]] const CellHeader* cell_at(std::size_t offset) const;
    void free_cell(std::size_t offset, std::size_t size_class);

    struct Place {
        std::size_t offset = 0;
        std::size_t size_class = 0;
        std::uint64_t sequence = 0;
    };

    UniqueFd file_;
    std::span<std::byte> memory_;
    std::vector<std::vector<std::size_t>> free_;  // offsets by size class
    std::unordered_map<std::uint64_t, Place> index_;
    std::uint64_t sequence_ = 0;
    std::size_t damaged_ = 0;
    bool refused_ = false;
};

}  // namespace portcullis::checkpoint
