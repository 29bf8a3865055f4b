// SPDX-License-Identifier: BSD-2-Clause
// Errands: requests that no call waits for (a PRACK, the BYE of a call that is over), sent again
// with credentials when a trunk challenges them (RFC 3261 section 22.2).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "signaling/b2bua/trunk_credentials.hpp"
#include "signaling/dialog/dialog_table.hpp"
#include "signaling/shard/slot.hpp"
#include "signaling/transaction/transaction_user.hpp"
#include "signaling/transport/flow.hpp"

namespace portcullis::b2bua {

// One per shard, its thread only. Remembers a request while its transaction lives, and only towards
// a trunk that we have an account with: a far side that asked who we are and got no answer would
// stay in the call.
class Errands {
 public:
    using Send =
        std::function<transaction::ClientId(sip::MessagePtr, const transport::Destination&)>;
    using FindCredentials = std::function<TrunkCredentials*(std::string_view)>;

    Errands(shard::Slot slot, dialog::DialogTable& dialogs, Send send, FindCredentials find)
        : slot_(slot), dialogs_(dialogs), send_(std::move(send)), find_(std::move(find)) {}

    void send(sip::MessagePtr request, const transport::Destination& destination,
              std::string_view trunk);
    // Of a transaction that is no call's.
    void on_response(transaction::ClientId id, const sip::Message& response);
    // The transaction is over.
    void forget(transaction::ClientId id) { errands_.erase(id); }

    [[nodiscard]] std::size_t size() const { return errands_.size(); }

 private:
    struct Errand {
        sip::MessagePtr request;
        transport::Destination destination;
        std::string trunk;
        auth::ChallengeCount challenges;
    };

    void start(Errand errand);
    // The same once more, as a request of its own (8.1.3.5): other branch, next CSeq.
    [[nodiscard]] sip::MessagePtr again(const sip::Message& request, const HeaderList& credentials);

    shard::Slot slot_;
    dialog::DialogTable& dialogs_;
    Send send_;
    FindCredentials find_;
    std::unordered_map<transaction::ClientId, Errand> errands_;
};

}  // namespace portcullis::b2bua
