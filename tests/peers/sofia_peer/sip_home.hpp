// SPDX-License-Identifier: BSD-2-Clause
// Memory for Sofia-SIP's header structures, freed with its owner.
#pragma once

#include <sofia-sip/su_alloc.h>

#include <new>

namespace sofia_peer {

class SipHome {
 public:
    SipHome() : home_(static_cast<su_home_t*>(su_home_new(sizeof(su_home_t)))) {
        if (home_ == nullptr) throw std::bad_alloc();
    }
    ~SipHome() { su_home_unref(home_); }
    SipHome(const SipHome&) = delete;
    SipHome& operator=(const SipHome&) = delete;

    su_home_t* get() { return home_; }

 private:
    su_home_t* home_;
};

}  // namespace sofia_peer
