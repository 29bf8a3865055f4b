// SPDX-License-Identifier: BSD-2-Clause
// The peer itself: a SIP user agent on Sofia-SIP's nua, moved by commands and heard by events.
#pragma once

#include <sofia-sip/nua.h>
#include <sofia-sip/su_wait.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/peers/sofia_peer/leg.hpp"
#include "tests/peers/sofia_peer/tag_list.hpp"

namespace sofia_peer {

struct Options {
    std::string url;              // where to listen, sip:address:port[;transport=…]
    std::string sips_url;         // where to listen for TLS, empty: nowhere
    std::string certificate_dir;  // agent.pem and cafile.pem
    std::string supported = "100rel, timer, replaces";
    std::string allow =
        "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, MESSAGE, NOTIFY, "
        "SUBSCRIBE, REFER, PUBLISH";
    std::string events =
        "presence, dialog, message-summary, reg, conference";  // SUBSCRIBE to these
    unsigned min_se = 90;
    std::set<std::string> manual;  // methods that only the script answers
};

// Owns the nua agent and all legs. Everything happens on the thread of the su_root it is given:
// commands by run(), the wire by nua's callback, which ends in on_nua_event(). nua handles
// transactions, dialogs, RAck matching, session timers and subscriptions; session descriptions are
// the script's (NUTAG_MEDIA_ENABLE(0)).
class Endpoint {
 public:
    Endpoint(su_root_t* root, const Options& options);
    ~Endpoint();
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    // Runs one command; throws std::runtime_error with a text for the script where it cannot.
    void run(const nlohmann::json& command);
    // Begins the end: dialogs are closed, then the loop breaks.
    void shut_down();

    // nua's callback, see endpoint_events.cpp.
    void on_nua_event(nua_event_t event, int status, const char* phrase, nua_handle_t* handle,
                      Leg* leg, const sip_t* sip, const tagi_t* tags);

 private:
    using Json = nlohmann::json;

    Leg& leg_of(const Json& command);
    Leg& new_leg(const std::string& name, const Json& command);
    Leg& adopt(nua_handle_t* handle);
    // Headers, body, session timer and 100rel of a command, as tags.
    void message_tags(TagList& tags, const Json& command) const;
    void timer_tags(TagList& tags, const Json& timer) const;

    void invite(const Json& command);
    void respond(const Json& command);
    void prack(const Json& command);
    void refer(const Json& command);
    void in_dialog(const Json& command, void (*send)(nua_handle_t*, tag_type_t, tag_value_t, ...));
    void outside(const Json& command, void (*send)(nua_handle_t*, tag_type_t, tag_value_t, ...));
    void method(const Json& command);

    void on_request(nua_event_t event, Leg& leg, const sip_t* sip, const tagi_t* tags);
    void on_response(nua_event_t event, Leg& leg, int status, const sip_t* sip);
    void on_invite_response(Leg& leg, int status, const sip_t* sip);
    bool answer_challenge(Leg& leg, const sip_t* sip);

    su_root_t* root_;
    Options options_;
    nua_t* nua_ = nullptr;
    std::map<std::string, std::unique_ptr<Leg>> legs_;
    std::set<std::string> phrases_;  // reason phrases that nua points to
    unsigned incoming_ = 0;
    bool ending_ = false;
};

}  // namespace sofia_peer
