// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/control/control_server.hpp"

#include "common/ipc/errc.hpp"

namespace portcullis::control {

using management::kMaxVersion;
using management::kMinVersion;

ControlServer::ControlServer(boost::asio::io_context& io, std::filesystem::path socket,
                             ConfigService& config, QueryService& queries, std::uint32_t boot_epoch)
    : config_(config),
      queries_(queries),
      boot_epoch_(boot_epoch),
      server_(io, std::move(socket),
              {.on_open = {},
               .on_frame = [this](const ChannelPtr& channel,
                                  const ipc::Frame& frame) { on_frame(channel, frame); },
               .on_close = {}}) {}

void ControlServer::on_frame(const ChannelPtr& channel, const ipc::Frame& frame) {
    if (!dispatch(channel, frame)) {
        channel->close(Error{make_error_code(ipc::Errc::MalformedFrame),
                             "message type " + std::to_string(frame.type)});
    }
}

management::HelloReply ControlServer::hello(const management::Hello& hello) const {
    const bool common = hello.min_version <= kMaxVersion && hello.max_version >= kMinVersion;
    return {common ? std::min(hello.max_version, kMaxVersion) : std::uint16_t{0}, "signaling",
            boot_epoch_, config_.applied(), config_.prepared()};
}

bool ControlServer::dispatch(const ChannelPtr& channel, const ipc::Frame& frame) {
    const auto reply = [channel, id = frame.id](const auto& message) {
        channel->send_message(id, message);
    };
    switch (frame.type) {
        case management::Hello::kType: {
            const auto message = codec::from_bytes<management::Hello>(frame.body);
            if (message) reply(hello(*message));
            return message.has_value();
        }
        case management::Prepare::kType: {
            const auto message = codec::from_bytes<management::Prepare>(frame.body);
            if (message) config_.prepare(*message, reply);
            return message.has_value();
        }
        case management::Commit::kType: {
            const auto message = codec::from_bytes<management::Commit>(frame.body);
            if (message) config_.commit(*message, reply);
            return message.has_value();
        }
        case management::Abort::kType: {
            const auto message = codec::from_bytes<management::Abort>(frame.body);
            if (message) config_.abort(*message, reply);
            return message.has_value();
        }
        case management::Query::kType: {
            const auto message = codec::from_bytes<management::Query>(frame.body);
            if (message) queries_.answer(*message, reply);
            return message.has_value();
        }
        default:
            return false;
    }
}

}  // namespace portcullis::control
