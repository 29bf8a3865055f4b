// SPDX-License-Identifier: BSD-2-Clause
// Redirections of leg B (RFC 3261 section 8.1.3.4): followed where policy would take a call to that
// number anyway, passed on, or taken as a refusal.
#include "common/base/text.hpp"
#include "policy/engine.hpp"
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/call_attributes.hpp"
#include "signaling/sip/redirect.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::b2bua {
namespace {

constexpr std::size_t kMaxContacts = 5;
constexpr std::size_t kMaxRedirections = 5;

}  // namespace

// As whom the call goes to that number: A, or in a transfer the referrer, with its rights.
policy::CallAttributes Call::attributes_to(std::string called) const {
    auto call = attributes_of({.source = setup_.source,
                               .realm = record_.a_realm,
                               .trunk = record_.a_trunk,
                               .calling = record_.from_number_original,
                               .request = setup_.invite.get()},
                              std::move(called));
    if (!transfer_) return call;
    const Leg& referrer = transfer_->from == Side::A ? a_ : b_;
    call.realm = referrer.realm;
    call.trunk = referrer.trunk;
    call.interface = referrer.address.interface;
    // Who is transferred calls the new party (RFC 5589 section 6.1).
    call.calling =
        transfer_->from == Side::A ? record_.to_number_original : record_.from_number_original;
    return call;
}

// The Contacts of a 3xx become the next targets, best first. True: the call goes on, or has been
// answered with the redirection.
bool Call::redirected(Attempt& attempt, const sip::Message& response) {
    using config::RedirectHandling;
    const int code = response.status_code();
    if (attempt.leg.session.redirect == RedirectHandling::Reject) return false;
    const auto contacts = sip::redirect_targets(response);
    if (attempt.leg.session.redirect == RedirectHandling::Pass) {
        pass_redirect(attempt, response);
        return true;
    }
    // The target that redirects is one of them.
    redirections_.insert(attempt.target.called + "@" + attempt.target.endpoint.address.host_text());
    std::vector<policy::Target> found;
    for (const auto& contact : contacts) {
        if (found.size() >= kMaxContacts) break;
        const auto& uri = contact.address.uri;
        if (!uri.is_sip()) continue;
        const std::string called(text::cut(uri.user_text(), ';').first);
        const std::string place = called + "@" + text::to_lower(uri.host);
        // A target that was tried already would bring the same answer (16.5).
        if (redirections_.size() > kMaxRedirections || !redirections_.insert(place).second) {
            story("redirection to " + called + " is not followed: seen before, or too many");
            continue;
        }
        const auto decision = policy::decide_redirect(*env_.config()->policy, attributes_to(called),
                                                      uri.host, uri.port, attempt.target.trunk);
        if (const auto* const refused = decision.reject()) {
            story("redirection to " + called + " is refused: " + refused->reason);
            continue;
        }
        for (auto& target : usable_targets(decision.proceed()->targets)) {
            found.push_back(std::move(target));
        }
    }
    if (found.empty()) return false;
    story("redirected by " + attempt.target.trunk + " to " + found.front().called + " on " +
          found.front().trunk);
    targets_.insert(targets_.begin(), found.begin(), found.end());
    attempt_failed(attempt.number, code, "redirected", true);
    return true;
}

// A is told the numbers, at our own address: what it calls then comes to us again.
void Call::pass_redirect(Attempt& attempt, const sip::Message& response) {
    HeaderList contacts;
    for (const auto& contact : sip::redirect_targets(response)) {
        const auto& uri = contact.address.uri;
        if (!uri.is_sip() || contacts.size() >= kMaxContacts) continue;
        std::string value = "<sip:" + sip::percent_escape(text::cut(uri.user_text(), ';').first,
                                                          sip::CharClass::User);
        value += "@" + a_.address.local.text() + ">";
        if (contact.q < 1000) value += ";q=0." + std::to_string(1000 + contact.q).substr(1);
        contacts.emplace_back("Contact", std::move(value));
    }
    const int code = contacts.empty() ? 480 : response.status_code();
    story("redirection of " + attempt.target.trunk + " is passed on");
    drop_attempt(attempt.number, response.status_code(), "redirected");
    release(record::ReleasedBy::B, code, "redirected", std::move(contacts));
}

}  // namespace portcullis::b2bua
