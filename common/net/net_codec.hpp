// SPDX-License-Identifier: BSD-2-Clause
// How the net value types travel in codec::encode/decode frames.
#pragma once

#include "common/base/field_codec.hpp"
#include "common/net/endpoint.hpp"

namespace portcullis::codec {

// A family byte (4 or 6) and 4 or 16 bytes.
template <>
struct Custom<IpAddress> {
    static void write(ByteWriter& writer, const IpAddress& address) {
        writer.write(static_cast<std::uint8_t>(address.is_v4() ? 4 : 6));
        writer.write_bytes(address.bytes());
    }
    static bool read(ByteReader& reader, IpAddress& address) {
        const auto family = reader.read<std::uint8_t>();
        if (family != 4 && family != 6) return false;
        const auto bytes = reader.take(family == 4 ? 4 : 16);
        if (!reader.ok()) return false;
        address = family == 4 ? IpAddress::v4(bytes.first<4>()) : IpAddress::v6(bytes.first<16>());
        return true;
    }
};

template <>
struct Custom<Endpoint> {
    static void write(ByteWriter& writer, const Endpoint& endpoint) {
        encode(writer, endpoint.address);
        writer.write(endpoint.port);
    }
    static bool read(ByteReader& reader, Endpoint& endpoint) {
        return decode(reader, endpoint.address) && decode(reader, endpoint.port);
    }
};

}  // namespace portcullis::codec
