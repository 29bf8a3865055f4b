// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transaction/client_side.hpp"

#include <utility>

#include "signaling/transaction/client_requests.hpp"

namespace portcullis::transaction {

namespace {

using ClientMachine = std::variant<InviteClient, NonInviteClient>;

// How long TCP may take to connect before UDP is tried.
constexpr Milliseconds kTcpAttempt{2'000};

ClientMachine make_client_machine(bool invite, const TimerValues& timers, bool reliable) {
    if (invite) return InviteClient(timers, reliable);
    return NonInviteClient(timers, reliable);
}

// Whether `response` repeats what the request said and no proxy was to add. The branch alone is
// known to every element on the path, and survives some that mix up the rest.
bool answers(const sip::Message& response, const sip::MessagePtr& request, const Key& kept) {
    if (!request) return answer_key(response) == kept;
    const auto& got = response.essentials();
    const auto& sent = request->essentials();
    return got.call_id == sent.call_id && got.from_tag == sent.from_tag &&
           got.cseq.number == sent.cseq.number;
}

}  // namespace

ClientSide::~ClientSide() {
    for (const auto& [id, client] : by_id_) client->timers.cancel_all(context_.wheel);
}

ClientSide::Client* ClientSide::find(ClientId id) {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second.get();
}

std::size_t& ClientSide::count_of(const Client& client) {
    const auto state =
        std::visit([](const auto& machine) { return static_cast<std::size_t>(machine.state()); },
                   client.machine);
    return client.machine.index() == 0 ? context_.counts.invite_client[state]
                                       : context_.counts.non_invite_client[state];
}

ClientId ClientSide::start(sip::MessagePtr request, const transport::Destination& to) {
    if (by_id_.size() >= context_.limits.max_client) {
        ++context_.counts.refused_when_full;
        return {};
    }
    const ClientId id{++last_id_};
    const std::size_t limit = context_.limits.udp_max_bytes;
    if (to.transport == TransportKind::Udp && limit > 0 && request->bytes().size() > limit) {
        if (auto over_tcp = with_via_transport(*request, TransportKind::Tcp)) {
            ++context_.counts.moved_to_tcp;
            auto destination = to;
            destination.transport = TransportKind::Tcp;
            destination.connect_timeout = kTcpAttempt;
            return begin(id, std::move(over_tcp), destination, std::move(request));
        }
    }
    return begin(id, std::move(request), to);
}

// 18.1.1: what TCP does not take is sent by UDP after all, once, in the same transaction: the
// branch is the same, so a far end that has it already takes it for a retransmission.
void ClientSide::fall_back(Client& client) {
    ++context_.counts.back_to_udp;
    client.timers.cancel_all(context_.wheel);
    client.timers = {};
    --count_of(client);
    client.request = std::exchange(client.udp_request, nullptr);
    client.destination.transport = TransportKind::Udp;
    client.destination.connect_timeout = {};
    client.machine = make_client_machine(client.request->method() == sip::Method::Invite,
                                         context_.timers, false);
    ++count_of(client);
    execute(client.id, std::visit([](auto& machine) { return machine.start(); }, client.machine),
            {});
}

ClientId ClientSide::begin(ClientId id, sip::MessagePtr request, const transport::Destination& to,
                           sip::MessagePtr udp_request) {
    auto key = client_key(*request);
    // A branch used twice would hand one transaction's responses to another: the core's mistake.
    if (!by_key_.emplace(key, id).second) return {};
    const bool invite = request->method() == sip::Method::Invite;
    auto client = std::make_unique<Client>(
        Client{.id = id,
               .machine = make_client_machine(invite, context_.timers, is_reliable(to.transport)),
               .request = std::move(request),
               .destination = to,
               .key = key,
               .timers = {},
               .udp_request = std::move(udp_request),
               .cancel_id = {},
               .held_cancel = {}});
    Client& entry = *client;
    by_id_.emplace(id, std::move(client));
    ++count_of(entry);
    execute(id, std::visit([](auto& machine) { return machine.start(); }, entry.machine), {});
    return id;
}

void ClientSide::on_response(const sip::MessagePtr& response, const transport::Source& source) {
    // 8.1.3.3: one with more than our Via was meant for somebody else.
    if (response->essentials().via_count > 1) {
        ++context_.counts.stray_responses;
        return;
    }
    const auto found = by_key_.find(client_key(*response));
    if (found == by_key_.end()) {
        ++context_.counts.stray_responses;
        context_.user.on_stray_response(response, source);
        return;
    }
    const Client& client = *find(found->second);
    if (!answers(*response, client.request, client.answer_key)) {
        ++context_.counts.stray_responses;
        return;
    }
    dispatch(found->second, received_event(response->status_code()), {response, &source});
}

void ClientSide::dispatch(ClientId id, Event event, const Input& input) {
    Client* const client = find(id);
    if (client == nullptr) return;
    // Who cancels does not want it sent anew.
    const bool unheard = client->udp_request && !client->cancel_id;
    if (event == Event::TransportError && unheard) return fall_back(*client);
    if (input.response) client->udp_request = nullptr;
    --count_of(*client);
    const Actions actions =
        std::visit([event](auto& machine) { return machine.on(event); }, client->machine);
    ++count_of(*client);
    if (actions.empty() && event == Event::Received2xx && client->machine.index() == 0) {
        // A 2xx after a failure: some proxy forked and lost track. The far end believes in a call,
        // so the core must hear of it, as of any late 2xx.
        ++context_.counts.stray_responses;
        context_.user.on_stray_response(input.response, *input.source);
        return;
    }
    if (event == Event::Received2xx && client->machine.index() == 0 && client->request) {
        client->answer_key = answer_key(*client->request);
        client->request.reset();
    }
    if (actions.empty() && input.response) ++context_.counts.retransmissions_received;
    if (client->held_cancel) {
        if (event == Event::Received1xx) send_held_cancel(*client);
        if (event == Event::Received2xx || event == Event::Received300To699) {
            // 9.1: a final response makes the CANCEL pointless; its transaction never began.
            client->held_cancel = nullptr;
            const ClientId cancelled = std::exchange(client->cancel_id, {});
            execute(id, actions, input);
            context_.user.on_client_terminated(cancelled);
            return;
        }
    }
    execute(id, actions, input);
}

void ClientSide::execute(ClientId id, const Actions& actions, const Input& input) {
    for (const Action& action : actions) {
        Client* const client = find(id);
        if (client == nullptr) return;
        switch (action.kind) {
            case ActionKind::SendRequest:
                send(*client, client->request);
                break;
            case ActionKind::SendAck:
                send(*client, make_failure_ack(*client->request, *input.response));
                break;
            case ActionKind::StartTimer:
                set_timer(*client, action.timer, action.after);
                break;
            case ActionKind::StopTimer:
                context_.wheel.cancel(std::exchange(client->timers.of(action.timer), {}));
                break;
            case ActionKind::PassResponse:
                if (input.response->status_code() >= 200) client->final_passed = true;
                context_.user.on_response(id, input.response, *input.source);
                break;
            // After a final response only its ACK can have failed, which is not the TU's concern.
            case ActionKind::ReportTimeout:
                if (!client->final_passed) {
                    context_.user.on_client_failure(id, ClientFailure::Timeout);
                }
                break;
            case ActionKind::ReportTransportError:
                if (!client->final_passed) {
                    context_.user.on_client_failure(id, ClientFailure::TransportError);
                }
                break;
            case ActionKind::Terminate:
                terminate(*client);
                return;
            default:
                break;
        }
    }
}

void ClientSide::set_timer(Client& client, Event timer, Milliseconds after) {
    shard::TimerId& slot = client.timers.of(timer);
    context_.wheel.cancel(slot);
    slot = context_.wheel.schedule(context_.clock.now() + after,
                                   [this, packed = pack(timer, client.id.value)] {
                                       const Event event = packed_event(packed);
                                       const ClientId id{packed_id(packed)};
                                       if (event == Event::TimerA || event == Event::TimerE) {
                                           ++context_.counts.retransmissions_sent;
                                       }
                                       dispatch(id, event, {});
                                   });
}

void ClientSide::send(Client& client, sip::MessagePtr message) {
    client.flow =
        context_.transport.send(client.destination, std::move(message),
                                [this, alive = context_.alive, id = client.id](const Error&) {
                                    if (*alive) dispatch(id, Event::TransportError, {});
                                });
}

void ClientSide::terminate(Client& client) {
    client.timers.cancel_all(context_.wheel);
    --count_of(client);
    by_key_.erase(client.key);
    const ClientId id = client.id;
    // A CANCEL still held back has no transaction of its own to end.
    const ClientId held = client.held_cancel ? client.cancel_id : ClientId{};
    by_id_.erase(id);
    if (held) context_.user.on_client_terminated(held);
    context_.user.on_client_terminated(id);
}

ClientId ClientSide::cancel(ClientId invite, const std::vector<ExtraHeader>& extra) {
    Client* const client = find(invite);
    if (client == nullptr) return {};
    const auto* const machine = std::get_if<InviteClient>(&client->machine);
    if (machine == nullptr || client->cancel_id) return {};
    const bool calling = machine->state() == InviteClient::State::Calling;
    if (!calling && machine->state() != InviteClient::State::Proceeding) return {};
    const ClientId id{++last_id_};
    client->cancel_id = id;
    client->held_cancel = make_cancel(*client->request, extra);
    // 9.1: "If no provisional response has been received, the CANCEL request MUST NOT be sent".
    if (!calling) send_held_cancel(*client);
    return id;
}

void ClientSide::send_held_cancel(Client& invite) {
    set_timer(invite, Event::CancelExpired, context_.timers.t1_64());
    auto request = std::exchange(invite.held_cancel, nullptr);
    // A CANCEL is never refused for the limit: it only makes work less.
    (void)begin(invite.cancel_id, std::move(request), invite.destination);
}

template <class Hit>
void ClientSide::fail_where(Hit hit) {
    std::vector<ClientId> failed;
    for (const auto& [id, client] : by_id_) {
        if (hit(*client)) failed.push_back(id);
    }
    for (const ClientId id : failed) dispatch(id, Event::TransportError, {});
}

void ClientSide::fail_destination(const Endpoint& remote, TransportKind transport) {
    fail_where([&](const Client& client) {
        return client.destination.remote == remote && client.destination.transport == transport;
    });
}

void ClientSide::fail_flow(transport::FlowId flow) {
    if (flow) fail_where([&](const Client& client) { return client.flow == flow; });
}

}  // namespace portcullis::transaction
