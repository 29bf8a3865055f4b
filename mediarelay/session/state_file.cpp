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

namespace portcullis::relay {

namespace {

constexpr std::array<char, 8> kMagic{'P', 'C', 'R', 'E', 'L', 'A', 'Y', '1'};
constexpr std::uint32_t kLayout = 1;

// Both in the machine's own byte order: the file never leaves it.
struct Header {
    std::array<char, 8> magic{};
    std::uint32_t layout = 0;
    std::uint32_t record_bytes = 0;
    std::uint32_t slots = 0;
    std::array<std::uint32_t, 11> spare{};
};
static_assert(sizeof(Header) == 64);

struct Record {
    std::uint64_t session = 0;
    std::uint32_t leg = 0;
    std::uint16_t stream = 0;
    std::uint8_t component = 0;
    std::uint8_t state = 0;  // low nibble: StateRecord::State; 0x10: latched; 0x20: IPv6
    std::array<std::byte, 16> latched_address{};
    std::uint16_t latched_port = 0;
    std::uint16_t local_port = 0;
    std::uint32_t pool_key = 0;
    std::uint32_t rx_ssrc = 0;
    std::uint32_t tx_ssrc = 0;
    std::uint64_t tx_index = 0;
    std::uint32_t changed_at_s = 0;
    std::uint32_t checksum = 0;  // over the bytes before it
};
static_assert(sizeof(Record) == 64);

Header header_of(std::uint32_t slots) {
    return {.magic = kMagic, .layout = kLayout, .record_bytes = sizeof(Record), .slots = slots};
}

constexpr std::uint8_t kStateMask = 0x0f;
constexpr std::uint8_t kLatched = 0x10;
constexpr std::uint8_t kLatchedV6 = 0x20;

std::uint32_t fnv1a(const void* data, std::size_t length) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    std::uint32_t hash = 2166136261U;
    for (std::size_t i = 0; i < length; ++i) hash = (hash ^ bytes[i]) * 16777619U;
    return hash;
}

std::uint32_t checksum(const Record& record) { return fnv1a(&record, sizeof record - 4); }

Record pack(const StateRecord& value) {
    Record record;
    if (value.state == StateRecord::State::Empty) return record;
    record.session = value.name.session.value;
    record.leg = value.name.leg.value;
    record.stream = value.name.stream;
    record.component = static_cast<std::uint8_t>(value.name.component);
    record.state = static_cast<std::uint8_t>(value.state);
    if (value.latched) {
        const IpAddress& address = value.latched->address;
        record.state =
            static_cast<std::uint8_t>(record.state | kLatched | (address.is_v6() ? kLatchedV6 : 0));
        std::memcpy(record.latched_address.data(), address.bytes().data(), address.bytes().size());
        record.latched_port = value.latched->port;
    }
    record.local_port = value.local_port;
    record.pool_key = value.pool_key;
    record.rx_ssrc = value.rx_ssrc;
    record.tx_ssrc = value.tx_ssrc;
    record.tx_index = value.tx_index;
    record.changed_at_s = value.changed_at_s;
    record.checksum = checksum(record);
    return record;
}

// Empty state for anything that is not whole.
StateRecord unpack(const Record& record) {
    StateRecord value;
    const std::uint8_t state = record.state & kStateMask;
    if (state == 0 || state > static_cast<std::uint8_t>(StateRecord::State::Released) ||
        record.component > static_cast<std::uint8_t>(Component::kMax) ||
        record.checksum != checksum(record)) {
        return value;
    }
    value.state = static_cast<StateRecord::State>(state);
    value.name = {.session = SessionId{record.session},
                  .leg = LegId{record.leg},
                  .stream = record.stream,
                  .component = static_cast<Component>(record.component)};
    if ((record.state & kLatched) != 0) {
        const std::span<const std::byte, 16> bytes(record.latched_address);
        value.latched = Endpoint{(record.state & kLatchedV6) != 0 ? IpAddress::v6(bytes)
                                                                  : IpAddress::v4(bytes.first<4>()),
                                 record.latched_port};
    }
    value.local_port = record.local_port;
    value.pool_key = record.pool_key;
    value.rx_ssrc = record.rx_ssrc;
    value.tx_ssrc = record.tx_ssrc;
    value.tx_index = record.tx_index;
    value.changed_at_s = record.changed_at_s;
    return value;
}

void read_left(int fd, std::vector<StateRecord>& left) {
    Header header;
    if (::pread(fd, &header, sizeof header, 0) != sizeof header || header.magic != kMagic ||
        header.layout != kLayout || header.record_bytes != sizeof(Record)) {
        return;
    }
    std::array<Record, 64> block;
    ::off_t offset = sizeof header;
    for (std::uint32_t slot = 0; slot < header.slots;) {
        const ::ssize_t got = ::pread(fd, block.data(), sizeof block, offset);
        const auto whole = got > 0 ? static_cast<std::size_t>(got) / sizeof(Record) : 0U;
        if (whole == 0) return;
        for (std::size_t i = 0; i < whole && slot < header.slots; ++i, ++slot) {
            StateRecord record = unpack(block[i]);
            if (record.state != StateRecord::State::Empty) left.push_back(record);
        }
        offset += static_cast<::off_t>(whole * sizeof(Record));
    }
}

std::filesystem::path aside_of(const std::filesystem::path& path) {
    return path.string() + ".former";
}

// A flow that is in both files is as the newer one says.
void read_aside(const std::filesystem::path& path, std::vector<StateRecord>& left) {
    const UniqueFd fd(::open(aside_of(path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return;
    std::set<FlowName> known;
    for (const auto& record : left) known.insert(record.name);
    std::vector<StateRecord> older;
    read_left(fd.get(), older);
    std::copy_if(older.begin(), older.end(), std::back_inserter(left),
                 [&known](const auto& record) { return !known.contains(record.name); });
}

// Written whole and renamed: never less than what was aside before.
Status put_aside(const std::filesystem::path& path, const std::vector<StateRecord>& left) {
    const auto aside = aside_of(path);
    const std::string made = aside.string() + ".new";
    std::vector<Record> packed(left.size());
    std::transform(left.begin(), left.end(), packed.begin(), pack);
    Header header = header_of(static_cast<std::uint32_t>(left.size()));
    const std::array<iovec, 2> parts{
        {{&header, sizeof header}, {packed.data(), packed.size() * sizeof(Record)}}};
    const auto bytes = static_cast<::ssize_t>(parts[0].iov_len + parts[1].iov_len);
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

Record* records(void* memory) {
    return reinterpret_cast<Record*>(static_cast<std::byte*>(memory) + sizeof(Header));
}

}  // namespace

std::uint32_t pool_key(std::string_view pool_name) {
    return fnv1a(pool_name.data(), pool_name.size());
}

Result<StateFile> StateFile::open(const std::filesystem::path& path, std::uint32_t slots,
                                  std::vector<StateRecord>& left) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return fail_errno(errno, "open " + path.string());
    // A living relay's workers write to it: truncating it would be their end.
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(std::make_error_code(std::errc::device_or_resource_busy),
                    "another relay runs with " + path.string());
    }
    read_left(fd.get(), left);
    read_aside(path, left);
    if (!left.empty()) {
        if (auto saved = put_aside(path, left); !saved) return std::unexpected(saved.error());
    }
    const std::size_t bytes = sizeof(Header) + std::size_t{slots} * sizeof(Record);
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
    const Header header = header_of(slots);
    std::memcpy(memory, &header, sizeof header);
    return StateFile(std::move(fd), memory, bytes, slots);
}

void StateFile::forget_former(const std::filesystem::path& path) {
    ::unlink(aside_of(path).c_str());
}

Result<StateFile> StateFile::anonymous(std::uint32_t slots) {
    const std::size_t bytes = sizeof(Header) + std::size_t{slots} * sizeof(Record);
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
    const Record packed = pack(record);
    std::memcpy(records(memory_) + slot, &packed, sizeof packed);
}

StateRecord StateFile::read(std::uint32_t slot) const {
    if (slot >= slots_) return {};
    Record packed;
    std::memcpy(&packed, records(memory_) + slot, sizeof packed);
    return unpack(packed);
}

}  // namespace portcullis::relay
