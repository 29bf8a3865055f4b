// SPDX-License-Identifier: BSD-2-Clause
// Transfer: a REFER that is carried out here (RFC 3515, RFC 5589): one leg of the call leaves,
// another takes its place.
#pragma once

#include <cstdint>
#include <string>

#include "policy/admission.hpp"
#include "signaling/b2bua/leg.hpp"

namespace portcullis::b2bua {

// Of a confirmed call; one at a time.
struct Transfer {
    Side from = Side::A;    // the leg that asked, and that is replaced
    std::string event;      // value of Event in its NOTIFYs
    bool notifies = true;   // the referrer wants to be told (RFC 4488)
    bool gone = false;      // the referrer has hung up meanwhile
    int last_notified = 0;  // status
    std::string referred_by;
};

// A leg that leaves its call for another one.
struct TakenLeg {
    Leg leg;
    policy::CallToken token;
};

// A dialog that a Replaces names (RFC 3891).
struct ReplacedDialog {
    CallId call;
    dialog::DialogId dialog;
    // Named as its far end knows it: who sends this wants to be joined with that far end.
    bool from_afar = false;
};

}  // namespace portcullis::b2bua
