// SPDX-License-Identifier: BSD-2-Clause
// SessionTimer: RFC 4028 on our side of one dialog: what to say, when to refresh, when to give up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::dialog {

struct SessionTimerTerms {
    enum class Use : std::uint8_t {
        Off,     // as if we had never heard of it
        Accept,  // when the peer asks for it
        Offer,   // we ask for it
    };
    Use use = Use::Accept;
    std::chrono::seconds expires{1800};  // what we ask for, and the longest that we agree to
    std::chrono::seconds min_se{90};     // the shortest; never below 90 (section 4)
    auto fields() { return std::tie(use, expires, min_se); }
};

// The extension is negotiated by every INVITE and UPDATE and its 2xx. Within the B2BUA each leg has
// one of its own: the two sides' intervals and refreshers have nothing to do with each other.
class SessionTimer {
 public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    explicit SessionTimer(SessionTimerTerms terms) : terms_(terms) {}

    // As UAC: the headers of an INVITE or UPDATE (7.1, 7.4), Supported apart.
    [[nodiscard]] Headers request_headers() const;
    // A 422 (7.3): true if the request is worth repeating, with the headers that there are now.
    [[nodiscard]] bool on_too_small(const sip::Message& response);
    // The 2xx to our INVITE or UPDATE (7.2).
    void on_response(const sip::Message& response, TimePoint now);

    // As UAS: looks at an INVITE or UPDATE (9). Empty: fine; else the Min-SE of a 422.
    [[nodiscard]] std::optional<std::string> on_request(const sip::Message& request);
    // The headers of the 2xx to the request looked at last, "Require: timer" among them where it
    // is due; from now on the interval counts.
    [[nodiscard]] Headers response_headers(TimePoint now);

    [[nodiscard]] bool is_active() const { return interval_.count() > 0; }
    [[nodiscard]] bool refreshes() const { return is_active() && we_refresh_; }
    [[nodiscard]] std::chrono::seconds interval() const { return interval_; }
    // When to send a refresh, and when to end the dialog without one (section 10).
    [[nodiscard]] std::optional<TimePoint> refresh_at() const;
    [[nodiscard]] std::optional<TimePoint> give_up_at() const;

    // For the checkpoint; times do not cross a restart: restart() counts anew.
    auto fields() { return std::tie(terms_, interval_, we_refresh_, learned_min_se_); }
    void restart(TimePoint now) { started_ = now; }

 private:
    // What the request that is being answered says, judged by section 9.
    struct Asked {
        bool supported = false;
        std::optional<std::chrono::seconds> expires;
        std::chrono::seconds min_se{0};
        std::optional<bool> uac_refreshes;
    };

    [[nodiscard]] std::chrono::seconds min_se() const;

    SessionTimerTerms terms_;
    std::chrono::seconds interval_{0};  // 0: no timer runs
    bool we_refresh_ = false;
    std::chrono::seconds learned_min_se_{0};  // the largest Min-SE of the dialog (7.4)
    TimePoint started_{};
    Asked asked_;
};

}  // namespace portcullis::dialog
