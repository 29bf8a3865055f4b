// SPDX-License-Identifier: BSD-2-Clause
// MediaRelay: the media relay as calls use it; media/relay_client.hpp implements it.
#pragma once

#include <functional>
#include <variant>

#include "common/base/result.hpp"
#include "mediarelay/api/messages.hpp"

namespace portcullis::b2bua {

using RelayRequest = std::variant<relay_api::InstallSession, relay_api::UpdateLeg,
                                  relay_api::CommitLegs, relay_api::RevertLegs>;

// Handlers are called exactly once, later than the call that passes them, on the shard's thread.
class MediaRelay {
 public:
    virtual ~MediaRelay() = default;
    using Done = std::function<void(const Result<relay_api::OperationReply>&)>;
    using Figures = std::function<void(const Result<relay_api::SessionStats>&)>;

    virtual void request(RelayRequest request, Done done) = 0;
    virtual void release(SessionId session, Figures released) = 0;
    virtual void query(SessionId session, Figures answer) = 0;
};

}  // namespace portcullis::b2bua
