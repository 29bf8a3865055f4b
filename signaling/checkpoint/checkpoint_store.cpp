// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/checkpoint/checkpoint_store.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>

#include "common/base/log.hpp"

namespace portcullis::checkpoint {
namespace {

constexpr std::size_t kSegment = 256U << 10;
// Bytes of a cell, by size class. The class stands in the file, so the order is for ever: the
// powers of two came first. With the steps between them a cell is at most a quarter larger than it
// must be up to 4 KiB, where values of calls are.
constexpr std::array<std::uint32_t, 18> kCellSizes{512,   1024,  2048,   4096, 8192, 16384,
                                                   32768, 65536, 131072, 640,  768,  896,
                                                   1280,  1536,  1792,   2560, 3072, 3584};
constexpr std::size_t kClasses = kCellSizes.size();
constexpr std::uint64_t kMagic = 0x50'43'43'4b'50'54'00'02;  // "PCCKPT", format 2

// First bytes of the file; the size class of segment n (from 1) is classes[n - 1] + 1, 0: unused.
struct FileHeader {
    std::uint64_t magic;
    std::uint8_t classes[kSegment - 8];
};
static_assert(sizeof(FileHeader) == kSegment);

constexpr std::size_t cell_size(std::size_t size_class) { return kCellSizes[size_class]; }

// The class of the smallest cell of at least `size` bytes; kClasses when there is none.
std::size_t class_for(std::size_t size) {
    std::size_t best = kClasses;
    for (std::size_t i = 0; i < kClasses; ++i) {
        if (kCellSizes[i] >= size && (best == kClasses || kCellSizes[i] < kCellSizes[best])) {
            best = i;
        }
    }
    return best;
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
    return std::rotl((hash ^ word) * 0x9e3779b97f4a7c15U, 29);
}

// Detects torn and flipped bytes; it need not resist an adversary, who cannot write the file.
std::uint64_t checksum(std::uint64_t key, std::uint64_t sequence,
                       std::span<const std::byte> value) {
    std::uint64_t hash = mix(mix(value.size(), key), sequence);
    while (value.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, value.data(), 8);
        hash = mix(hash, word);
        value = value.subspan(8);
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, value.data(), value.size());
    return mix(hash, rest);
}

}  // namespace

struct CheckpointStore::CellHeader {
    std::uint64_t sequence;  // 0: free
    std::uint64_t key;
    std::uint64_t sum;
    std::uint64_t size;

    [[nodiscard]] const std::byte* value() const {
        return reinterpret_cast<const std::byte*>(this + 1);
    }
    [[nodiscard]] std::byte* value() { return reinterpret_cast<std::byte*>(this + 1); }
};

CheckpointStore::~CheckpointStore() {
    if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

CheckpointStore::CellHeader* CheckpointStore::cell_at(std::size_t offset) {
    return reinterpret_cast<CellHeader*>(memory_.data() + offset);
}

const CheckpointStore::CellHeader* CheckpointStore::cell_at(std::size_t offset) const {
    return reinterpret_cast<const CellHeader*>(memory_.data() + offset);
}

Status CheckpointStore::open(const std::filesystem::path& path) {
    free_.assign(kClasses, {});
    for (int attempt = 0; attempt < 2; ++attempt) {
        file_ = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!file_) return fail_errno(errno, "checkpoint file " + path.string());
        struct stat info{};
        if (::fstat(file_.get(), &info) != 0) return fail_errno(errno, path.string());
        const auto size = static_cast<std::size_t>(info.st_size);
        const bool fresh = size == 0;
        if (size >= kSegment || fresh) {
            if (const auto mapped = map_file(fresh ? kSegment : size / kSegment * kSegment);
                !mapped) {
                return mapped;
            }
            auto* const header = reinterpret_cast<FileHeader*>(memory_.data());
            if (fresh) header->magic = kMagic;
            if (header->magic == kMagic) {
                for (std::size_t n = 1; n < memory_.size() / kSegment; ++n) index_segment(n);
                return {};
            }
        }
        refused_ = true;
        if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
        memory_ = {};
        const auto aside = path.string() + ".refused";
        log::component("checkpoint")
            .error("checkpoint_refused file={} kept_as={}", path.string(), aside);
        std::error_code error;
        std::filesystem::rename(path, aside, error);
        if (error) return fail(error, "checkpoint file " + path.string());
    }
    return fail(std::make_error_code(std::errc::io_error), path.string());
}

Status CheckpointStore::map_file(std::size_t size) {
    // posix_fallocate makes a full disk an error here instead of a SIGBUS at some later write.
    if (const int error = ::posix_fallocate(file_.get(), 0, static_cast<off_t>(size)); error != 0) {
        return fail_errno(error, "checkpoint file");
    }
    void* const memory =
        memory_.empty() ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0)
                        : ::mremap(memory_.data(), memory_.size(), size, MREMAP_MAYMOVE);
    if (memory == MAP_FAILED) return fail_errno(errno, "map of the checkpoint file");
    memory_ = {static_cast<std::byte*>(memory), size};
    return {};
}

void CheckpointStore::index_segment(std::size_t segment) {
    const auto* const header = reinterpret_cast<const FileHeader*>(memory_.data());
    const std::size_t mark = header->classes[segment - 1];
    if (mark == 0 || mark > kClasses) return;
    const std::size_t size_class = mark - 1;
    for (std::size_t at = 0; at + cell_size(size_class) <= kSegment; at += cell_size(size_class)) {
        index_cell(segment * kSegment + at, size_class);
    }
}

void CheckpointStore::index_cell(std::size_t offset, std::size_t size_class) {
    const CellHeader* const cell = cell_at(offset);
    if (cell->sequence == 0) {
        free_[size_class].push_back(offset);
        return;
    }
    const bool fits = cell->size <= cell_size(size_class) - sizeof(CellHeader);
    if (!fits || cell->sum != checksum(cell->key, cell->sequence, {cell->value(), cell->size})) {
        ++damaged_;
        free_cell(offset, size_class);
        return;
    }
    sequence_ = std::max(sequence_, cell->sequence);
    const Place place{offset, size_class, cell->sequence};
    const auto [known, inserted] = index_.try_emplace(cell->key, place);
    if (inserted) return;
    const Place older = known->second.sequence < place.sequence ? known->second : place;
    if (older.offset == known->second.offset) known->second = place;
    free_cell(older.offset, older.size_class);
}

void CheckpointStore::free_cell(std::size_t offset, std::size_t size_class) {
    cell_at(offset)->sequence = 0;
    free_[size_class].push_back(offset);
}

Status CheckpointStore::grow(std::size_t size_class) {
    const std::size_t segment = memory_.size() / kSegment;
    if (segment > sizeof(FileHeader::classes)) {
        return fail(std::make_error_code(std::errc::file_too_large), "checkpoint file");
    }
    if (const auto mapped = map_file(memory_.size() + kSegment); !mapped) return mapped;
    // Used from the front.
    for (std::size_t n = kSegment / cell_size(size_class); n-- > 0;) {
        free_[size_class].push_back(segment * kSegment + n * cell_size(size_class));
    }
    reinterpret_cast<FileHeader*>(memory_.data())->classes[segment - 1] =
        static_cast<std::uint8_t>(size_class + 1);
    return {};
}

Status CheckpointStore::put(std::uint64_t key, std::span<const std::byte> value) {
    const std::size_t size_class = class_for(value.size() + sizeof(CellHeader));
    if (size_class == kClasses) {
        return fail(std::make_error_code(std::errc::message_size), "checkpoint value");
    }
    if (free_[size_class].empty()) {
        if (const auto grown = grow(size_class); !grown) return grown;
    }
    const std::size_t offset = free_[size_class].back();
    free_[size_class].pop_back();
    CellHeader* const cell = cell_at(offset);
    const std::uint64_t sequence = ++sequence_;
    cell->key = key;
    cell->size = value.size();
    cell->sum = checksum(key, sequence, value);
    std::copy(value.begin(), value.end(), cell->value());
    // The cell begins to count with this store; the compiler must not move it up.
    std::atomic_ref(cell->sequence).store(sequence, std::memory_order_release);
    const Place place{offset, size_class, sequence};
    const auto [known, inserted] = index_.try_emplace(key, place);
    if (!inserted) {
        free_cell(known->second.offset, known->second.size_class);
        known->second = place;
    }
    return {};
}

void CheckpointStore::erase(std::uint64_t key) {
    const auto known = index_.find(key);
    if (known == index_.end()) return;
    free_cell(known->second.offset, known->second.size_class);
    index_.erase(known);
}

void CheckpointStore::for_each(
    const std::function<void(std::uint64_t, std::span<const std::byte>)>& visit) const {
    for (const auto& [key, place] : index_) {
        const CellHeader* const cell = cell_at(place.offset);
        visit(key, {cell->value(), cell->size});
    }
}

}  // namespace portcullis::checkpoint
