// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/call_attributes.hpp"

#include "common/base/random.hpp"
#include "signaling/headers/caller.hpp"

namespace portcullis::b2bua {

std::string calling_number(const policy::CompiledPolicy& policy, const sip::Message& request,
                           std::string_view realm, std::string_view trunk) {
    return headers::find_caller(request, *policy.identity_rules(realm, trunk)).user;
}

policy::CallAttributes attributes_of(const Origin& origin, std::string called) {
    policy::CallAttributes call{.realm = origin.realm,
                                .interface = origin.source.interface,
                                .trunk = origin.trunk,
                                .source = origin.source.remote,
                                .transport = origin.source.transport,
                                .called = std::move(called),
                                .calling = origin.calling,
                                .request_host = {},
                                .from_host = {},
                                .entropy = random_u64()};
    if (origin.request != nullptr) {
        const auto& essentials = origin.request->essentials();
        call.request_host = essentials.request_uri.host;
        call.from_host = essentials.from.uri.host;
    }
    return call;
}

}  // namespace portcullis::b2bua
