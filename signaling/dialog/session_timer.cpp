// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/dialog/session_timer.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "signaling/sip/simple_headers.hpp"

namespace portcullis::dialog {

namespace {

using sip::HeaderId;
using std::chrono::seconds;

// Section 4: no interval is shorter, whatever anybody says.
constexpr seconds kShortest{90};
// A Min-SE beyond a day is no wish to be served.
constexpr seconds kLongest{86400};

bool names_timer(const sip::Message& message, HeaderId header) {
    const auto options = message.values(header);
    return std::any_of(options.begin(), options.end(),
                       [](std::string_view option) { return text::iequals(option, "timer"); });
}

struct Expires {
    seconds interval;
    std::optional<bool> uac_refreshes;
};

std::optional<Expires> expires_of(const sip::Message& message) {
    const auto value = message.header(HeaderId::SessionExpires);
    const auto read = value ? sip::parse_session_expires(*value) : Result<sip::SessionExpires>{};
    if (!value || !read) return std::nullopt;
    Expires out{seconds(read->seconds), std::nullopt};
    if (text::iequals(read->refresher, "uac")) out.uac_refreshes = true;
    if (text::iequals(read->refresher, "uas")) out.uac_refreshes = false;
    return out;
}

// 0 without one.
seconds min_se_of(const sip::Message& message) {
    const auto value = message.header(HeaderId::MinSe);
    if (!value) return seconds(0);
    const auto number = text::cut(*value, ';').first;
    const auto read = sip::parse_delta_seconds(text::trim(number));
    return read ? seconds(*read) : seconds(0);
}

std::string value_of(seconds interval, bool uac_refreshes) {
    return std::to_string(interval.count()) + (uac_refreshes ? ";refresher=uac" : ";refresher=uas");
}

}  // namespace

seconds SessionTimer::min_se() const {
    return std::max({terms_.min_se, learned_min_se_, kShortest});
}

SessionTimer::Headers SessionTimer::request_headers() const {
    const bool asks = terms_.use == SessionTimerTerms::Use::Offer;
    if (terms_.use == SessionTimerTerms::Use::Off || (!asks && !is_active())) return {};
    const seconds shortest = min_se();
    Headers out;
    if (is_active()) {
        // 7.4: who refreshes goes on to do so.
        out.emplace_back("Session-Expires", value_of(std::max(interval_, shortest), we_refresh_));
    } else {
        out.emplace_back("Session-Expires",
                         std::to_string(std::max(terms_.expires, shortest).count()));
    }
    if (shortest > kShortest) out.emplace_back("Min-SE", std::to_string(shortest.count()));
    return out;
}

bool SessionTimer::on_too_small(const sip::Message& response) {
    const seconds wanted = min_se_of(response);
    if (terms_.use == SessionTimerTerms::Use::Off || wanted <= learned_min_se_ ||
        wanted > kLongest) {
        return false;
    }
    learned_min_se_ = wanted;
    return true;
}

void SessionTimer::on_response(const sip::Message& response, TimePoint now) {
    const auto expires = expires_of(response);
    if (terms_.use == SessionTimerTerms::Use::Off || !expires) {
        // 7.2: the timer of an earlier request is off, too.
        interval_ = seconds(0);
        return;
    }
    interval_ = std::max(expires->interval, kShortest);
    // A peer that forgets to say leaves it to us: then somebody refreshes in any case.
    we_refresh_ = expires->uac_refreshes.value_or(true);
    started_ = now;
}

std::optional<std::string> SessionTimer::on_request(const sip::Message& request) {
    asked_ = {};
    asked_.supported =
        names_timer(request, HeaderId::Supported) || names_timer(request, HeaderId::Require);
    asked_.min_se = min_se_of(request);
    if (const auto expires = expires_of(request)) {
        asked_.expires = expires->interval;
        asked_.uac_refreshes = expires->uac_refreshes;
    }
    learned_min_se_ = std::max(learned_min_se_, std::min(asked_.min_se, kLongest));
    if (terms_.use == SessionTimerTerms::Use::Off) return std::nullopt;
    const seconds shortest = std::max(terms_.min_se, kShortest);
    // 9: only who knows the extension understands a 422.
    if (asked_.supported && asked_.expires && *asked_.expires < shortest) {
        return std::to_string(shortest.count());
    }
    return std::nullopt;
}

SessionTimer::Headers SessionTimer::response_headers(TimePoint now) {
    using Use = SessionTimerTerms::Use;
    interval_ = seconds(0);
    if (terms_.use == Use::Off || (terms_.use == Use::Accept && !asked_.expires)) return {};
    // Table 2 of section 9: who does not know the extension can not refresh; who says, decides;
    // else the peer does, as it began.
    const bool uac_refreshes = asked_.supported && asked_.uac_refreshes.value_or(true);
    const seconds longest = asked_.expires.value_or(terms_.expires);
    interval_ = std::max({std::min(longest, terms_.expires), asked_.min_se, kShortest});
    if (asked_.expires) interval_ = std::min(interval_, std::max(*asked_.expires, kShortest));
    we_refresh_ = !uac_refreshes;
    started_ = now;
    Headers out{{"Session-Expires", value_of(interval_, uac_refreshes)}};
    if (uac_refreshes) out.emplace_back("Require", "timer");
    return out;
}

std::optional<TimePoint> SessionTimer::refresh_at() const {
    if (!refreshes()) return std::nullopt;
    return started_ + interval_ / 2;
}

std::optional<TimePoint> SessionTimer::give_up_at() const {
    if (!is_active()) return std::nullopt;
    return started_ + interval_ - std::min(seconds(32), interval_ / 3);
}

}  // namespace portcullis::dialog
