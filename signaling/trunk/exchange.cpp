// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/exchange.hpp"

#include <utility>

namespace portcullis::trunk {

transaction::ClientId Exchange::send(sip::MessagePtr request,
                                     const transport::Destination& destination, Handler handler) {
    const auto id = transactions_.send_request(std::move(request), destination);
    if (id) handlers_.emplace(id, std::move(handler));
    return id;
}

void Exchange::forget(transaction::ClientId id) {
    const auto at = handlers_.find(id);
    if (at != handlers_.end()) at->second = nullptr;
}

void Exchange::on_response(transaction::ClientId id, const sip::MessagePtr& response) {
    if (response->status_code() >= 200) finish(id, {.response = response});
}

void Exchange::on_failure(transaction::ClientId id, transaction::ClientFailure failure) {
    finish(id, {.response = nullptr, .failure = failure});
}

// The entry stays until the transaction ends, so that what comes late finds its owner.
void Exchange::finish(transaction::ClientId id, const Outcome& outcome) {
    const auto at = handlers_.find(id);
    if (at == handlers_.end()) return;
    const auto handler = std::exchange(at->second, nullptr);
    if (handler) handler(outcome);
}

}  // namespace portcullis::trunk
