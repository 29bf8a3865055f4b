// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transaction/transaction_layer.hpp"

#include <numeric>
#include <utility>

#include "signaling/transaction/client_side.hpp"
#include "signaling/transaction/server_side.hpp"

namespace portcullis::transaction {

std::size_t TransactionCounts::total() const {
    std::size_t sum = 0;
    for (const auto* const states :
         {&invite_client, &invite_server, &non_invite_client, &non_invite_server}) {
        sum = std::accumulate(states->begin(), states->end(), sum);
    }
    return sum;
}

class TransactionLayer::Impl {
 public:
    Impl(const Clock& clock, shard::TimerWheel& wheel, transport::Transport& transport,
         const TimerValues& timers, const TransactionLimits& limits, TransactionUser& user)
        : context_{clock, wheel, transport, timers, limits, user, {}},
          clients_(context_),
          servers_(context_) {}
    ~Impl() { *context_.alive = false; }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Context context_;
    ClientSide clients_;
    ServerSide servers_;
};

TransactionLayer::TransactionLayer(const Clock& clock, shard::TimerWheel& wheel,
                                   transport::Transport& transport, const TimerValues& timers,
                                   const TransactionLimits& limits, TransactionUser& user)
    : impl_(std::make_unique<Impl>(clock, wheel, transport, timers, limits, user)) {}

TransactionLayer::~TransactionLayer() = default;

void TransactionLayer::configure(const TimerValues& timers, const TransactionLimits& limits) {
    impl_->context_.timers = timers;
    impl_->context_.limits = limits;
}

void TransactionLayer::on_message(const sip::MessagePtr& message, const transport::Source& source) {
    if (message->is_request()) {
        impl_->servers_.on_request(message, source);
    } else {
        impl_->clients_.on_response(message, source);
    }
}

void TransactionLayer::respond(ServerId id, sip::MessagePtr response) {
    impl_->servers_.respond(id, std::move(response));
}

ClientId TransactionLayer::send_request(sip::MessagePtr request,
                                        const transport::Destination& destination) {
    return impl_->clients_.start(std::move(request), destination);
}

ClientId TransactionLayer::cancel(ClientId invite, const std::vector<ExtraHeader>& extra) {
    return impl_->clients_.cancel(invite, extra);
}

void TransactionLayer::send_ack(sip::MessagePtr ack, const transport::Destination& destination) {
    impl_->context_.transport.send(destination, std::move(ack), {});
}

void TransactionLayer::fail_destination(const Endpoint& remote, TransportKind transport) {
    impl_->clients_.fail_destination(remote, transport);
}

void TransactionLayer::fail_flow(transport::FlowId flow) { impl_->clients_.fail_flow(flow); }

bool TransactionLayer::is_alive(ClientId id) const { return impl_->clients_.is_alive(id); }
const transport::Source* TransactionLayer::source_of(ServerId id) const {
    return impl_->servers_.source_of(id);
}

TransactionCounts TransactionLayer::counts() const { return impl_->context_.counts; }

std::size_t TransactionLayer::table_size() const {
    return impl_->clients_.table_size() + impl_->servers_.table_size();
}

}  // namespace portcullis::transaction
