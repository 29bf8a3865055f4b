// SPDX-License-Identifier: BSD-2-Clause
// Requests within the call that change nothing here: INFO, MESSAGE, NOTIFY and the like pass to the
// other side; and the answers to our own challenges.
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/challenger.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

// What one side may have under way at a time; more is a flood.
constexpr std::size_t kMaxPassing = 16;

// Failures that speak of our dialog with the far side, not of the request.
int mapped_in_dialog(int code) {
    if (code == 401 || code == 407) return 403;
    if (code == 481 || code == 482 || code == 420) return 500;
    return code >= 300 && code < 400 ? 480 : code;
}

}  // namespace

void Call::refuse(transaction::ServerId id, const sip::Message& request, int code, sip::Warning why,
                  HeaderList headers) {
    if (!why.empty()) {
        story(std::string(request.method_text()) + " answered " + std::to_string(code) + ": " +
              std::string(why.text()));
    }
    ResponseParts parts;
    parts.headers = warned(why, std::move(headers));
    // 8.2.6.2: an INVITE with Replaces comes without a tag of ours.
    const auto tag =
        request.essentials().to_tag.empty() ? shard::make_tag(env_.slot()) : std::string();
    parts.to_tag = tag;
    env_.respond(id, make_response(request, code, parts));
}

void Call::on_other_request(transaction::ServerId id, const sip::MessagePtr& request, Side from,
                            const std::optional<ForkName>& fork) {
    Leg& own = *line(from, fork).leg;
    const Leg& target = *line(other(from), fork).leg;
    // Of a REFER that was passed, the progress passes as well.
    const bool of_refer = request->method() == sip::Method::Notify &&
                          target.session.refer == config::TransferHandling::Pass;
    const bool both = passes(own.session.pass_in_dialog, request->method()) &&
                      passes(target.session.pass_in_dialog, request->method());
    if (of_refer || both) {
        pass_request(id, request, from, fork, {});
        return;
    }
    const bool unknown = request->method() == sip::Method::Unknown;
    refuse(id, *request, unknown ? 501 : 405, "method is not passed within calls",
           {{"Allow", allow_value(own.session)}});
}

void Call::pass_request(transaction::ServerId id, const sip::MessagePtr& request, Side from,
                        const std::optional<ForkName>& fork, HeaderList extra) {
    const Line target = line(other(from), fork);
    if (target.dialog == nullptr) {
        refuse(id, *request, 481, "nobody is there yet who could take it");
        return;
    }
    if (passing_.size() >= kMaxPassing) {
        refuse(id, *request, 503, "too many requests at once", {{"Retry-After", "1"}});
        return;
    }
    passing_.push_back({.uas = id,
                        .request = request,
                        .uac = {},
                        .from = from,
                        .fork = fork,
                        .extra = std::move(extra)});
    send_passing(passing_.back(), {});
}

void Call::send_passing(Passing& passing, HeaderList credentials) {
    const Line target = line(other(passing.from), passing.fork);
    const auto& request = *passing.request;
    InDialogParts parts;
    parts.sdp = request.body();
    if (const auto type = request.header(sip::HeaderId::ContentType)) parts.content_type = *type;
    parts.headers = passed(request, pass_context(passing.from));
    append(parts.headers, passed_body_headers(request));
    append(parts.headers, passing.extra);
    parts.max_forwards = next_max_forwards(request);
    append(credentials, carried_credentials(target.leg->trunk, &request));
    append(parts.headers, credentials_ahead(*target.leg, *target.dialog, request.method(),
                                            parts.sdp, std::move(credentials)));
    const auto out =
        make_in_dialog(*target.dialog, request.method_text(),
                       sending_address(*target.leg, *target.destination), env_.slot(), parts);
    passing.uac = env_.send_request(id_, out, *target.destination);
    if (passing.uac) return;
    refuse(passing.uas, request, 503, "it could not be passed on");
    drop_passing(passing.uas);
}

void Call::drop_passing(transaction::ServerId uas) {
    std::erase_if(passing_, [uas](const Passing& known) { return known.uas == uas; });
}

bool Call::on_passing_response(transaction::ClientId id, const sip::MessagePtr& response) {
    const auto at = std::find_if(passing_.begin(), passing_.end(),
                                 [id](const Passing& known) { return known.uac == id; });
    if (at == passing_.end()) return false;
    const int code = response->status_code();
    if (sip::is_provisional(code)) return true;
    const Line target = line(other(at->from), at->fork);
    if ((code == 401 || code == 407) && target.dialog != nullptr) {
        auto credentials =
            answer_challenge(*target.leg, *target.dialog, at->request->method(),
                             std::string(at->request->body()), *response, at->challenges);
        if (!credentials.empty()) {
            send_passing(*at, std::move(credentials));
            return true;
        }
    }
    answer_passing(*at, code, response.get());
    return true;
}

void Call::answer_passing(const Passing& passing, int code, const sip::Message* response) {
    ResponseParts parts;
    if (response != nullptr) {
        parts.sdp = response->body();
        if (const auto type = response->header(sip::HeaderId::ContentType)) {
            parts.content_type = *type;
        }
        parts.headers = passed(*response, pass_context(other(passing.from)));
        append(parts.headers, passed_body_headers(*response));
    }
    const Leg& target = *line(other(passing.from), passing.fork).leg;
    const auto challenges = carried_challenges(target.trunk, response);
    const int told = challenges.empty() ? mapped_in_dialog(code) : code;
    append(parts.headers, challenges);
    env_.respond(passing.uas, make_response(*passing.request, told, parts));
    drop_passing(passing.uas);
}

bool Call::passes_challenges(std::string_view trunk) const {
    return b2bua::passes_challenges(*env_.config()->policy, trunk,
                                    env_.credentials(trunk) != nullptr);
}

HeaderList Call::carried_credentials(std::string_view trunk, const sip::Message* request) const {
    if (request == nullptr || !passes_challenges(trunk)) return {};
    return passed_credentials(*request, *env_.config()->policy);
}

HeaderList Call::carried_challenges(std::string_view trunk, const sip::Message* response) const {
    if (response == nullptr || !passes_challenges(trunk)) return {};
    const int code = response->status_code();
    return code == 401 || code == 407 ? passed_challenges(*response) : HeaderList{};
}

HeaderList Call::credentials_ahead(const Leg& leg, const dialog::Dialog& dialog, sip::Method method,
                                   const std::string& body, HeaderList answered) {
    if (!answered.empty()) return answered;
    auto* const known = env_.credentials(leg.trunk);
    if (known == nullptr) return {};
    return known->ahead({sip::name(method), dialog.state().remote_target, body});
}

// Empty: the challenge is not for us, or was answered in vain. Only the trunk's own leg is served
// (design: an in-dialog challenge from the access side is never answered).
HeaderList Call::answer_challenge(const Leg& leg, const dialog::Dialog& dialog, sip::Method method,
                                  const std::string& body, const sip::Message& response,
                                  auth::ChallengeCount& count) {
    auto* const known = env_.credentials(leg.trunk);
    if (known == nullptr) return {};
    auto answer =
        known->answer(response, {sip::name(method), dialog.state().remote_target, body}, count);
    if (answer) return std::move(*answer);
    story("challenge of " + leg.trunk + " not answered: " + std::string(describe(answer.error())));
    return {};
}

}  // namespace portcullis::b2bua
