// SPDX-License-Identifier: BSD-2-Clause
// TrunkTlsConfig: how we connect to a trunk over TLS and whom we believe to be it.
#pragma once

#include <string>
#include <vector>

#include "policy/config/object_type.hpp"

namespace portcullis::config {

struct TrunkTlsConfig {
    std::string profile{};  // empty: that of the sip interface the connection starts from
    std::string ca_file{};  // instead of the profile's
    std::vector<std::string> fingerprints{};  // SHA-256; any of them; empty: any certificate
    std::vector<std::string> names{};         // any of them; empty: the gateway's host

    bool operator==(const TrunkTlsConfig&) const = default;
};

// "AB:CD..." or "abcd...": the form in which fingerprints are compared, lower case without colons.
[[nodiscard]] std::string normal_fingerprint(std::string_view text);

template <>
const ObjectType& object_type<TrunkTlsConfig>();

}  // namespace portcullis::config
