// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/commit_order.hpp"

#include <algorithm>

namespace portcullis::mgmt {

namespace {

using Pool = config::MediaPoolConfig;

// Every port of `pool` is there under the same name and in the same place. `there` may be nullptr.
bool covers(const Pool* there, const Pool& pool) {
    return there != nullptr && there->enabled && there->realm == pool.realm &&
           there->interface == pool.interface && there->address == pool.address &&
           there->advertised_address == pool.advertised_address &&
           there->port_min <= pool.port_min && there->port_max >= pool.port_max;
}

// `other` lacks something of the media pools of `document`.
bool lacks_pools(const config::Document& other, const config::Document& document) {
    return std::ranges::any_of(document.media_pools, [&other](const Pool& pool) {
        return pool.enabled && !covers(config::find_named(other.media_pools, pool.name), pool);
    });
}

}  // namespace

Daemon first_to_commit(const config::Document& before, const config::Document& after) {
    const bool only_less = lacks_pools(after, before) && !lacks_pools(before, after);
    return only_less ? Daemon::Signaling : Daemon::Relay;
}

}  // namespace portcullis::mgmt
