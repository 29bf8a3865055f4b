// SPDX-License-Identifier: BSD-2-Clause
// One dialog (or transaction outside of any) of the peer.
#include "tests/peers/sofia_peer/leg.hpp"

#include <sofia-sip/sip_header.h>

#include <utility>

namespace sofia_peer {

Leg::Leg(std::string name, nua_handle_t* handle) : name_(std::move(name)), handle_(handle) {}

Leg::~Leg() {
    for (auto& [method, request] : requests_) msg_destroy(request);
    nua_handle_destroy(handle_);
}

void Leg::keep_request(const std::string& method, msg_t* request) {
    drop_request(method);
    requests_[method] = msg_ref_create(request);
}

msg_t* Leg::request(const std::string& method) const {
    const auto found = requests_.find(method);
    return found == requests_.end() ? nullptr : found->second;
}

void Leg::drop_request(const std::string& method) {
    const auto found = requests_.find(method);
    if (found == requests_.end()) return;
    msg_destroy(found->second);
    requests_.erase(found);
}

void Leg::keep_refer_event(const sip_event_t* event) {
    refer_event_ = event == nullptr ? nullptr : sip_event_dup(home_.get(), event);
}

}  // namespace sofia_peer
