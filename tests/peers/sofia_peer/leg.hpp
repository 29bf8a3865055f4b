// SPDX-License-Identifier: BSD-2-Clause
// One dialog (or transaction outside of any) of the peer, under the name the script knows it by.
#pragma once

#include <sofia-sip/msg.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/sip.h>

#include <cstdint>
#include <map>
#include <string>

#include "tests/peers/sofia_peer/sip_home.hpp"

namespace sofia_peer {

// Owned by the Endpoint, which is also nua's only user; one thread. Lives until the endpoint ends,
// so that a late event always finds its leg. Owns its nua handle and holds a reference to each
// request that is waiting for the script's answer.
class Leg {
 public:
    Leg(std::string name, nua_handle_t* handle);
    ~Leg();
    Leg(const Leg&) = delete;
    Leg& operator=(const Leg&) = delete;

    const std::string& name() const { return name_; }
    nua_handle_t* handle() const { return handle_; }

    // Keeps a request until the script answers it; the newest of a method replaces an older one.
    void keep_request(const std::string& method, msg_t* request);
    // The kept request of that method, or null.
    msg_t* request(const std::string& method) const;
    void drop_request(const std::string& method);

    std::string user, password;  // answers 401 and 407 with these, once per request
    bool manual_ack = false;     // the script sends the ACK of a 2xx
    bool manual_prack = false;   // the script sends the PRACK of a reliable 18x
    bool offer_sent = false;     // our INVITE carried SDP, so a response's SDP is an answer
    bool challenge_seen = false;
    bool answer_in_prack = false;      // our reliable 18x carried an offer
    std::uint32_t rseq = 0, cseq = 0;  // of the newest reliable provisional response

    // The Event of a received REFER, which its NOTIFYs must carry; kept as a copy.
    void keep_refer_event(const sip_event_t* event);
    const sip_event_t* refer_event() const { return refer_event_; }

 private:
    std::string name_;
    nua_handle_t* handle_;
    std::map<std::string, msg_t*> requests_;
    SipHome home_;
    sip_event_t* refer_event_ = nullptr;
};

}  // namespace sofia_peer
