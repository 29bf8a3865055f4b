// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/state_layout.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace portcullis::relay {

namespace {

constexpr std::uint32_t kBasis = 2166136261U;

std::uint32_t fnv1a(const void* data, std::size_t length, std::uint32_t hash = kBasis) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < length; ++i) hash = (hash ^ bytes[i]) * 16777619U;
    return hash;
}

}  // namespace

std::uint32_t pool_key(const std::string& name, const std::string& device,
                       const IpAddress& address) {
    // Each with the 0 that ends it: the bounds count.
    const std::uint32_t names =
        fnv1a(device.c_str(), device.size() + 1, fnv1a(name.c_str(), name.size() + 1));
    return fnv1a(address.bytes().data(), address.bytes().size(), names);
}

}  // namespace portcullis::relay

namespace portcullis::relay::state_layout {

namespace {

constexpr std::uint8_t kStateMask = 0x0f;
constexpr std::uint8_t kLatched = 0x10;
constexpr std::uint8_t kLatchedV6 = 0x20;

constexpr std::uint8_t kThere = 1;
constexpr std::uint8_t kV6 = 2;
constexpr std::uint8_t kAdvertised = 4;
constexpr std::uint8_t kAdvertisedV6 = 8;

template <class Record>
std::uint32_t checksum(const Record& record) {
    static_assert(std::has_unique_object_representations_v<Record>);
    return fnv1a(&record, sizeof record - sizeof record.checksum);
}

void put(std::array<std::byte, 16>& bytes, const IpAddress& address) {
    std::memcpy(bytes.data(), address.bytes().data(), address.bytes().size());
}

IpAddress address_of(const std::array<std::byte, 16>& stored, bool v6) {
    const std::span<const std::byte, 16> bytes(stored);
    return v6 ? IpAddress::v6(bytes) : IpAddress::v4(bytes.first<4>());
}

template <std::size_t size>
std::string text_of(const std::array<char, size>& stored) {
    return {stored.begin(), std::find(stored.begin(), stored.end(), '\0')};
}

template <class... Flags>
std::uint8_t combine(Flags... flags) {
    return static_cast<std::uint8_t>((0 | ... | flags));
}

}  // namespace

Header make_header(std::size_t pools, std::size_t flows) {
    Header header;
    header.flow_bytes = sizeof(FlowBytes);
    header.flows = static_cast<std::uint32_t>(flows);
    header.pool_bytes = sizeof(PoolBytes);
    header.pools = static_cast<std::uint32_t>(pools);
    return header;
}

bool is_known(const Header& header) {
    return header.magic == kMagic && header.layout == kLayout &&
           header.flow_bytes == sizeof(FlowBytes) && header.pool_bytes == sizeof(PoolBytes);
}

FlowBytes pack(const StateRecord& value) {
    FlowBytes record;
    if (value.state == StateRecord::State::Empty) return record;
    record.session = value.name.session.value;
    record.leg = value.name.leg.value;
    record.stream = value.name.stream;
    record.component = static_cast<std::uint8_t>(value.name.component);
    record.state = static_cast<std::uint8_t>(value.state);
    if (value.latched) {
        const IpAddress& address = value.latched->address;
        record.state = combine(record.state, kLatched, address.is_v6() ? kLatchedV6 : 0);
        put(record.latched_address, address);
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

StateRecord unpack(const FlowBytes& record) {
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
        value.latched =
            Endpoint{address_of(record.latched_address, (record.state & kLatchedV6) != 0),
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

PoolBytes pack(const PoolPlace& value) {
    PoolBytes record;
    if (value.name.size() >= record.name.size() || value.device.size() >= record.device.size()) {
        return record;
    }
    std::copy(value.name.begin(), value.name.end(), record.name.begin());
    std::copy(value.device.begin(), value.device.end(), record.device.begin());
    put(record.address, value.address);
    record.flags = combine(kThere, value.address.is_v6() ? kV6 : 0);
    if (value.advertised) {
        put(record.advertised, *value.advertised);
        record.flags =
            combine(record.flags, kAdvertised, value.advertised->is_v6() ? kAdvertisedV6 : 0);
    }
    record.range = {value.range.first, value.range.last};
    record.range_count = static_cast<std::uint8_t>(std::min(value.ranges.size(), kMaxRanges));
    for (std::size_t i = 0; i < record.range_count; ++i) {
        record.ranges[i] = {value.ranges[i].first, value.ranges[i].last};
    }
    record.checksum = checksum(record);
    return record;
}

std::optional<PoolPlace> unpack(const PoolBytes& record) {
    if ((record.flags & kThere) == 0 || record.range_count > kMaxRanges ||
        record.checksum != checksum(record)) {
        return std::nullopt;
    }
    PoolPlace value;
    value.name = text_of(record.name);
    value.device = text_of(record.device);
    value.address = address_of(record.address, (record.flags & kV6) != 0);
    if ((record.flags & kAdvertised) != 0) {
        value.advertised = address_of(record.advertised, (record.flags & kAdvertisedV6) != 0);
    }
    value.range = {record.range[0], record.range[1]};
    for (std::size_t i = 0; i < record.range_count; ++i) {
        value.ranges.push_back({record.ranges[i][0], record.ranges[i][1]});
    }
    return value;
}

}  // namespace portcullis::relay::state_layout
