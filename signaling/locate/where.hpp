// SPDX-License-Identifier: BSD-2-Clause
// A configured gateway as what is to be located.
#pragma once

#include "policy/config/gateway_uri.hpp"
#include "signaling/locate/locator.hpp"

namespace portcullis::locate {

[[nodiscard]] inline Where where_of(const config::GatewayUri& uri) {
    if (uri.is_name()) return {uri.name, uri.port, uri.named_transport, uri.secure};
    return {uri.endpoint.address.text(), uri.endpoint.port, uri.transport, uri.secure};
}

}  // namespace portcullis::locate
