// SPDX-License-Identifier: BSD-2-Clause
// The peer's commands: what the script wants said on the wire.
#include "tests/peers/sofia_peer/endpoint.hpp"

#include <sofia-sip/nta_tag.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/tport_tag.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/peers/sofia_peer/message_text.hpp"
#include "tests/peers/sofia_peer/sip_home.hpp"

namespace sofia_peer {
namespace {

using Json = nlohmann::json;

// Methods that nua must leave to us; the rest (BYE, CANCEL, ACK, NOTIFY) it answers by itself.
constexpr const char* kApplicationMethods =
    "PRACK, UPDATE, INFO, MESSAGE, OPTIONS, REFER, SUBSCRIBE, PUBLISH";

std::string text(const Json& command, const char* key, const std::string& otherwise = {}) {
    const auto found = command.find(key);
    return found == command.end() || found->is_null() ? otherwise : found->get<std::string>();
}

bool lists(const Json& command, const char* key, const char* word) {
    const auto found = command.find(key);
    return found != command.end() && std::find(found->begin(), found->end(), word) != found->end();
}

void nua_callback(nua_event_t event, int status, const char* phrase, nua_t*, nua_magic_t* endpoint,
                  nua_handle_t* handle, nua_hmagic_t* leg, const sip_t* sip, tagi_t tags[]) {
    static_cast<Endpoint*>(endpoint)->on_nua_event(event, status, phrase, handle,
                                                   static_cast<Leg*>(leg), sip, tags);
}

// What a Replaces header says of the leg's dialog.
const sip_replaces_t* dialog_of(const Leg& leg, SipHome& home) {
    const sip_replaces_t* dialog = nua_handle_make_replaces(leg.handle(), home.get(), 0);
    if (dialog == nullptr) throw std::runtime_error(leg.name() + " is no dialog");
    return dialog;
}

std::string usual_phrase(int status) {
    const char* phrase = sip_status_phrase(status);
    return phrase == nullptr ? "Test" : phrase;
}

std::string replaces_value(const sip_replaces_t* dialog) {
    return std::string(dialog->rp_call_id) + ";to-tag=" + dialog->rp_to_tag +
           ";from-tag=" + dialog->rp_from_tag;
}

std::string without_100rel(const std::string& supported) {
    std::string kept;
    for (std::size_t at = 0; at < supported.size();) {
        const std::size_t comma = std::min(supported.find(',', at), supported.size());
        const std::string tag = supported.substr(at, comma - at);
        if (tag.find("100rel") == std::string::npos) kept += (kept.empty() ? "" : ",") + tag;
        at = comma + 1;
    }
    return kept;
}

}  // namespace

Endpoint::Endpoint(su_root_t* root, const Options& options) : root_(root), options_(options) {
    TagList tags;
    tags.text(nutag_url, options_.url);
    tags.text_if(nutag_sips_url, options_.sips_url);
    tags.text_if(nutag_certificate_dir, options_.certificate_dir);
    tags.text(siptag_supported_str, options_.supported);
    tags.text(siptag_allow_str, options_.allow);
    tags.text(nutag_appl_method, kApplicationMethods);
    tags.text(siptag_allow_events_str, options_.events);
    tags.text(nutag_appl_event, options_.events);
    tags.text(nutag_user_agent, "sofia_peer");
    tags.number(nutag_media_enable, 0);
    tags.number(nutag_autoack, 0);
    tags.number(nutag_autoalert, 0);
    tags.number(nutag_autoanswer, 0);
    tags.number(nutag_auto302, 0);
    tags.number(nutag_early_media, 0);
    tags.number(nutag_callee_caps, 0);
    tags.number(nutag_session_timer, 0);
    tags.number(nutag_min_se, static_cast<int>(options_.min_se));
    tags.number(nutag_update_refresh, 1);
    tags.number(nutag_detect_network_updates, NUA_NW_DETECT_NOTHING);
    nua_ = nua_create(root_, nua_callback, this, TAG_NEXT(tags.get()));
    if (nua_ == nullptr) throw std::runtime_error("cannot listen at " + options_.url);
}

Endpoint::~Endpoint() {
    legs_.clear();
    nua_destroy(nua_);
}

void Endpoint::shut_down() {
    ending_ = true;
    nua_shutdown(nua_);
}

void Endpoint::run(const Json& command) {
    const std::string verb = command.at("do").get<std::string>();
    static const std::map<std::string, void (Endpoint::*)(const Json&)> kOwn = {
        {"invite", &Endpoint::invite}, {"respond", &Endpoint::respond}, {"prack", &Endpoint::prack},
        {"refer", &Endpoint::refer},   {"method", &Endpoint::method},
    };
    using Send = void (*)(nua_handle_t*, tag_type_t, tag_value_t, ...);
    static const std::map<std::string, Send> kInDialog = {
        {"ack", nua_ack},
        {"bye", nua_bye},
        {"cancel", nua_cancel},
        {"update", nua_update},
        {"unregister", nua_unregister},
        {"unsubscribe", nua_unsubscribe},
    };
    // These begin a leg of their own where none of that name exists.
    static const std::map<std::string, Send> kAnywhere = {
        {"register", nua_register}, {"message", nua_message},     {"options", nua_options},
        {"publish", nua_publish},   {"subscribe", nua_subscribe}, {"notify", nua_notify},
        {"info", nua_info},
    };
    if (const auto own = kOwn.find(verb); own != kOwn.end()) {
        (this->*own->second)(command);
    } else if (const auto sent = kInDialog.find(verb); sent != kInDialog.end()) {
        in_dialog(command, sent->second);
    } else if (const auto free = kAnywhere.find(verb); free != kAnywhere.end()) {
        outside(command, free->second);
    } else if (verb == "quit") {
        shut_down();
    } else {
        throw std::runtime_error("unknown command " + verb);
    }
}

Leg& Endpoint::leg_of(const Json& command) {
    const auto found = legs_.find(command.at("call").get<std::string>());
    if (found == legs_.end())
        throw std::runtime_error("no call " + command.at("call").get<std::string>());
    return *found->second;
}

Leg& Endpoint::new_leg(const std::string& name, const Json& command) {
    TagList tags;
    const std::string to = command.at("to").get<std::string>();
    tags.text(siptag_to_str, to.find('<') == std::string::npos ? "<" + to + ">" : to);
    tags.text_if(siptag_from_str, text(command, "from"));
    tags.text_if(siptag_supported_str, text(command, "supported"));
    tags.text_if(nutag_initial_route_str, text(command, "route"));
    nua_handle_t* handle = nua_handle(nua_, nullptr, TAG_NEXT(tags.get()));
    if (handle == nullptr) throw std::runtime_error("cannot call " + to);
    auto& leg = legs_[name] = std::make_unique<Leg>(name, handle);
    nua_handle_bind(handle, leg.get());
    return *leg;
}

Leg& Endpoint::adopt(nua_handle_t* handle) {
    const std::string name = "in" + std::to_string(++incoming_);
    auto& leg = legs_[name] = std::make_unique<Leg>(name, handle);
    nua_handle_bind(handle, leg.get());
    return *leg;
}

void Endpoint::message_tags(TagList& tags, const Json& command) const {
    if (command.contains("headers"))
        for (const auto& line : command["headers"]) tags.header(line.get<std::string>());
    if (const std::string sdp = text(command, "sdp"); !sdp.empty()) {
        tags.text(siptag_content_type_str, "application/sdp");
        tags.text(siptag_payload_str, sdp);
    } else if (command.contains("body")) {
        tags.text(siptag_content_type_str, text(command, "content_type", "text/plain"));
        tags.text(siptag_payload_str, text(command, "body"));
    }
    if (command.contains("event")) tags.text(siptag_event_str, text(command, "event"));
    if (command.contains("expires"))
        tags.text(siptag_expires_str, std::to_string(command["expires"].get<unsigned>()));
    if (const std::string state = text(command, "substate"); !state.empty())
        tags.number(nutag_substate, nua_substate_make(state.c_str()));
    if (command.contains("timer")) timer_tags(tags, command["timer"]);
}

void Endpoint::timer_tags(TagList& tags, const Json& timer) const {
    tags.number(nutag_session_timer, timer.value("seconds", 0));
    if (timer.contains("min_se")) tags.number(nutag_min_se, timer["min_se"].get<int>());
    const std::string refresher = timer.value("refresher", "any");
    tags.number(nutag_session_refresher, refresher == "local"    ? nua_local_refresher
                                         : refresher == "remote" ? nua_remote_refresher
                                                                 : nua_any_refresher);
    tags.number(nutag_update_refresh, timer.value("update", true) ? 1 : 0);
}

void Endpoint::invite(const Json& command) {
    const std::string name = command.at("call").get<std::string>();
    const auto known = legs_.find(name);
    Leg& leg = known == legs_.end() ? new_leg(name, command) : *known->second;
    leg.user = text(command, "user", leg.user);
    leg.password = text(command, "password", leg.password);
    leg.manual_ack = lists(command, "manual", "ACK");
    leg.manual_prack = lists(command, "manual", "PRACK");
    leg.offer_sent = !text(command, "sdp").empty();
    leg.challenge_seen = false;
    TagList tags;
    message_tags(tags, command);
    if (const std::string other = text(command, "replaces"); !other.empty()) {
        SipHome home;
        const sip_replaces_t* replaces = dialog_of(leg_of({{"call", other}}), home);
        tags.text(siptag_replaces_str, replaces_value(replaces));
    }
    if (const std::string referral = text(command, "referral"); !referral.empty()) {
        const Leg& referred = leg_of({{"call", referral}});
        tags.pointer(nutag_notify_refer, referred.handle());
        tags.pointer(nutag_refer_event, referred.refer_event());
    }
    nua_invite(leg.handle(), TAG_NEXT(tags.get()));
}

void Endpoint::respond(const Json& command) {
    Leg& leg = leg_of(command);
    const std::string method_name = text(command, "method", "INVITE");
    const int status = command.at("status").get<int>();
    msg_t* request = leg.request(method_name);
    if (request == nullptr)
        throw std::runtime_error(leg.name() + " has no unanswered " + method_name);
    const bool reliable = command.value("reliable", false);
    TagList tags;
    tags.pointer(nutag_with, request);
    // nua sends every 183 reliably to a caller that supports 100rel, unless we do not.
    const bool silent = status < 200 && !reliable;
    tags.text(siptag_supported_str,
              silent ? without_100rel(options_.supported) : options_.supported);
    if (reliable) tags.text(siptag_require_str, "100rel");
    if (command.contains("contacts"))
        for (const auto& contact : command["contacts"])
            tags.text(siptag_contact_str, contact.get<std::string>());
    message_tags(tags, command);
    if (reliable && command.contains("sdp") && !has_sdp(sip_object(request)))
        leg.answer_in_prack = true;
    // nua keeps the pointer, so the phrase must outlive the call.
    const auto phrase = phrases_.insert(text(command, "reason", usual_phrase(status))).first;
    nua_respond(leg.handle(), status, phrase->c_str(), TAG_NEXT(tags.get()));
    if (status >= 200) leg.drop_request(method_name);
}

void Endpoint::prack(const Json& command) {
    Leg& leg = leg_of(command);
    TagList tags;
    if (!command.contains("rack")) {
        if (leg.rseq == 0) throw std::runtime_error(leg.name() + " got no reliable response");
        tags.text(siptag_rack_str,
                  std::to_string(leg.rseq) + " " + std::to_string(leg.cseq) + " INVITE");
    } else {
        tags.text(siptag_rack_str, text(command, "rack"));
    }
    message_tags(tags, command);
    nua_prack(leg.handle(), TAG_NEXT(tags.get()));
}

void Endpoint::refer(const Json& command) {
    Leg& leg = leg_of(command);
    std::string target = command.at("refer_to").get<std::string>();
    if (const std::string other = text(command, "replaces"); !other.empty()) {
        SipHome home;
        const sip_replaces_t* replaces = dialog_of(leg_of({{"call", other}}), home);
        const char* query =
            sip_headers_as_url_query(home.get(), SIPTAG_REPLACES(replaces), TAG_END());
        target += "?" + std::string(query);
    }
    TagList tags;
    tags.text(siptag_refer_to_str, "<" + target + ">");
    tags.text_if(siptag_referred_by_str, text(command, "referred_by"));
    message_tags(tags, command);
    nua_refer(leg.handle(), TAG_NEXT(tags.get()));
}

void Endpoint::in_dialog(const Json& command,
                         void (*send)(nua_handle_t*, tag_type_t, tag_value_t, ...)) {
    TagList tags;
    message_tags(tags, command);
    send(leg_of(command).handle(), TAG_NEXT(tags.get()));
}

void Endpoint::outside(const Json& command,
                       void (*send)(nua_handle_t*, tag_type_t, tag_value_t, ...)) {
    const std::string name = command.at("call").get<std::string>();
    const auto known = legs_.find(name);
    Leg& leg = known == legs_.end() ? new_leg(name, command) : *known->second;
    leg.user = text(command, "user", leg.user);
    leg.password = text(command, "password", leg.password);
    leg.challenge_seen = false;
    TagList tags;
    tags.text_if(nutag_registrar, text(command, "registrar"));
    message_tags(tags, command);
    send(leg.handle(), TAG_NEXT(tags.get()));
}

void Endpoint::method(const Json& command) {
    const std::string name = command.at("call").get<std::string>();
    const auto known = legs_.find(name);
    Leg& leg = known == legs_.end() ? new_leg(name, command) : *known->second;
    TagList tags;
    tags.text(nutag_method, command.at("method").get<std::string>());
    message_tags(tags, command);
    nua_method(leg.handle(), TAG_NEXT(tags.get()));
}

}  // namespace sofia_peer
