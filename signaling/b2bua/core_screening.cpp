// SPDX-License-Identifier: BSD-2-Clause
// Core's door: which messages may enter, decided before they make any state (RFC 5853 section 3.1).
#include <span>

#include "common/base/log.hpp"
#include "common/base/text.hpp"
#include "policy/engine.hpp"
#include "signaling/b2bua/core.hpp"

namespace portcullis::b2bua {

using sip::Method;
using transaction::Verdict;

namespace {

// What the sender's verified certificate says it is.
std::span<const std::string> identities_of(const transport::Source& source) {
    return source.tls ? std::span<const std::string>(source.tls->identities)
                      : std::span<const std::string>{};
}

}  // namespace

std::string_view Core::realm_of(std::string_view name) const {
    const auto config = calls_.config();
    if (!config) return {};
    const auto* const interface = config->policy->find_sip_interface(name);
    return interface == nullptr ? std::string_view() : std::string_view(interface->realm);
}

policy::ClassifyFacts Core::facts_of(const sip::Message& request, const transport::Source& source,
                                     std::string_view realm) const {
    return {.interface = source.interface,
            .realm = realm,
            .source = source.remote,
            .transport = source.transport,
            .request_host = request.essentials().request_uri.host,
            .from_host = request.essentials().from.uri.host,
            .resolved = calls_.trunk_states().resolved().get(),
            .certificate = identities_of(source)};
}

bool Core::hears(std::string_view interface, const IpAddress& source) {
    const auto config = calls_.config();
    if (!config) return false;
    const auto realm = realm_of(interface);
    // An interface that was removed still serves the calls it has: screen() tells them.
    if (realm.empty() || policy::source_allowed(*config->policy, realm, source)) return true;
    ++counters_.dropped_denied;
    return false;
}

bool Core::answers_malformed(std::string_view interface, const IpAddress& source) {
    const auto config = calls_.config();
    if (config && policy::answers_malformed(*config->policy, realm_of(interface), source,
                                            calls_.trunk_states().resolved().get())) {
        return true;
    }
    ++counters_.dropped_unknown;
    return false;
}

// Whether the tags name a dialog of ours, or an INVITE of ours that is over but not forgotten.
bool Core::knows_dialog(const sip::Message& request) {
    auto* const entry = calls_.dialogs().find_for_request(request);
    if (entry != nullptr && calls_.find(entry->owner) != nullptr) return true;
    return passages_.knows(request);
}

// Who knows the tags of a dialog is heard; anyone else has to come from a trunk. The answers to the
// others keep no state and are not repeated, so nobody gets back more than he sends, and nothing is
// left of him here.
Verdict Core::screen(const sip::Message& request, const transport::Source& source) {
    const bool tagged = !request.essentials().to_tag.empty();
    if (tagged && knows_dialog(request)) return {};
    const auto realm = realm_of(source);
    if (realm.empty()) return Verdict::ignore();
    const bool stray = tagged || request.method() == Method::Cancel;
    const auto config = calls_.config();
    const auto found = policy::classify(*config->policy, facts_of(request, source, realm));
    const bool known = found.trunk != nullptr || (tagged && calls_.tombstones().knows(request));
    if (!known && found.unknown_source != config::UnknownSource::Reject) {
        ++counters_.dropped_unknown;
        return Verdict::ignore();
    }
    if (stray) {
        ++counters_.without_dialog;
        return Verdict::refuse(481, "no such call");
    }
    if (found.trunk != nullptr) {
        auto refusal = challenger_.judge(*found.trunk, request, source, calls_.clock().now());
        if (!refusal) return {};
        return Verdict::refuse(refusal->status, std::move(refusal->headers));
    }
    if (known) return {};
    ++counters_.refused_unknown;
    return Verdict::refuse(403);
}

// The leg's own peer, on whatever port, or another address of its trunk (design: a request with the
// right tags from elsewhere proves nothing). A trunk known by certificate has to show it.
bool Core::may_speak_for(const Leg& leg, const transport::Source& source) const {
    const auto config = calls_.config();
    const auto* const trunk = config->policy->find_trunk(leg.trunk);
    const bool by_certificate = trunk != nullptr && !trunk->certificates.empty();
    if (!by_certificate && source.remote.address == leg.signaling_source) return true;
    return trunk != nullptr &&
           policy::belongs_to(*trunk, source.remote.address, calls_.trunk_states().resolved().get(),
                              identities_of(source));
}

void Core::report_foreign(const sip::Message& request, const transport::Source& source,
                          const Leg& leg) const {
    log::component("security")
        .warn("foreign_in_dialog_request source={} method={} trunk={}", source.remote.text(),
              text::printable(request.method_text(), 32), leg.trunk);
}

// Challenged where its trunk has users (design 8.7). A request from where the peer was is not: the
// call was set up with credentials, its tags are known to the peer alone, and field equipment gives
// a call up whose BYE or re-INVITE is challenged. A trunk known by certificate has to show that.
bool Core::proves_itself(transaction::ServerId id, const sip::Message& request,
                         const transport::Source& source, const Leg& leg, Call* call) {
    const auto config = calls_.config();
    const auto* const trunk = config->policy->find_trunk(leg.trunk);
    Challenger::Refusal refusal{.status = 403};
    if (trunk != nullptr && trunk->certificates.empty() && is_challenged(*trunk)) {
        auto judged = challenger_.judge(*trunk, request, source, calls_.clock().now());
        if (!judged) return true;
        refusal = std::move(*judged);
    }
    if (refusal.status == 403) {
        ++counters_.refused_foreign;
        report_foreign(request, source, leg);
    }
    const auto why = refusal.status == 403 ? kForeign : sip::Warning();
    if (call != nullptr) {
        call->note(
            text::printable(request.method_text(), 32) + " from " + source.remote.text() +
            " answered " + std::to_string(refusal.status) +
            (refusal.status == 403 ? ": not from this address" : ": it has to show who it is"));
    }
    refuse(id, request, refusal.status, why, std::move(refusal.headers));
    return false;
}

}  // namespace portcullis::b2bua
