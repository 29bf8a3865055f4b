// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/redirection.hpp"

#include <algorithm>
#include <array>

namespace portcullis::headers {
namespace {

using config::RedirectionForm;
using sip::HeaderId;

struct ReasonCause {
    std::string_view reason;
    std::uint16_t cause;
};

// RFC 7544 table of section 5 (with erratum 3071 on "unavailable") and of section 6. Towards a
// cause the first row of a reason counts, towards a reason the first row of a cause.
constexpr std::array kMapping{
    ReasonCause{"unknown", 404},        ReasonCause{"unconditional", 302},
    ReasonCause{"user-busy", 486},      ReasonCause{"no-answer", 408},
    ReasonCause{"deflection", 480},     ReasonCause{"deflection", 487},
    ReasonCause{"unavailable", 503},    ReasonCause{"time-of-day", 404},
    ReasonCause{"do-not-disturb", 404}, ReasonCause{"follow-me", 404},
    ReasonCause{"out-of-service", 404}, ReasonCause{"away", 404},
};
constexpr std::uint16_t kUnknownCause = 404;

std::uint16_t cause_of(std::string_view reason) {
    const auto* const at = std::find_if(kMapping.begin(), kMapping.end(),
                                        [reason](const auto& row) { return row.reason == reason; });
    return at == kMapping.end() ? kUnknownCause : at->cause;
}

// nullptr for a cause that is no diversion.
const ReasonCause* row_of(std::uint16_t cause) {
    const auto* const at = std::find_if(kMapping.begin(), kMapping.end(),
                                        [cause](const auto& row) { return row.cause == cause; });
    return at == kMapping.end() ? nullptr : at;
}

HistoryPrivacy privacy_of(const Diversion& diversion) {
    if (diversion.privacy.empty()) return HistoryPrivacy::Unsaid;
    return diversion.privacy == "off" ? HistoryPrivacy::None : HistoryPrivacy::History;
}

// Puts entries below each other, each reached from the one before it.
class HistoryBuilder {
 public:
    void add(Party party, std::uint16_t cause, HistoryPrivacy privacy) {
        HistoryEntry made{.party = std::move(party), .privacy = privacy};
        if (!entries_.empty()) {
            made.cause = cause;
            made.target = HistoryTarget::Mp;
            made.target_index = entries_.back().index;
            made.index = entries_.back().index;
        }
        made.index.push_back(1);
        entries_.push_back(std::move(made));
    }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] std::vector<HistoryEntry> take() { return std::move(entries_); }

 private:
    std::vector<HistoryEntry> entries_;
};

// The entry that diverted to `entry`: what mp, rc or np name, else the one above it.
const HistoryEntry* diverting(const std::vector<HistoryEntry>& history, const HistoryEntry& entry) {
    HistoryIndex wanted = entry.target_index;
    if (entry.target == HistoryTarget::None) {
        wanted = entry.index;
        wanted.pop_back();
    }
    const auto at = std::find_if(history.begin(), history.end(), [&wanted](const auto& candidate) {
        return candidate.index == wanted;
    });
    return at == history.end() ? nullptr : &*at;
}

// Why the call came to `entry`: its own cause, else the Reason that the diverting entry has in the
// older form (RFC 4244 section 4.3.3.1.2); 0: it was not diverted.
std::uint16_t diversion_cause(const HistoryEntry& entry, const HistoryEntry& from) {
    if (entry.cause != 0) return entry.cause;
    return row_of(from.sip_reason) != nullptr ? from.sip_reason : std::uint16_t{0};
}

std::vector<Diversion> diversions_told(const Crossing& crossing) {
    auto out = read_diversions(crossing.message);
    if (!out.empty()) return out;
    return diversions_of(read_history(crossing.message));
}

// Where the request goes now: the newest entry of a history made from diversions.
Party target_of(const Crossing& crossing) {
    const auto& uri = crossing.message.essentials().request_uri;
    sip::NameAddr address;
    address.uri = uri;
    Party out = party_of(address).value_or(Party{});
    if (!crossing.context.called.empty()) {
        out = {.user = crossing.context.called};
    } else {
        out.user = crossing.context.map(NumberRole::Called, out.user);
    }
    out.standing = Standing::Known;
    return out;
}

void map_calling(const Crossing& crossing, Party& party) {
    if (party.standing != Standing::Known) return;
    party.user = crossing.context.map(NumberRole::Calling, party.user);
}

// The newest entry of a request is where it goes now.
void map_entry(const Crossing& crossing, const std::vector<HistoryEntry>& history,
               HistoryEntry& entry) {
    if (&entry != &history.back() || entry.party.standing != Standing::Known) {
        map_calling(crossing, entry.party);
        return;
    }
    entry.party.user = crossing.context.map(NumberRole::Called, entry.party.user);
}

bool tells(const Crossing& crossing, RedirectionForm form, HeaderId id) {
    const auto wanted = crossing.to.redirection;
    if (wanted == RedirectionForm::Pass) return crossing.message.has(id);
    return wanted == form || wanted == RedirectionForm::Both;
}

}  // namespace

std::vector<HistoryEntry> history_of(const std::vector<Diversion>& diversions,
                                     const Party& target) {
    HistoryBuilder out;
    if (diversions.empty()) return {};
    // The last value is the oldest.
    std::uint16_t cause = 0;
    for (auto at = diversions.rbegin(); at != diversions.rend(); ++at) {
        const auto left = static_cast<std::size_t>(diversions.rend() - at) + 1;  // and the target
        const std::size_t room = kMaxRedirections - std::min(kMaxRedirections, out.size() + left);
        const std::size_t hidden = std::min<std::size_t>(at->counter - 1, room);
        const bool first = out.size() == 0;
        const auto add_hidden = [&] {
            for (std::size_t i = 0; i < hidden; ++i) {
                out.add(unknown_party(), cause, HistoryPrivacy::Unsaid);
                cause = kUnknownCause;
            }
        };
        // Before the one that is known, but never before whom the call was for.
        if (!first) add_hidden();
        out.add(at->party, cause, privacy_of(*at));
        cause = cause_of(at->reason);
        if (first && hidden > 0) {
            const auto own = cause;
            cause = kUnknownCause;
            add_hidden();
            cause = own;
        }
    }
    out.add(target, cause, HistoryPrivacy::Unsaid);
    return out.take();
}

std::vector<Diversion> diversions_of(const std::vector<HistoryEntry>& history) {
    std::vector<Diversion> out;  // oldest first until the end
    std::uint32_t hidden = 0;
    for (const HistoryEntry& entry : history) {
        if (entry.index.size() < 2 && entry.target == HistoryTarget::None) continue;
        const HistoryEntry* const from = diverting(history, entry);
        if (from == nullptr) continue;
        const auto* const row = row_of(diversion_cause(entry, *from));
        if (row == nullptr) continue;
        if (from->party.standing == Standing::Unknown && !out.empty()) {
            // A placeholder: it only counts. The reason that is known is that of the last one.
            ++hidden;
            if (row->cause != kUnknownCause) out.back().reason = row->reason;
            continue;
        }
        Diversion made{.party = from->party, .reason = std::string(row->reason)};
        if (from->privacy == HistoryPrivacy::History) made.privacy = "full";
        if (from->privacy == HistoryPrivacy::None) made.privacy = "off";
        made.counter += hidden;
        hidden = 0;
        out.push_back(std::move(made));
    }
    if (!out.empty()) out.back().counter += hidden;
    for (Diversion& diversion : out) {
        diversion.counter = std::min(diversion.counter, kMaxDiversionCounter);
    }
    std::reverse(out.begin(), out.end());
    return out;
}

void pass_diversion(const Crossing& crossing, HeaderId id, HeaderList& out) {
    if (!tells(crossing, RedirectionForm::Diversion, id)) return;
    for (Diversion& diversion : diversions_told(crossing)) {
        const bool hides = diversion.privacy == "full" || diversion.privacy == "uri";
        if (crossing.applies_privacy() && diversion.privacy == "name") diversion.party.name.clear();
        if (crossing.anonymises_history() || (crossing.applies_privacy() && hides)) {
            diversion.party = anonymous_party();
        }
        if (crossing.applies_privacy() && diversion.privacy != "off") diversion.privacy.clear();
        map_calling(crossing, diversion.party);
        out.emplace_back(name(id), print(diversion, crossing.context.domain));
    }
}

void pass_history_info(const Crossing& crossing, HeaderId id, HeaderList& out) {
    if (!tells(crossing, RedirectionForm::HistoryInfo, id)) return;
    auto history = read_history(crossing.message);
    const bool made = history.empty() && crossing.message.is_request();
    if (made) {
        auto diversions = read_diversions(crossing.message);
        for (Diversion& diversion : diversions) map_calling(crossing, diversion.party);
        history = history_of(diversions, target_of(crossing));
    }
    for (HistoryEntry& entry : history) {
        const bool hides = entry.privacy == HistoryPrivacy::History;
        if (crossing.anonymises_history() || (crossing.applies_privacy() && hides)) {
            anonymise(entry);
        }
        if (!made) map_entry(crossing, history, entry);
        out.emplace_back(name(id), print(entry, crossing.context.domain));
    }
}

}  // namespace portcullis::headers
