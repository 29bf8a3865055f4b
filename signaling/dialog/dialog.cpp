// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/dialog/dialog.hpp"

#include <algorithm>
#include <utility>

#include "common/base/random.hpp"
#include "signaling/sip/name_addr.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::dialog {

namespace {

using sip::HeaderId;

// A URI fit for a Request-URI (table in 19.1.1: neither headers nor the method parameter).
std::string target_text(sip::Uri uri) {
    uri.headers = {};
    std::string params;
    if (uri.params.has("method")) {
        params = sip::print_without(uri.params, "method");
        uri.params = sip::Params(std::string_view(params).substr(params.empty() ? 0 : 1));
    }
    return sip::print(uri);
}

Result<std::string> contact_of(const sip::Message& message) {
    const auto contacts = message.values(HeaderId::Contact);
    if (contacts.empty()) return fail(make_error_code(Errc::MissingContact));
    const auto contact = sip::parse_name_addr(contacts.front());
    if (!contact || !contact->uri.is_sip()) {
        return fail(make_error_code(Errc::BadTarget), "Contact");
    }
    return target_text(contact->uri);
}

Result<std::vector<std::string>> record_routes(const sip::Message& message) {
    std::vector<std::string> routes;
    for (const auto value : message.values(HeaderId::RecordRoute)) {
        const auto route = sip::parse_name_addr(value);
        if (!route || !route->uri.is_sip()) {
            return fail(make_error_code(Errc::BadTarget), "Record-Route");
        }
        routes.emplace_back(value);
    }
    return routes;
}

// 12.1.2: the UAC uses the Record-Route of the response backwards.
Result<std::vector<std::string>> route_set_of_response(const sip::Message& response) {
    auto routes = record_routes(response);
    if (routes) std::reverse(routes->begin(), routes->end());
    return routes;
}

DialogPhase phase_of(int status) {
    return sip::is_success(status) ? DialogPhase::Confirmed : DialogPhase::Early;
}

}  // namespace

Result<Dialog> Dialog::from_server(const sip::Message& request, const sip::Message& response,
                                   bool over_tls) {
    const auto& facts = request.essentials();
    const int status = response.status_code();
    if (response.essentials().to_tag.empty() || status <= 100 || status >= 300) {
        return fail(make_error_code(Errc::MissingTag));
    }
    auto target = contact_of(request);
    if (!target) return std::unexpected(target.error());
    auto routes = record_routes(request);
    if (!routes) return std::unexpected(routes.error());

    DialogState state;
    state.id = {std::string(facts.call_id), std::string(response.essentials().to_tag),
                std::string(facts.from_tag)};
    state.phase = phase_of(status);
    state.is_uas = true;
    state.secure = over_tls && facts.request_uri.scheme == sip::Scheme::Sips;
    state.local_uri = facts.to.uri_text;
    state.remote_uri = facts.from.uri_text;
    state.local_name = facts.to.display_name;
    state.remote_name = facts.from.display_name;
    state.remote_target = std::move(*target);
    state.route_set = std::move(*routes);
    state.remote_cseq = facts.cseq.number;
    return Dialog(std::move(state));
}

Result<Dialog> Dialog::from_client(const sip::Message& request, const sip::Message& response,
                                   bool over_tls) {
    const auto& facts = request.essentials();
    const int status = response.status_code();
    const std::string_view remote_tag = response.essentials().to_tag;
    // 12.1.2: a peer of RFC 2543 may send a 2xx without tag; a provisional without makes nothing.
    const bool makes_dialog =
        sip::is_success(status) || (status > 100 && status < 200 && !remote_tag.empty());
    if (!makes_dialog) return fail(make_error_code(Errc::MissingTag));
    auto target = contact_of(response);
    auto routes = route_set_of_response(response);
    if (!routes) return std::unexpected(routes.error());

    DialogState state;
    state.id = {std::string(facts.call_id), std::string(facts.from_tag), std::string(remote_tag)};
    state.phase = phase_of(status);
    state.secure = over_tls && facts.request_uri.scheme == sip::Scheme::Sips;
    state.local_uri = facts.from.uri_text;
    state.remote_uri = facts.to.uri_text;
    state.local_name = facts.from.display_name;
    state.remote_name = facts.to.display_name;
    // A provisional response need not carry one. A 2xx must, but the far end is in a call whatever
    // it forgot, and has to be told of its end: the request's own target serves.
    state.remote_target = target ? std::move(*target) : target_text(facts.request_uri);
    state.route_set = std::move(*routes);
    state.local_cseq = facts.cseq.number;
    if (request.method() == sip::Method::Invite) state.invite_cseq = facts.cseq.number;
    return Dialog(std::move(state));
}

Status Dialog::confirm_from(const sip::Message& response) {
    if (id_of_response(response) != state_->id || !sip::is_success(response.status_code())) {
        return fail(make_error_code(Errc::MissingTag), "response of another dialog");
    }
    auto routes = route_set_of_response(response);
    if (!routes) return std::unexpected(routes.error());
    auto target = contact_of(response);
    // The far end is in a call whatever its Contact looks like: the early target stays then.
    state_->phase = DialogPhase::Confirmed;
    state_->route_set = std::move(*routes);
    if (!target) return std::unexpected(target.error());
    state_->remote_target = std::move(*target);
    return {};
}

SequenceCheck Dialog::receive_sequence(std::uint32_t cseq) {
    if (state_->remote_cseq && cseq < *state_->remote_cseq) return SequenceCheck::TooLow;
    if (state_->remote_cseq && cseq == *state_->remote_cseq) return SequenceCheck::Repeated;
    state_->remote_cseq = cseq;
    return SequenceCheck::InOrder;
}

Status Dialog::refresh_target(const sip::Message& message) {
    auto target = contact_of(message);
    if (target) {
        state_->remote_target = std::move(*target);
    } else if (target.error().code != make_error_code(Errc::MissingContact)) {
        return std::unexpected(target.error());
    }
    return {};
}

std::uint32_t Dialog::take_cseq(bool invite) {
    // 12.1.1: the UAS begins anywhere below 2^31; far from the end, and telling nothing.
    constexpr std::uint32_t kFirst = 1U << 16U;
    if (state_->local_cseq == 0) {
        state_->local_cseq = 1 + random_below(kFirst);
    } else {
        ++state_->local_cseq;
    }
    if (invite) state_->invite_cseq = state_->local_cseq;
    return state_->local_cseq;
}

std::string Dialog::next_hop() const {
    if (state_->route_set.empty()) return state_->remote_target;
    const auto route = sip::parse_name_addr(state_->route_set.front());
    return route ? std::string(route->uri_text) : state_->remote_target;
}

}  // namespace portcullis::dialog
