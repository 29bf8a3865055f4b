// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transaction/server_side.hpp"

#include <utility>

#include "signaling/sip/builder.hpp"

namespace portcullis::transaction {

namespace {

using ServerMachine = std::variant<InviteServer, NonInviteServer>;

// Stands for "repeat the 2xx", which no machine knows: it is the core's duty (13.3.1.4), done here.
constexpr Event kRepeat2xx = Event::TimerG;

bool in_accepted(const ServerMachine& machine) {
    const auto* const invite = std::get_if<InviteServer>(&machine);
    return invite != nullptr && invite->state() == InviteServer::State::Accepted;
}

}  // namespace

ServerSide::~ServerSide() {
    for (const auto& [id, server] : by_id_) server->timers.cancel_all(context_.wheel);
}

ServerSide::Server* ServerSide::find(ServerId id) {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second.get();
}

ServerId ServerSide::find_in(const Index& index, const Key& key) {
    const auto found = index.find(key);
    return found == index.end() ? ServerId{} : found->second;
}

std::size_t& ServerSide::count_of(const Server& server) {
    const auto state =
        std::visit([](const auto& machine) { return static_cast<std::size_t>(machine.state()); },
                   server.machine);
    return server.machine.index() == 0 ? context_.counts.invite_server[state]
                                       : context_.counts.non_invite_server[state];
}

void ServerSide::dispatch(ServerId id, Event event, const Input& input) {
    Server* const server = find(id);
    if (server == nullptr) return;
    --count_of(*server);
    const Actions actions =
        std::visit([event](auto& machine) { return machine.on(event); }, server->machine);
    ++count_of(*server);
    execute(id, actions, input);
}

void ServerSide::execute(ServerId id, const Actions& actions, const Input& input) {
    for (const Action& action : actions) {
        Server* const server = find(id);
        if (server == nullptr) return;
        switch (action.kind) {
            case ActionKind::SendTrying:
                server->last_response =
                    sip::MessageBuilder::response(*server->request, 100, {},
                                                  {.to_tag = {}, .source = server->source.remote})
                        .finish();
                send(*server);
                break;
            case ActionKind::SendResponse:
                server->last_response = transport::stamp_via(input.message, server->source);
                if (input.message->status_code() >= 300) forget_merge_key(*server);
                if (input.message->status_code() >= 200) index_final(*server);
                send(*server);
                break;
            case ActionKind::ResendResponse:
                if (server->last_response) {
                    ++context_.counts.retransmissions_sent;
                    send(*server);
                }
                break;
            case ActionKind::StartTimer:
                set_timer(*server, action.timer, action.after);
                break;
            case ActionKind::StopTimer:
                context_.wheel.cancel(std::exchange(server->timers.of(action.timer), {}));
                break;
            case ActionKind::PassAck:
                (void)context_.user.on_ack(input.message, *input.source);
                break;
            case ActionKind::ReportTimeout:
                context_.user.on_server_timeout(id);
                break;
            case ActionKind::ReportTransportError:
                context_.user.on_server_transport_error(id);
                break;
            case ActionKind::Terminate:
                terminate(*server);
                return;
            default:
                break;
        }
    }
}

void ServerSide::set_timer(Server& server, Event timer, Milliseconds after) {
    shard::TimerId& slot = server.timers.of(timer);
    context_.wheel.cancel(slot);
    slot = context_.wheel.schedule(context_.clock.now() + after,
                                   [this, packed = pack(timer, server.id.value)] {
                                       on_timer(packed_event(packed), ServerId{packed_id(packed)});
                                   });
}

void ServerSide::on_timer(Event event, ServerId id) {
    Server* const server = find(id);
    if (server == nullptr) return;
    if (in_accepted(server->machine)) {
        if (event == kRepeat2xx) {
            ++context_.counts.retransmissions_sent;
            send(*server);
            server->repeat_interval = context_.timers.doubled(server->repeat_interval);
            set_timer(*server, kRepeat2xx, server->repeat_interval);
            return;
        }
        if (event == Event::TimerL && !server->acknowledged) context_.user.on_missing_ack(id);
    }
    dispatch(id, event, {});
}

void ServerSide::terminate(Server& server) {
    server.timers.cancel_all(context_.wheel);
    --count_of(server);
    by_key_.erase(server.key);
    if (server.ack_key) by_key_.erase(server.ack_key);
    forget_merge_key(server);
    if (server.accepted_key) by_accepted_key_.erase(server.accepted_key);
    const ServerId id = server.id;
    by_id_.erase(id);
    context_.user.on_server_terminated(id);
}

// 18.2.2: first over the connection of the request, then over a new one to the sent-by; only when
// both fail is it a transport error. The failure may come after the transaction ended (Timer J or I
// of zero), so the second attempt must not need it.
void ServerSide::send(const Server& server) {
    auto report = [this, alive = context_.alive, id = server.id](const Error&) {
        if (*alive) dispatch(id, Event::TransportError, {});
    };
    if (!server.route.fallback) {
        context_.transport.send(server.route.first, server.last_response, std::move(report));
        return;
    }
    context_.transport.send(server.route.first, server.last_response,
                            [this, alive = context_.alive, fallback = *server.route.fallback,
                             response = server.last_response, report](const Error&) {
                                if (*alive) context_.transport.send(fallback, response, report);
                            });
}

// The first final response fixes by what its ACK will be known, and starts the repeats of a 2xx.
void ServerSide::index_final(Server& server) {
    if (server.machine.index() != 0) {
        server.request.reset();
        return;
    }
    if (!in_accepted(server.machine)) {
        if (!server.request->essentials().top_via.has_cookie()) {
            const Key key = ack_key_2543(*server.request, *server.last_response);
            if (by_key_.emplace(key, server.id).second) server.ack_key = key;
        }
        return;
    }
    if (server.accepted_key || server.acknowledged) return;
    const Key key = accepted_key(*server.last_response);
    if (by_accepted_key_.emplace(key, server.id).second) server.accepted_key = key;
    server.repeat_interval = context_.timers.t1;
    set_timer(server, kRepeat2xx, server.repeat_interval);
}

// A request that failed is no longer ongoing (8.2.2.2): a proxy that tries us again may do so.
void ServerSide::forget_merge_key(Server& server) {
    if (server.merge_key) by_merge_key_.erase(std::exchange(server.merge_key, {}));
}

void ServerSide::stop_repeating(Server& server) {
    server.acknowledged = true;
    // What is left absorbs what comes late: half a minute of messages would be most of our memory.
    server.request.reset();
    server.last_response.reset();
    context_.wheel.cancel(std::exchange(server.timers.repeat, {}));
}

void ServerSide::respond(ServerId id, sip::MessagePtr response) {
    const Event event = tu_event(response->status_code());
    dispatch(id, event, {std::move(response), nullptr});
}

const transport::Source* ServerSide::source_of(ServerId id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second->source;
}

}  // namespace portcullis::transaction
