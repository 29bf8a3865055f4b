// SPDX-License-Identifier: BSD-2-Clause
// ServerSide's handling of received requests: matching, merged requests, ACK and CANCEL.
#include <utility>

#include "signaling/sip/builder.hpp"
#include "signaling/sip/validate.hpp"
#include "signaling/transaction/server_side.hpp"

namespace portcullis::transaction {

namespace {

using ServerMachine = std::variant<InviteServer, NonInviteServer>;

ServerMachine make_server_machine(bool invite, const TimerValues& timers, bool reliable) {
    if (invite) return InviteServer(timers, reliable);
    return NonInviteServer(timers, reliable);
}

constexpr std::uint64_t kRetryAfterSeconds = 5;

// The To tag a stateless answer to `request` carries, the same for each retransmission (8.2.7).
std::string stateless_tag(const sip::Message& request) {
    const auto answer = sip::make_rejection_response(request, {});
    return answer ? std::string((*answer)->essentials().to_tag) : std::string{};
}

}  // namespace

void ServerSide::on_request(const sip::MessagePtr& request, const transport::Source& source) {
    const sip::Method method = request->method();
    if (method == sip::Method::Ack) return on_ack(request, source);
    const Key key = server_key(*request, request->method_text());
    if (const ServerId id = find_in(by_key_, key)) {
        ++context_.counts.retransmissions_received;
        return dispatch(id, Event::ReceivedRequest, {});
    }
    if (method == sip::Method::Cancel) return on_cancel(request, source, key);
    if (!is_accepted(*request, source)) return;
    const Key merged = merge_key(*request);
    if (merged && by_merge_key_.contains(merged)) {
        ++context_.counts.merged_requests;
        return refuse(*request, source,
                      Verdict::refuse(482, "the same request came by another way"));
    }
    if (by_id_.size() >= context_.limits.max_server) {
        ++context_.counts.refused_when_full;
        return refuse(*request, source, Verdict::refuse(503, "too many requests are under way"));
    }
    Server& server = create(request, source, key);
    if (merged) {
        by_merge_key_.emplace(merged, server.id);
        server.merge_key = merged;
    }
    const ServerId id = server.id;
    execute(id, std::visit([](const auto& machine) { return machine.start(); }, server.machine),
            {});
    context_.user.on_request(id, request, source);
}

ServerSide::Server& ServerSide::create(const sip::MessagePtr& request,
                                       const transport::Source& source, const Key& key) {
    const ServerId id{++last_id_};
    auto server = std::make_unique<Server>(
        Server{.id = id,
               .machine = make_server_machine(request->method() == sip::Method::Invite,
                                              context_.timers, is_reliable(source.transport)),
               .request = request,
               .source = source,
               .route = transport::route_response(*request, source),
               .key = key});
    by_key_.emplace(key, id);
    Server& entry = *server;
    by_id_.emplace(id, std::move(server));
    ++count_of(entry);
    return entry;
}

void ServerSide::on_ack(const sip::MessagePtr& ack, const transport::Source& source) {
    if (const ServerId id = find_in(by_accepted_key_, accepted_key(*ack))) {
        // The core judges first: the ACK of a stranger must not leave it waiting for one.
        const bool heard = context_.user.on_ack(ack, source);
        if (Server* const server = find(id); server != nullptr && heard) stop_repeating(*server);
        return;
    }
    if (const ServerId matched = [&] {
            const auto& via = ack->essentials().top_via;
            return find_in(by_key_, server_key(*ack, via.has_cookie() ? "INVITE" : "ACK"));
        }()) {
        return dispatch(matched, Event::ReceivedAck, {ack, &source});
    }
    (void)context_.user.on_ack(ack, source);
}

void ServerSide::on_cancel(const sip::MessagePtr& cancel, const transport::Source& source,
                           const Key& key) {
    // 9.2: matched as if it were the INVITE it cancels; requests other than INVITE it cannot.
    const ServerId invite = find_in(by_key_, server_key(*cancel, "INVITE"));
    const Server* const target = find(invite);
    if (target == nullptr || !cancels(*cancel, *target)) {
        if (is_accepted(*cancel, source))
            refuse(*cancel, source, Verdict::refuse(481, "no such transaction"));
        return;
    }
    const auto* const machine = std::get_if<InviteServer>(&target->machine);
    const bool pending = machine != nullptr && machine->state() == InviteServer::State::Proceeding;
    if (pending) {
        const Verdict verdict = context_.user.judge_cancel(invite, *cancel, source);
        if (verdict.kind == Verdict::Kind::Refuse) refuse(*cancel, source, verdict);
        if (verdict.kind != Verdict::Kind::Accept) return;
    }

    // 9.2: the To tag is that of the response to the INVITE, as far as one is known by now.
    std::string tag;
    if (target->last_response) tag = target->last_response->essentials().to_tag;
    if (tag.empty()) tag = stateless_tag(*cancel);

    const ServerId id = create(cancel, source, key).id;
    respond(
        id,
        sip::MessageBuilder::response(*cancel, 200, {}, {.to_tag = tag, .source = {}}).finish());
    if (pending) context_.user.on_cancel(id, invite, cancel, source);
}

// 9.1: of the fields that a CANCEL copies from its INVITE, those that tell two requests apart. A
// branch can be guessed or seen; the names of both parties' addresses are often rewritten on the
// way. Without the INVITE, whose 2xx is acknowledged, nothing is left to be cancelled.
bool ServerSide::cancels(const sip::Message& cancel, const Server& target) {
    if (!target.request) return true;
    const auto& asked = cancel.essentials();
    const auto& known = target.request->essentials();
    return asked.call_id == known.call_id && asked.cseq.number == known.cseq.number &&
           asked.from_tag == known.from_tag && asked.to_tag == known.to_tag &&
           asked.from.uri_text == known.from.uri_text && asked.to.uri_text == known.to.uri_text;
}

// Whether the request may make a transaction; has answered it if it may not and gets an answer.
bool ServerSide::is_accepted(const sip::Message& request, const transport::Source& source) {
    const Verdict verdict = context_.user.screen(request, source);
    if (verdict.kind == Verdict::Kind::Refuse) refuse(request, source, verdict);
    return verdict.kind == Verdict::Kind::Accept;
}

// Answers without keeping anything; a retransmission gets the same answer again.
void ServerSide::refuse(const sip::Message& request, const transport::Source& source,
                        const Verdict& verdict) {
    const std::string tag = stateless_tag(request);
    auto builder = sip::MessageBuilder::response(request, verdict.status, {},
                                                 {.to_tag = tag, .source = source.remote});
    for (const auto& [name, value] : verdict.headers) builder.add(name, value);
    if (!verdict.warning.empty()) builder.add(sip::HeaderId::Warning, verdict.warning.value());
    if (verdict.status == 503) builder.add(sip::HeaderId::RetryAfter, kRetryAfterSeconds);
    context_.transport.send(transport::route_response(request, source).first, builder.finish(), {});
}

}  // namespace portcullis::transaction
