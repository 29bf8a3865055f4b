// SPDX-License-Identifier: BSD-2-Clause
// Offers within the call: from a re-INVITE, an UPDATE or a PRACK of either side, or our own; staged
// on the relay and carried across (RFC 3261 section 14, RFC 3264 section 8, RFC 3311, RFC 6337).
#include "common/base/random.hpp"
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/parser.hpp"

namespace portcullis::b2bua {
namespace {

// A far side may ask its user before it accepts, but not for ever: nothing else can be changed
// meanwhile.
constexpr std::chrono::seconds kExchangeLimit{60};

// Streams of `wider` that `narrower` does not have need relay ports before they can be offered.
bool adds_streams(const relay_api::LegSpec& narrower, const relay_api::LegSpec& wider) {
    for (const auto& stream : wider.streams) {
        const bool known = std::any_of(
            narrower.streams.begin(), narrower.streams.end(),
            [&stream](const auto& existing) { return existing.stream == stream.stream; });
        if (!known) return true;
    }
    return false;
}

}  // namespace

Line Call::line(Side side, const std::optional<ForkName>& name) {
    auto* const fork = name ? find_fork(*name) : nullptr;
    if (fork == nullptr) {
        Leg& leg = leg_at(side);
        return {&leg,
                &leg.media->offer_answer,
                &leg.media->writer,
                &leg.media->remote_sdp,
                &leg.destination,
                dialog_of(side)};
    }
    if (side == Side::A) {
        return {&a_,
                &fork->a_state,
                &a_writer(*fork),
                &a_.media->remote_sdp,
                &a_.destination,
                find_dialog(a_dialog(fork->a_tag))};
    }
    auto* const attempt = find_attempt(name->attempt);
    const Attempt& whose = attempt == nullptr ? *winner_ : *attempt;
    return {attempt == nullptr ? &b_ : &attempt->leg,
            &fork->b_state,
            &fork->b_writer,
            &fork->sdp,
            &fork->destination,
            find_dialog(whose.b_dialog(*fork))};
}

// 14.2 and RFC 3311 section 5.2: one offer at a time. True: answered so.
bool Call::glares(transaction::ServerId id, const sip::Message& request, Side from) {
    const bool refreshing = refresh_ && refresh_->method == sip::Method::Invite;
    // A transfer puts another leg in a party's place: nothing may be on its way to either.
    const bool busy =
        exchange_ || awaiting_delayed_answer_ || held_answer_ || parked_ || transfer_ || lent_;
    if (!busy && !refreshing) return false;
    bool own_earlier = (exchange_ && !exchange_->is_own() && exchange_->from == from) ||
                       (parked_ && parked_->from == from);
    // The offer of a 2xx or of a reliable response that our ACK or PRACK has not answered yet.
    if (exchange_ && exchange_->delayed && exchange_->answered) own_earlier = !own_earlier;
    if (awaiting_delayed_answer_) own_earlier = from == Side::B;
    if (own_earlier) {
        refuse(id, request, 500, "another offer is on its way", retry_soon());
    } else {
        refuse(id, request, 491, "another offer is on its way");
    }
    return true;
}

// A re-INVITE, an UPDATE with a body, or a PRACK with an offer.
void Call::on_offer_request(transaction::ServerId id, const sip::MessagePtr& request, Side from,
                            const std::optional<ForkName>& fork) {
    if (glares(id, *request, from)) return;
    if (loses_required_part(*request, passed_parts(a_.session, b_.session))) {
        refuse(id, *request, 415, "a body part that must be understood may not pass");
        return;
    }
    const auto body = sdp_body(*request);
    if (body.error != 0) {
        refuse(id, *request, body.error, "body is not SDP", {{"Accept", std::string(kSdpType)}});
        return;
    }
    const Line target = line(other(from), fork);
    if (target.dialog == nullptr) {
        refuse(id, *request, 481, "nobody is there who could take an offer");
        return;
    }
    Exchange exchange;
    exchange.from = from;
    exchange.uas = id;
    exchange.request = request;
    exchange.fork = fork;
    exchange.offer = body.text;
    exchange.delayed = exchange.offer.empty();
    const bool by_update = request->method() != sip::Method::Invite && target.leg->peer.update;
    if (by_update || fork) exchange.out = sip::Method::Update;
    if (exchange.out == sip::Method::Update && !target.leg->peer.update) {
        // Before the answer nothing but UPDATE can carry an offer (RFC 6337 section 2.1).
        refuse(id, *request, 488, "offers cannot be changed before the call is answered");
        return;
    }
    if (exchange.out == sip::Method::Invite && unacked(target.leg->side)) {
        // 14.1: the other side has to acknowledge its own INVITE's 2xx first.
        story("an offer waits for the other side's ACK");
        parked_ = Parked{id, request, from};
        return;
    }
    story(std::string(request->method_text()) + (exchange.delayed ? " without offer" : "") +
          " from leg " + (from == Side::A ? "a" : "b"));
    begin_exchange(std::move(exchange));
}

// 14.2 and RFC 3311 section 5.2: between 0 and 10 seconds.
HeaderList Call::retry_soon() { return {{"Retry-After", std::to_string(random_below(11))}}; }

// An offer of ours to the other side, with what the peer of leg `from` last said.
void Call::start_own_exchange(Side from, std::string offer, std::function<void(int)> done) {
    Exchange exchange;
    exchange.from = from;
    exchange.offer = std::move(offer);
    exchange.done = std::move(done);
    story(std::string("re-INVITE of ours to leg ") + (from == Side::A ? "b" : "a"));
    begin_exchange(std::move(exchange));
}

// What waited for the other side's ACK goes on.
void Call::resume_parked() {
    if (!parked_ || unacked(other(parked_->from))) return;
    const Parked parked = *parked_.take();
    on_offer_request(parked.uas, parked.request, parked.from, {});
}

// What A agreed to is not what the winner said: A learns the rest, when its INVITE is over (14.1).
void Call::start_due_exchange() {
    const bool busy = exchange_ || parked_ || refresh_ || transfer_ || lent_ || unacked_a_ ||
                      awaiting_delayed_answer_;
    if (!exchange_due_ || busy) return;
    if (state_ != CallState::Connected) return;
    exchange_due_ = false;
    start_own_exchange(Side::B, b_.media->remote_sdp, {});
}

void Call::begin_exchange(Exchange begun) {
    const Line source = line(begun.from, begun.fork);
    const Line target = line(other(begun.from), begun.fork);
    begun.from_before = source.leg->media->spec;
    begun.to_before = target.leg->media->spec;
    begun.to_writer_before = *target.writer;
    exchange_ = std::move(begun);
    if (exchange_->delayed) {
        forward_exchange();
        return;
    }
    const auto offer = env_.session_reader().read(exchange_->offer);
    // Of our own, the offering side's peer has had its say already.
    const bool agreed = offer && (exchange_->is_own() || source.state->on_remote_offer(*offer));
    if (!agreed) {
        exchange_failed(
            488, {},
            offer ? sip::Warning("offer does not fit the session") : warning_of(offer.error()));
        return;
    }
    auto source_spec = exchange_->is_own()
                           ? Result<relay_api::LegSpec>(source.leg->media->spec)
                           : plan(*source.leg, media::PeerRole::Offerer, *offer, nullptr);
    auto target_spec = plan(*target.leg, media::PeerRole::Answerer, *offer, nullptr);
    if (!source_spec || !target_spec) {
        exchange_failed(488, {},
                        source_spec ? sip::Warning("no stream of the offer can be relayed", 304)
                                    : warning_of(source_spec.error()));
        return;
    }
    if (adds_streams(source.leg->media->spec, *source_spec) ||
        adds_streams(target.leg->media->spec, *target_spec)) {
        // Nothing flows on a new stream before the answer, so it may stand on the relay at once.
        source.leg->media->spec = std::move(*source_spec);
        target.leg->media->spec = std::move(*target_spec);
        exchange_->grown = true;
        with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
            if (!succeeded(reply)) {
                exchange_failed(500);
                return;
            }
            take_all_ports(*reply);
            forward_exchange();
        });
        return;
    }
    if (!media::media_changed(source.leg->media->spec, *source_spec)) {
        forward_exchange();
        return;
    }
    source.leg->media->spec = std::move(*source_spec);
    stage_exchange();
}

void Call::stage_exchange() {
    exchange_->staged = true;
    exchange_->stage_generation = ++generation_;
    const Leg& source = *line(exchange_->from, exchange_->fork).leg;
    with_media(media::plan_update(session(), exchange_->stage_generation,
                                  relay_api::UpdateLeg::Mode::Stage, source.media->spec),
               [this](const Result<relay_api::OperationReply>& reply) {
                   if (!succeeded(reply)) {
                       exchange_failed(500);
                       return;
                   }
                   forward_exchange();
               });
}

void Call::forward_exchange() {
    const Line target = line(other(exchange_->from), exchange_->fork);
    if (target.dialog == nullptr) {
        exchange_failed(481);
        return;
    }
    if (exchange_->delayed) {
        send_exchange({}, {});
        return;
    }
    const auto offer = env_.session_reader().read(exchange_->offer);
    auto anchored = anchor_offer(*offer, *target.leg->media, *target.writer);
    if (!anchored || !target.state->on_local_offer(sdp::shapes_written(*anchored))) {
        exchange_failed(488);
        return;
    }
    send_exchange(*anchored, {});
}

void Call::send_exchange(const std::string& sdp, HeaderList credentials) {
    const Line target = line(other(exchange_->from), exchange_->fork);
    InDialogParts parts;
    auto body =
        carried_body(exchange_->request.get(), sdp, passed_parts(a_.session, target.leg->session));
    parts.sdp = body.text;
    parts.content_type = body.content_type;
    parts.allow = allow_value(target.leg->session);
    if (!exchange_->is_own()) {
        parts.headers = passed(*exchange_->request, pass_context(exchange_->from));
        parts.max_forwards = next_max_forwards(*exchange_->request);
    }
    append(credentials, carried_credentials(target.leg->trunk, exchange_->request.get()));
    append(parts.headers, timer_request_headers(*target.leg));
    append(parts.headers, extension_headers(target.leg->session, false));
    append(parts.headers, credentials_ahead(*target.leg, *target.dialog, exchange_->out, body.text,
                                            std::move(credentials)));
    const auto request =
        make_in_dialog(*target.dialog, exchange_->out,
                       sending_address(*target.leg, *target.destination), env_.slot(), parts);
    exchange_->sent_sdp = sdp;
    exchange_->uac = env_.send_request(id_, request, *target.destination);
    if (!exchange_->uac) {
        exchange_failed(503);
        return;
    }
    env_.start_timer(id_, CallTimer::Modify, kExchangeLimit);
}

// The final response that the CANCEL brings, or its absence for 64*T1, ends the re-INVITE (9.1).
void Call::on_exchange_overdue() {
    if (!exchange_) return;
    if (!exchange_->uac) {  // our own, which met a 491, waits to be sent again
        if (exchange_->is_own()) send_exchange(exchange_->sent_sdp, {});
        return;
    }
    if (exchange_->answered || exchange_->out != sip::Method::Invite) return;
    story("re-INVITE not answered in time");
    exchange_->overdue = true;
    env_.cancel(exchange_->uac, {});
}

// Nothing crosses: each leg's session is its own (RFC 4028 section 7.4).
void Call::refresh_only(transaction::ServerId id, const sip::MessagePtr& request, Leg& leg) {
    HeaderList headers = extension_headers(leg.session, false);
    append(headers, timer_response_headers(leg));
    const auto allow = allow_value(leg.session);
    env_.respond(id, make_response(*request, 200,
                                   {.to_tag = {},
                                    .contact = &leg.address,
                                    .allow = allow,
                                    .sdp = {},
                                    .headers = std::move(headers)}));
    if (state_ != CallState::Connected) return;
    arm_session_timer(leg.side);
    env_.save_checkpoint(id_);
}

}  // namespace portcullis::b2bua
