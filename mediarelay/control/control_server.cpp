// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/control_server.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "common/base/text.hpp"
#include "common/ipc/errc.hpp"

namespace portcullis::relay {

namespace {

// Both kinds of clients say Hello as soon as they are connected.
constexpr Milliseconds kHelloWait{5000};

void refuse_frame(const std::shared_ptr<ipc::Channel>& channel, const ipc::Frame& frame,
                  const char* why) {
    channel->close({ipc::make_error_code(ipc::Errc::MalformedFrame),
                    std::string(why) + ", type " + std::to_string(frame.type)});
}

// Decodes the frame's body and hands it to `handle`; a malformed one closes the channel.
template <class Message, class Handle>
void decoded(const std::shared_ptr<ipc::Channel>& channel, const ipc::Frame& frame, Handle handle) {
    const auto message = codec::from_bytes<Message>(frame.body);
    if (!message) return refuse_frame(channel, frame, "malformed body");
    handle(*message);
}

// The newest version that both speak, or 0.
std::uint16_t common_version(std::uint16_t their_min, std::uint16_t their_max,
                             std::uint16_t our_min, std::uint16_t our_max) {
    const auto version = std::min(their_max, our_max);
    return version >= std::max(their_min, our_min) ? version : std::uint16_t{0};
}

}  // namespace

ControlServer::ControlServer(boost::asio::io_context& io, std::filesystem::path path, Parts parts)
    : parts_(std::move(parts)),
      server_(io, std::move(path),
              {.on_open = {},
               .on_frame = [this](const ChannelPtr& channel,
                                  ipc::Frame frame) { on_frame(channel, frame); },
               .on_close = [this](const ChannelPtr& channel, const Error&) { on_close(channel); }},
              {.first_frame = kHelloWait}) {}

void ControlServer::on_frame(const ChannelPtr& channel, const ipc::Frame& frame) {
    Client& client = clients_[channel.get()];
    client.channel = channel;
    if (client.kind == Kind::Unknown) {
        if (frame.type == management::Hello::kType)
            client.kind = Kind::Management;
        else if (frame.type == relay_api::Hello::kType)
            client.kind = Kind::Signaling;
        else
            return refuse_frame(channel, frame, "the first frame is no Hello");
    }
    if (client.kind == Kind::Management)
        on_management(client, frame);
    else
        on_signaling(client, frame);
    parts_.wake();
}

void ControlServer::on_close(const ChannelPtr& channel) {
    const auto at = clients_.find(channel.get());
    if (at == clients_.end()) return;
    if (!at->second.owner.instance.empty()) {
        parts_.leases.abandon_resync(at->second.owner);
        log::component("control").warn("instance_disconnected instance={} epoch={}",
                                       at->second.owner.instance, at->second.owner.epoch);
    }
    clients_.erase(at);
}

void ControlServer::hello(Client& client, std::uint32_t id, const relay_api::Hello& hello) {
    relay_api::HelloReply reply;
    reply.version = common_version(hello.min_version, hello.max_version, relay_api::kMinProtocol,
                                   relay_api::kMaxProtocol);
    reply.relay_epoch = parts_.epoch;
    reply.lease = parts_.leases.duration();
    const ChannelPtr channel = client.channel;
    if (reply.version == 0) {
        channel->send_message(id, reply);
        log::component("control").error("no_common_version peer_min={} peer_max={}",
                                        hello.min_version, hello.max_version);
        channel->close({ipc::make_error_code(ipc::Errc::Disconnected), "no common version"});
        return;
    }
    client.owner = {hello.instance.empty() ? "signaling" : text::printable(hello.instance, 64),
                    hello.instance_epoch};
    parts_.leases.hello(client.owner, parts_.clock.now());
    log::component("control").info("instance_connected instance={} epoch={}", client.owner.instance,
                                   client.owner.epoch);
    channel->send_message(id, reply);
}

template <class Request>
void ControlServer::session_request(Client& client, const ipc::Frame& frame) {
    decoded<Request>(client.channel, frame, [&](const Request& request) {
        if constexpr (!std::is_same_v<Request, relay_api::ReleaseSession>) {
            parts_.leases.name(client.owner, request.session);
        }
        const std::weak_ptr<ipc::Channel> channel = client.channel;
        parts_.sessions.request(
            client.owner, request, [channel, id = frame.id](const SessionManager::Reply& reply) {
                const auto to = channel.lock();
                if (to == nullptr) return;
                std::visit([&to, id](const auto& message) { to->send_message(id, message); },
                           reply);
            });
    });
}

void ControlServer::end_resync(Client& client, std::uint32_t id) {
    relay_api::OperationReply reply;
    if (const auto named = parts_.leases.end_resync(client.owner)) {
        parts_.sessions.release_unnamed(client.owner.instance, *named);
    } else {
        reply.outcome = relay_api::Outcome::BadRequest;
        reply.detail = "ResyncEnd without ResyncBegin";
    }
    client.channel->send_message(id, reply);
}

void ControlServer::on_signaling(Client& client, const ipc::Frame& frame) {
    using namespace relay_api;
    const ChannelPtr channel = client.channel;
    if (frame.type == Hello::kType) {
        return decoded<Hello>(channel, frame,
                              [&](const Hello& message) { hello(client, frame.id, message); });
    }
    if (client.owner.instance.empty()) return refuse_frame(channel, frame, "no Hello was agreed");
    parts_.leases.renew(client.owner, parts_.clock.now());
    switch (frame.type) {
        case KeepAlive::kType:
            return;
        case ResyncBegin::kType:
            parts_.leases.begin_resync(client.owner);
            return channel->send_message(frame.id, OperationReply{});
        case ResyncEnd::kType:
            return end_resync(client, frame.id);
        case InstallSession::kType:
            return session_request<InstallSession>(client, frame);
        case AddLeg::kType:
            return session_request<AddLeg>(client, frame);
        case UpdateLeg::kType:
            return session_request<UpdateLeg>(client, frame);
        case CommitLegs::kType:
            return session_request<CommitLegs>(client, frame);
        case RevertLegs::kType:
            return session_request<RevertLegs>(client, frame);
        case RemoveLeg::kType:
            return session_request<RemoveLeg>(client, frame);
        case relay_api::SetLinks::kType:
            return session_request<relay_api::SetLinks>(client, frame);
        case ReleaseSession::kType:
            return session_request<ReleaseSession>(client, frame);
        case QueryStats::kType:
            return decoded<QueryStats>(channel, frame, [&](const QueryStats& query) {
                channel->send_message(frame.id, parts_.sessions.stats(query.session));
            });
        default:
            return refuse_frame(channel, frame, "unknown message");
    }
}

void ControlServer::on_management(Client& client, const ipc::Frame& frame) {
    using namespace management;
    const ChannelPtr channel = client.channel;
    const std::uint32_t id = frame.id;
    switch (frame.type) {
        case Hello::kType:
            return decoded<Hello>(channel, frame, [&](const Hello& hello) {
                HelloReply reply;
                reply.version =
                    common_version(hello.min_version, hello.max_version, kMinVersion, kMaxVersion);
                reply.daemon = "mediarelay";
                reply.epoch = parts_.epoch;
                reply.applied = parts_.config.applied();
                reply.prepared = parts_.config.prepared();
                channel->send_message(id, reply);
            });
        case Prepare::kType:
            return decoded<Prepare>(channel, frame, [&](const Prepare& prepare) {
                channel->send_message(id, parts_.config.prepare(prepare));
            });
        case Commit::kType:
            return decoded<Commit>(channel, frame, [&](const Commit& commit) {
                parts_.config.commit(commit, [channel, id](const ConfigReply& reply) {
                    channel->send_message(id, reply);
                });
            });
        case Abort::kType:
            return decoded<Abort>(channel, frame, [&](const Abort& abort) {
                channel->send_message(id, parts_.config.abort(abort));
            });
        case Query::kType:
            return decoded<Query>(channel, frame, [&](const Query& query) {
                channel->send_message(id, parts_.query(query));
            });
        default:
            return refuse_frame(channel, frame, "unknown message");
    }
}

void ControlServer::send_event(const Owner& owner, const relay_api::SessionEvent& event) {
    // Sending may close a channel that is stuck, and so change the table.
    std::vector<ChannelPtr> concerned;
    for (const auto& [key, client] : clients_) {
        if (client.kind == Kind::Signaling && client.owner.instance == owner.instance) {
            concerned.push_back(client.channel);
        }
    }
    for (const auto& channel : concerned) channel->send_message(0, event);
}

void ControlServer::tick() {
    for (const Owner& owner : parts_.leases.expire(parts_.clock.now())) {
        parts_.sessions.release_owned_by(owner);
    }
    parts_.config.tick();
}

}  // namespace portcullis::relay
