// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/state_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mediarelay/session/state_layout.hpp"

namespace portcullis::relay {

namespace {

using state_layout::FlowBytes;
using state_layout::Header;
using state_layout::PoolBytes;
using state_layout::unpack;

// Feeds the whole records among `count` at `offset` to `sink`.
template <class Record, class Sink>
void read_records(int fd, ::off_t offset, std::uint32_t count, const Sink& sink) {
    std::array<Record, 64> block;
    for (std::uint32_t slot = 0; slot < count;) {
        const ::ssize_t got = ::pread(fd, block.data(), sizeof block, offset);
        const auto whole = got > 0 ? static_cast<std::size_t>(got) / sizeof(Record) : 0U;
        if (whole == 0) return;
        for (std::size_t i = 0; i < whole && slot < count; ++i, ++slot) sink(unpack(block[i]));
        offset += static_cast<::off_t>(whole * sizeof(Record));
    }
}

::off_t flows_offset(std::size_t pools) {
    return static_cast<::off_t>(sizeof(Header) + pools * sizeof(PoolBytes));
}

void read_left(int fd, LeftState& left) {
    Header header;
    if (::pread(fd, &header, sizeof header, 0) != sizeof header || !is_known(header)) return;
    read_records<PoolBytes>(fd, sizeof header, header.pools,
                            [&left](std::optional<PoolPlace> place) {
                                if (place) left.pools.push_back(std::move(*place));
                            });
    read_records<FlowBytes>(fd, flows_offset(header.pools), header.flows,
                            [&left](const StateRecord& record) {
                                if (record.state != StateRecord::State::Empty)
                                    left.flows.push_back(record);
                            });
}

std::filesystem::path aside_of(const std::filesystem::path& path) {
    return path.string() + ".former";
}

// A flow or a pool that is in both files is as the newer one says.
void read_aside(const std::filesystem::path& path, LeftState& left) {
    const UniqueFd fd(::open(aside_of(path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return;
    std::set<FlowName> flows;
    for (const auto& record : left.flows) flows.insert(record.name);
    std::set<std::uint32_t> pools;
    for (const auto& place : left.pools) pools.insert(pool_key(place));
    LeftState older;
    read_left(fd.get(), older);
    std::copy_if(older.flows.begin(), older.flows.end(), std::back_inserter(left.flows),
                 [&flows](const auto& record) { return !flows.contains(record.name); });
    std::copy_if(older.pools.begin(), older.pools.end(), std::back_inserter(left.pools),
                 [&pools](const auto& place) { return !pools.contains(pool_key(place)); });
}

template <class Record, class Value>
std::vector<Record> packed(const std::vector<Value>& values) {
    std::vector<Record> records(values.size());
    std::transform(values.begin(), values.end(), records.begin(),
                   [](const Value& value) { return state_layout::pack(value); });
    return records;
}

// Written whole and renamed: never less than what was aside before.
Status put_aside(const std::filesystem::path& path, const LeftState& left) {
    const auto aside = aside_of(path);
    const std::string made = aside.string() + ".new";
    auto pools = packed<PoolBytes>(left.pools);
    auto flows = packed<FlowBytes>(left.flows);
    Header header = state_layout::make_header(pools.size(), flows.size());
    const std::array<iovec, 3> parts{{{&header, sizeof header},
                                      {pools.data(), pools.size() * sizeof(PoolBytes)},
                                      {flows.data(), flows.size() * sizeof(FlowBytes)}}};
    const auto bytes =
        static_cast<::ssize_t>(parts[0].iov_len + parts[1].iov_len + parts[2].iov_len);
    const UniqueFd fd(::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) return fail_errno(errno, "write " + made);
    errno = ENOSPC;  // a short write sets none
    if (::writev(fd.get(), parts.data(), parts.size()) != bytes ||
        ::rename(made.c_str(), aside.c_str()) != 0) {
        const int error = errno;
        ::unlink(made.c_str());
        return fail_errno(error, "write " + aside.string());
    }
    return {};
}

std::size_t size_for(std::uint32_t slots) {
    return static_cast<std::size_t>(flows_offset(kMaxPools)) +
           std::size_t{slots} * sizeof(FlowBytes);
}

PoolBytes* pools_in(void* memory) {
    return reinterpret_cast<PoolBytes*>(static_cast<std::byte*>(memory) + sizeof(Header));
}

FlowBytes* flows_in(void* memory) {
    return reinterpret_cast<FlowBytes*>(pools_in(memory) + kMaxPools);
}

}  // namespace

Result<StateFile> StateFile::open(const std::filesystem::path& path, std::uint32_t slots,
                                  LeftState& left) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return fail_errno(errno, "open " + path.string());
    // A living relay's workers write to it: truncating it would be their end.
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(std::make_error_code(std::errc::device_or_resource_busy),
                    "another relay runs with " + path.string());
    }
    read_left(fd.get(), left);
    read_aside(path, left);
    if (!left.flows.empty()) {
        if (auto saved = put_aside(path, left); !saved) return std::unexpected(saved.error());
    }
    const std::size_t bytes = size_for(slots);
    // Truncating to nothing first leaves every record zero.
    if (::ftruncate(fd.get(), 0) != 0) return fail_errno(errno, "ftruncate " + path.string());
    // A worker's write to a page that the file system has no room for would be a SIGBUS.
    if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<::off_t>(bytes)); error != 0) {
        static_cast<void>(::ftruncate(fd.get(), 0));
        return fail_errno(error,
                          "allocate " + std::to_string(bytes) + " bytes in " + path.string());
    }
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (memory == MAP_FAILED) return fail_errno(errno, "mmap " + path.string());
    const Header header = state_layout::make_header(kMaxPools, slots);
    std::memcpy(memory, &header, sizeof header);
    return StateFile(std::move(fd), memory, bytes, slots);
}

void StateFile::forget_former(const std::filesystem::path& path) {
    ::unlink(aside_of(path).c_str());
}

Result<StateFile> StateFile::anonymous(std::uint32_t slots) {
    const std::size_t bytes = size_for(slots);
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return fail_errno(errno, "mmap of flow records");
    return StateFile(UniqueFd(), memory, bytes, slots);
}

StateFile::StateFile(StateFile&& other) noexcept
    : file_(std::move(other.file_)),
      memory_(std::exchange(other.memory_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      slots_(std::exchange(other.slots_, 0)) {}

StateFile& StateFile::operator=(StateFile&& other) noexcept {
    if (this != &other) {
        if (memory_ != nullptr) ::munmap(memory_, bytes_);
        file_ = std::move(other.file_);
        memory_ = std::exchange(other.memory_, nullptr);
        bytes_ = std::exchange(other.bytes_, 0);
        slots_ = std::exchange(other.slots_, 0);
    }
    return *this;
}

StateFile::~StateFile() {
    if (memory_ != nullptr) ::munmap(memory_, bytes_);
}

void StateFile::write(std::uint32_t slot, const StateRecord& record) {
    if (slot >= slots_) return;
    const FlowBytes made = state_layout::pack(record);
    std::memcpy(flows_in(memory_) + slot, &made, sizeof made);
}

StateRecord StateFile::read(std::uint32_t slot) const {
    if (slot >= slots_) return {};
    FlowBytes record;
    std::memcpy(&record, flows_in(memory_) + slot, sizeof record);
    return unpack(record);
}

void StateFile::write_pool(PoolIndex index, const std::optional<PoolPlace>& place) {
    if (index >= kMaxPools) return;
    const PoolBytes made = place ? state_layout::pack(*place) : PoolBytes{};
    std::memcpy(pools_in(memory_) + index, &made, sizeof made);
}

}  // namespace portcullis::relay
