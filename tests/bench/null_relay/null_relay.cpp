// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/null_relay/null_relay.hpp"

#include "common/ipc/errc.hpp"

namespace portcullis::bench {

using namespace relay_api;
using ChannelPtr = std::shared_ptr<ipc::Channel>;

NullRelay::NullRelay(boost::asio::io_context& io, const std::filesystem::path& socket,
                     const std::vector<relay::PoolPlan>& pools)
    : housekeeping_(io),
      server_(io, socket,
              {.on_open = {},
               .on_frame = [this](const ChannelPtr& channel,
                                  ipc::Frame frame) { on_frame(channel, frame); },
               .on_close = {}}) {
    // No rest for released ports: nothing can arrive late at them.
    pools_.apply(pools, Milliseconds{0});
    keep_house();
}

void NullRelay::stop() {
    housekeeping_.cancel();
    server_.stop();
}

void NullRelay::keep_house() {
    (void)pools_.expire();
    housekeeping_.expires_after(Milliseconds{100});
    housekeeping_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) keep_house();
    });
}

template <class Request>
void NullRelay::operate(const ChannelPtr& channel, const ipc::Frame& frame) {
    const auto request = codec::from_bytes<Request>(frame.body);
    if (!request) {
        return channel->close({ipc::make_error_code(ipc::Errc::MalformedFrame), "body"});
    }
    channel->send_message(frame.id, sessions_.apply(*request));
}

void NullRelay::on_frame(const ChannelPtr& channel, const ipc::Frame& frame) {
    switch (frame.type) {
        case Hello::kType: {
            HelloReply reply;
            reply.version = kMaxProtocol;
            reply.relay_epoch = 1;
            return channel->send_message(frame.id, reply);
        }
        case KeepAlive::kType:
            return;
        case ResyncBegin::kType:
        case ResyncEnd::kType:
            return channel->send_message(frame.id, OperationReply{});
        case InstallSession::kType:
            return operate<InstallSession>(channel, frame);
        case AddLeg::kType:
            return operate<AddLeg>(channel, frame);
        case UpdateLeg::kType:
            return operate<UpdateLeg>(channel, frame);
        case CommitLegs::kType:
            return operate<CommitLegs>(channel, frame);
        case RevertLegs::kType:
            return operate<RevertLegs>(channel, frame);
        case RemoveLeg::kType:
            return operate<RemoveLeg>(channel, frame);
        case SetLinks::kType:
            return operate<SetLinks>(channel, frame);
        case ReleaseSession::kType: {
            const auto request = codec::from_bytes<ReleaseSession>(frame.body);
            if (!request) break;
            return channel->send_message(frame.id, sessions_.release(request->session));
        }
        case QueryStats::kType: {
            const auto request = codec::from_bytes<QueryStats>(frame.body);
            if (!request) break;
            return channel->send_message(frame.id, sessions_.stats(request->session));
        }
        default:
            break;
    }
    channel->close(
        {ipc::make_error_code(ipc::Errc::MalformedFrame), "type " + std::to_string(frame.type)});
}

}  // namespace portcullis::bench
