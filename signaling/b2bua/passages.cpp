// SPDX-License-Identifier: BSD-2-Clause
// The first request of a passage: its answer, and the life of what it made.
#include "signaling/b2bua/passages.hpp"

#include "signaling/b2bua/call_manager.hpp"
#include "signaling/b2bua/carried_headers.hpp"
#include "signaling/b2bua/extensions.hpp"
#include "signaling/b2bua/leg_factory.hpp"
#include "signaling/b2bua/outgoing.hpp"
#include "signaling/sip/event_headers.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

// Packages whose bodies name no dialogs or registrations of the other side.
bool event_may_pass(const sip::Message& request) {
    const auto value = request.header(sip::HeaderId::Event);
    if (!value) return request.method() != sip::Method::Subscribe;
    const auto event = sip::parse_event(*value);
    if (!event) return false;
    constexpr std::array<std::string_view, 7> kPackages{
        "message-summary", "presence", "refer", "check-sync", "ua-profile", "talk", "hold"};
    return std::find(kPackages.begin(), kPackages.end(), event->package) != kPackages.end();
}

// `for_sender`: the challenges go with it.
int told(int code, bool for_sender) {
    if (code == 401 || code == 407) return for_sender ? code : 403;
    if (code >= 300 && code < 400) return 480;
    return code == 481 || code == 482 ? 500 : code;
}

// What the sender may ask for is ours to say (RFC 3261 sections 8.2.1 and 11.2).
void add_allow(HeaderList& headers, const sip::Message& request, int code, const Leg& sender) {
    const bool told = request.method() == sip::Method::Options && sip::is_success(code);
    if (told || code == 405) headers.emplace_back("Allow", allow_value(sender.session));
}

std::chrono::seconds expires_of(const sip::Message& message, std::chrono::seconds otherwise) {
    const auto value = message.header(sip::HeaderId::Expires);
    const auto read = value ? sip::parse_delta_seconds(*value) : Result<std::uint32_t>{0};
    return value && read ? std::chrono::seconds(std::min(*read, 86400U)) : otherwise;
}

}  // namespace

Passages::~Passages() {
    for (const auto& [id, passage] : passages_) wheel_.cancel(passage->timer);
}

Passage* Passages::find(PassageId id) const {
    const auto found = passages_.find(id);
    return found == passages_.end() ? nullptr : found->second.get();
}

void Passages::begin(PassageSetup setup) {
    if (passages_.size() >= kMaxPassages) {
        ++counters_.refused;
        refuse(setup.uas, *setup.request, 503, "too many requests are under way");
        return;
    }
    if (!event_may_pass(*setup.request)) {
        ++counters_.refused;
        refuse(setup.uas, *setup.request, 489, "event package is not passed");
        return;
    }
    auto made = std::make_unique<Passage>();
    Passage& passage = *made;
    passage.id = PassageId{++last_};
    passage.targets.assign(setup.route.targets.begin(), setup.route.targets.end());
    passage.a_tag = shard::make_tag(calls_.slot());
    passage.a = calls_.make_leg(setup.source, setup.realm, setup.trunk);
    passage.a.call_id = setup.request->essentials().call_id;
    passage.setup = std::move(setup);
    const auto id = passage.id;
    passages_.emplace(id, std::move(made));
    next_target(passage);
}

HeaderList Passages::carried(const Passage& passage, const sip::Message& message, Side from) const {
    const Leg& source = from == Side::A ? passage.a : passage.b;
    const Leg& target = from == Side::A ? passage.b : passage.a;
    auto headers = passed_headers(message, pass_context(*calls_.config(), source, target));
    append(headers, passed_body_headers(message));
    if (const auto refer_to = message.header(sip::HeaderId::ReferTo)) {
        auto hidden = rehost(*refer_to, target.address.uri_host(), {});
        if (!hidden.empty()) headers.emplace_back("Refer-To", std::move(hidden));
    }
    return headers;
}

void Passages::on_first_response(Passage& passage, const sip::MessagePtr& response,
                                 const transport::Source& source) {
    const int code = response->status_code();
    if (sip::is_provisional(code)) return;
    report(passage, code == 503 ? trunk::Sighting::Unavailable : trunk::Sighting::Answered,
           retry_after_of(*response));
    if (sip::is_success(code)) {
        ++counters_.passed;
        accepted(passage, *response, source);
        return;
    }
    auto* const known = calls_.credentials(passage.target.trunk);
    if ((code == 401 || code == 407) && known != nullptr) {
        auto credentials = known->answer(
            *response,
            {passage.sent->method_text(), passage.sent->request_uri_text(), passage.sent->body()},
            passage.challenges);
        if (credentials) {
            passage.credentials = std::move(*credentials);
            send(passage);
            return;
        }
    }
    by_dialog_.erase(passage_key(passage.b.call_id, passage.from_tag));
    if (passage.target.fails_over(static_cast<std::uint16_t>(code)) && !passage.targets.empty()) {
        next_target(passage);
        return;
    }
    ++counters_.passed;
    const auto challenges = carried_challenges(passage.target.trunk, *response);
    auto headers = carried_back(passage, *response, Side::A);
    append(headers, challenges);
    add_allow(headers, *passage.setup.request, code, passage.a);
    answer(passage.setup.uas, *passage.setup.request, told(code, !challenges.empty()),
           response.get(), std::move(headers));
    end(passage.id);
}

// The other side has taken it: for a SUBSCRIBE or REFER, two dialogs stand from now on.
void Passages::accepted(Passage& passage, const sip::Message& response,
                        const transport::Source& source) {
    const auto& request = *passage.setup.request;
    if (!makes_dialog(request.method())) {
        passage.answered = true;
        auto headers = carried_back(passage, response, Side::A);
        add_allow(headers, request, response.status_code(), passage.a);
        answer(passage.setup.uas, request, response.status_code(), &response, std::move(headers));
        end(passage.id);
        return;
    }
    if (auto made = dialog::Dialog::from_client(*passage.sent, response)) {
        passage.b_dialog = std::move(*made);
    }
    passage.answered = true;
    answer(passage.setup.uas, request, response.status_code(), &response,
           carried_back(passage, response, Side::A), &passage);
    if (!passage.b_dialog || !passage.a_dialog) {
        end(passage.id);
        return;
    }
    passage.b_dialog->confirm();
    passage.b.destination = destination_of(passage.b, *passage.b_dialog, response, source);
    passage.a.destination =
        destination_of(passage.a, *passage.a_dialog, request, passage.setup.source);
    by_dialog_[passage_key(passage.a.call_id, passage.a_tag)] = passage.id;
    const auto asked = expires_of(request, std::chrono::seconds(3600));
    live_for(passage, expires_of(response, asked) + kGrace);
    for (const auto& waiting : std::exchange(passage.early, {})) waiting();
}

// What of the other side's answer goes back to `to`.
HeaderList Passages::carried_back(Passage& passage, const sip::Message& response, Side to) const {
    return passed_headers(response,
                          pass_context(*calls_.config(), passage.leg(other(to)), passage.leg(to)));
}

void Passages::answer(transaction::ServerId id, const sip::Message& request, int code,
                      const sip::Message* response, HeaderList headers, const Passage* made) {
    ResponseParts parts;
    if (made != nullptr) {
        parts.to_tag = made->a_tag;
        parts.contact = &made->a.address;
    }
    parts.headers = std::move(headers);
    if (response != nullptr) {
        append(parts.headers, passed_body_headers(*response));
        parts.sdp = response->body();
        if (const auto type = response->header(sip::HeaderId::ContentType)) {
            parts.content_type = *type;
        }
    }
    const auto tag = shard::make_tag(calls_.slot());
    if (parts.to_tag.empty()) parts.to_tag = tag;
    const auto message = make_response(request, code, parts);
    if (made != nullptr) {
        if (auto dialog = dialog::Dialog::from_server(request, *message)) {
            dialog->confirm();
            (void)dialog->receive_sequence(request.essentials().cseq.number);
            if (auto* const owner = find(made->id)) owner->a_dialog = std::move(*dialog);
        }
    }
    transactions_->respond(id, message);
}

void Passages::refuse(transaction::ServerId id, const sip::Message& request, int code,
                      sip::Warning why, HeaderList headers) {
    answer(id, request, code, nullptr, warned(why, std::move(headers)));
}

void Passages::refuse(Passage& passage, int code) {
    ++counters_.refused;
    refuse(passage.setup.uas, *passage.setup.request, code,
           code == 408 ? sip::Warning("no answer came in time")
                       : sip::Warning("nobody can take the request now"));
    end(passage.id);
}

void Passages::live_for(Passage& passage, std::chrono::seconds time) {
    wheel_.cancel(passage.timer);
    passage.timer =
        wheel_.schedule(calls_.clock().now() + time, [this, id = passage.id] { on_timer(id); });
}

// A gateway that stays silent, or the end of a subscription that nobody refreshed.
void Passages::on_timer(PassageId id) {
    auto* const passage = find(id);
    if (passage == nullptr) return;
    if (passage->answered) {
        end(id);
        return;
    }
    report(*passage, trunk::Sighting::Silent, {});
    if (passage->targets.empty()) {
        refuse(*passage, 408);
    } else {
        by_client_.erase(passage->uac);
        by_dialog_.erase(passage_key(passage->b.call_id, passage->from_tag));
        next_target(*passage);
    }
}

void Passages::end(PassageId id) {
    const auto found = passages_.find(id);
    if (found == passages_.end()) return;
    const auto passage = std::move(found->second);
    passages_.erase(found);
    wheel_.cancel(passage->timer);
    by_client_.erase(passage->uac);
    by_dialog_.erase(passage_key(passage->b.call_id, passage->from_tag));
    by_dialog_.erase(passage_key(passage->a.call_id, passage->a_tag));
    for (const auto& pending : passage->pending) {
        by_client_.erase(pending.uac);
        refuse(pending.uas, *pending.request, 481, "the subscription is over");
    }
    for (const auto& waiting : passage->early) waiting();
}

}  // namespace portcullis::b2bua
