// SPDX-License-Identifier: BSD-2-Clause
// Exchange: the client transactions of the trunk service, and who waits for each.
#pragma once

#include <functional>
#include <unordered_map>

#include "signaling/transaction/transaction_layer.hpp"

namespace portcullis::trunk {

// The end of a request: its final response, or none.
struct Outcome {
    sip::MessagePtr response;  // nullptr: failed
    transaction::ClientFailure failure = transaction::ClientFailure::Timeout;
};

// One, on shard 0. `transactions` outlives it.
class Exchange {
 public:
    using Handler = std::function<void(const Outcome&)>;

    explicit Exchange(transaction::TransactionLayer& transactions) : transactions_(transactions) {}

    // The handler is called once, unless it is forgotten before; none: the layer is full.
    [[nodiscard]] transaction::ClientId send(sip::MessagePtr request,
                                             const transport::Destination& destination,
                                             Handler handler);
    // Nobody waits any more; what still comes is dropped.
    void forget(transaction::ClientId id);

    [[nodiscard]] bool owns(transaction::ClientId id) const { return handlers_.contains(id); }
    void on_response(transaction::ClientId id, const sip::MessagePtr& response);
    void on_failure(transaction::ClientId id, transaction::ClientFailure failure);
    void on_terminated(transaction::ClientId id) { handlers_.erase(id); }
    [[nodiscard]] std::size_t size() const { return handlers_.size(); }

 private:
    void finish(transaction::ClientId id, const Outcome& outcome);

    transaction::TransactionLayer& transactions_;
    std::unordered_map<transaction::ClientId, Handler> handlers_;
};

}  // namespace portcullis::trunk
