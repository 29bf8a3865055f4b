// SPDX-License-Identifier: BSD-2-Clause
// TlsProfileConfig: what the appliance shows and asks for in TLS (RFC 5246, RFC 8446, RFC 5922).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/config/enum_names.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

// Whether who connects to us must show a certificate (RFC 5922 section 7.4). One that is shown must
// always be good.
enum class VerifyClient : std::uint8_t { None, Optional, Required };

enum class TlsVersion : std::uint8_t { V12, V13 };

template <>
struct EnumNames<VerifyClient> {
    static constexpr std::array<std::string_view, 3> kNames{"none", "optional", "required"};
};
template <>
struct EnumNames<TlsVersion> {
    static constexpr std::array<std::string_view, 2> kNames{"1.2", "1.3"};
};

struct TlsProfileConfig {
    std::string name{};
    std::string description{};
    bool enabled = true;
    std::string certificate_file{};  // PEM, ours first; empty: no certificate, to connect only
    std::string private_key_file{};
    std::string ca_file{};  // empty: the system's trust anchors, for servers only
    VerifyClient verify_client = VerifyClient::None;
    bool verify_server = true;
    TlsVersion minimum_version = TlsVersion::V12;
    std::string ciphers{};       // TLS 1.2; empty: a list of forward-secret AEAD ciphers
    std::string ciphersuites{};  // TLS 1.3; empty: OpenSSL's
    bool alpn = false;
    bool session_resumption = false;

    bool operator==(const TlsProfileConfig&) const = default;
};

template <>
const ObjectType& object_type<TlsProfileConfig>();

}  // namespace portcullis::config
