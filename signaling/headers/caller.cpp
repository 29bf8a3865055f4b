// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/caller.hpp"

#include <optional>
#include <vector>

#include "common/base/text.hpp"

namespace portcullis::headers {
namespace {

using config::CallerSource;
using config::IdentityUse;
using sip::HeaderId;

// RFC 3325 section 9.1: at most one SIP and one tel URI.
constexpr std::size_t kMaxAsserted = 2;

std::vector<Party> parties(const sip::Message& message, HeaderId id) {
    std::vector<Party> out;
    for (const auto value : message.values(id)) {
        if (out.size() == kMaxAsserted) break;
        if (auto party = parse_party(value)) out.push_back(std::move(*party));
    }
    return out;
}

// The Remote-Party-ID of the sender: party=calling in a request, =called in a response, which is
// also what an absent parameter means (section 6.3).
std::optional<Party> remote_party(const sip::Message& message) {
    const std::string_view wanted = message.is_request() ? "calling" : "called";
    for (const auto value : message.values(HeaderId::RemotePartyId)) {
        const auto address = sip::parse_name_addr(value);
        if (!address) continue;
        if (text::iequals(address->params.get("party").value_or(wanted), wanted)) {
            return party_of(*address);
        }
    }
    return std::nullopt;
}

// Of two identities the one with a number: a dialling plan knows nothing of names.
std::optional<Party> numbered(const std::vector<Party>& found) {
    for (const Party& party : found) {
        if (!party.user.empty() && (party.user[0] == '+' || text::is_digit(party.user[0]))) {
            return party;
        }
    }
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::optional<Party> from_source(const sip::Message& request, CallerSource source, bool trusted) {
    switch (source) {
        case CallerSource::Asserted:
            if (!trusted) return std::nullopt;
            return numbered(parties(request, HeaderId::PAssertedIdentity));
        case CallerSource::RemoteParty:
            return trusted ? remote_party(request) : std::nullopt;
        case CallerSource::Preferred:
            return numbered(parties(request, HeaderId::PPreferredIdentity));
        case CallerSource::From:
            return party_of(request.essentials().from);
    }
    return std::nullopt;
}

// Who the sender is, as a trusted sender says, in whichever header.
std::vector<Party> asserted(const Crossing& crossing) {
    if (!crossing.from.trusted) return {};
    auto found = parties(crossing.message, HeaderId::PAssertedIdentity);
    if (!found.empty()) return found;
    if (auto party = remote_party(crossing.message)) found.push_back(std::move(*party));
    return found;
}

// The identities that go out in a header used as `use` says; numbers as the receiver knows them.
std::vector<Party> identities(const Crossing& crossing, IdentityUse use) {
    if (use == IdentityUse::Drop || !crossing.may_name_caller()) return {};
    auto out = asserted(crossing);
    const bool starts = crossing.kind == MessageKind::Invite ||
                        crossing.kind == MessageKind::OutOfDialog ||
                        crossing.kind == MessageKind::Refer;
    if (out.empty() && use == IdentityUse::Make && starts) {
        Party caller = find_caller(crossing.message, crossing.from);
        // Nobody is asserted to be nobody.
        if (caller.standing == Standing::Known && !caller.user.empty()) {
            out.push_back(std::move(caller));
        }
    }
    for (Party& party : out) {
        if (party.standing == Standing::Known) {
            party.user = crossing.context.map(NumberRole::Calling, party.user);
        }
    }
    return out;
}

}  // namespace

Party find_caller(const sip::Message& request, const policy::IdentityRules& from) {
    for (const CallerSource source : from.caller_source) {
        if (auto found = from_source(request, source, from.trusted)) return *found;
    }
    return party_of(request.essentials().from).value_or(Party{});
}

FromParts make_from(const sip::Message& request, const PassContext& context,
                    std::string_view calling) {
    const auto crossing = make_crossing(request, context);
    const auto own = party_of(request.essentials().from).value_or(Party{});
    if (crossing.anonymises_caller()) {
        const Party hidden = anonymous_party();
        return {hidden.name, hidden.user, std::string(kAnonymousHost)};
    }
    if (own.standing == Standing::Anonymous) {
        return {clean_text(request.essentials().from.display_text()), own.user,
                std::string(kAnonymousHost)};
    }
    if (crossing.privacy.hides_caller()) {
        // Somebody else is the privacy service: From says no more than the caller made it say.
        return {own.name, context.map(NumberRole::Calling, own.user), context.domain};
    }
    const Party caller = find_caller(request, crossing.from);
    return {caller.name.empty() ? own.name : caller.name, std::string(calling), context.domain};
}

void pass_asserted_identity(const Crossing& crossing, HeaderId id, HeaderList& out) {
    for (const Party& party : identities(crossing, crossing.to.asserted_identity)) {
        out.emplace_back(name(id), print_party(party, crossing.context.domain));
    }
}

void pass_preferred_identity(const Crossing& crossing, HeaderId id, HeaderList& out) {
    // 9.2: one identity; a response has none.
    if (crossing.message.is_response()) return;
    const auto found = numbered(identities(crossing, crossing.to.preferred_identity));
    if (found) out.emplace_back(name(id), print_party(*found, crossing.context.domain));
}

void pass_remote_party_id(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto found = numbered(identities(crossing, crossing.to.remote_party_id));
    if (!found) return;
    std::string value = print_party(*found, crossing.context.domain);
    value += crossing.message.is_request() ? ";party=calling" : ";party=called";
    value += asserted(crossing).empty() ? ";screen=no" : ";screen=yes";
    value += crossing.privacy.hides_caller() ? ";privacy=full" : ";privacy=off";
    out.emplace_back(name(id), std::move(value));
}

void pass_privacy(const Crossing& crossing, HeaderId id, HeaderList& out) {
    PrivacyRequest left = crossing.privacy;
    if (crossing.applies_privacy()) {
        // RFC 3323 section 5: what has been done is not asked for again.
        left = {};
        left.none = crossing.privacy.none;
    }
    auto value = print_privacy(left);
    if (!value.empty()) out.emplace_back(name(id), std::move(value));
}

}  // namespace portcullis::headers
