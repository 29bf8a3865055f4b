// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/registration_machine.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace portcullis::trunk {
namespace {

using std::chrono::seconds;

constexpr seconds kRefreshLead{30};
constexpr seconds kSoonestRefresh{5};               // whatever a registrar grants
constexpr std::uint32_t kLongestExpires = 604'800;  // that a 423 may ask for
constexpr unsigned kMaxDoublings = 16;

std::string text_of(const RegisterAnswer& answer) {
    return std::to_string(answer.code) +
           (answer.phrase.empty() ? std::string() : " " + answer.phrase);
}

// Failures of that server or of its path, not of what we ask.
bool may_work_elsewhere(int code) {
    constexpr std::array kCodes{408, 430, 500, 502, 503, 504};
    return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

}  // namespace

std::string_view name_of(RegistrationPhase phase) {
    constexpr std::array<std::string_view, 6> kNames{"idle",       "locating", "registering",
                                                     "registered", "waiting",  "unregistering"};
    return kNames[static_cast<std::size_t>(phase)];
}

RegistrationActions RegistrationMachine::start(TimePoint now, Duration delay) {
    phase_ = RegistrationPhase::Waiting;
    since_ = now;
    action_at_ = now + delay;
    return due();
}

RegistrationActions RegistrationMachine::configure(RegistrationTerms terms, TimePoint now) {
    terms_ = std::move(terms);
    account_ = TrunkAccount(terms_.account, terms_.algorithms);
    asked_ = terms_.expires;
    if (phase_ == RegistrationPhase::Waiting) {
        failures_ = 0;
        action_at_ = now;
    }
    return due();
}

RegistrationActions RegistrationMachine::on_timer(TimePoint now) {
    if (phase_ == RegistrationPhase::Unregistering) return now < stop_at_ ? due() : finish();
    const bool lost = until_ && now >= *until_ && lose(now);
    if (lost && reason_.empty()) reason_ = "it was not renewed in time";
    if (lost && phase_ == RegistrationPhase::Registered) phase_ = RegistrationPhase::Waiting;
    const bool at_rest =
        phase_ == RegistrationPhase::Waiting || phase_ == RegistrationPhase::Registered;
    auto actions = at_rest && now >= action_at_ ? begin() : due();
    if (lost) actions.news = RegistrationNews::Lost;
    return actions;
}

RegistrationActions RegistrationMachine::begin() {
    phase_ = RegistrationPhase::Locating;
    extended_ = false;
    auto actions = due();
    actions.locate = true;
    return actions;
}

RegistrationActions RegistrationMachine::on_located(std::vector<locate::Located> servers,
                                                    TimePoint now) {
    if (phase_ != RegistrationPhase::Locating) return due();
    if (servers.empty()) return on_not_located("no server", now);
    servers_ = std::move(servers);
    // The server that has the binding comes first; a registrar's servers need not share theirs.
    if (until_ && server_) {
        const auto same = [this](const locate::Located& one) {
            return one.remote == server_->remote && one.transport == server_->transport;
        };
        const auto at = std::find_if(servers_.begin(), servers_.end(), same);
        if (at != servers_.end()) std::rotate(servers_.begin(), at, at + 1);
    }
    next_server_ = 0;
    return try_elsewhere({}, {}, now);
}

RegistrationActions RegistrationMachine::on_not_located(std::string reason, TimePoint now) {
    if (phase_ != RegistrationPhase::Locating) return due();
    ++failures_;
    return wait("the registrar is not found: " + std::move(reason), back_off(), now);
}

RegistrationActions RegistrationMachine::on_answer(const RegisterAnswer& answer, TimePoint now) {
    if (answer.code < 200) return due();
    if (phase_ == RegistrationPhase::Unregistering) return on_last_answer(answer);
    if (phase_ != RegistrationPhase::Registering) return due();
    if (answer.code < 300) return on_success(answer, now);
    if (answer.code < 400) {
        // 10.2 lets us follow; but whoever can redirect a registration gets the trunk's calls.
        return refused("redirected by " + text_of(answer) + ", which is not followed", now);
    }
    if (answer.code == 401 || answer.code == 407) return on_challenge(answer, now);
    if (answer.code == 423) return on_too_brief(answer, now);
    if (!may_work_elsewhere(answer.code)) return refused(text_of(answer), now);
    return try_elsewhere(text_of(answer), seconds(answer.retry_after.value_or(0)), now);
}

RegistrationActions RegistrationMachine::on_failure(std::string reason, TimePoint now) {
    if (phase_ == RegistrationPhase::Unregistering) {
        if (last_one_sent_ || !until_) return finish();
        last_one_sent_ = true;
        return send(0);
    }
    if (phase_ != RegistrationPhase::Registering) return due();
    return try_elsewhere(std::move(reason), {}, now);
}

RegistrationActions RegistrationMachine::stop(TimePoint now, Duration limit) {
    if (phase_ == RegistrationPhase::Unregistering) return due();
    stop_at_ = now + limit;
    // 10.2: no new REGISTER before the one under way is answered; it may have made a binding.
    const bool under_way = phase_ == RegistrationPhase::Registering;
    if (!under_way && !until_) return finish();
    phase_ = RegistrationPhase::Unregistering;
    last_one_sent_ = !under_way;
    if (under_way) return due();
    account_.begin();
    return send(0);
}

RegistrationActions RegistrationMachine::on_success(const RegisterAnswer& answer, TimePoint now) {
    const auto granted =
        std::min(answer.contact_expires.value_or(answer.expires.value_or(asked_)), asked_);
    if (granted == 0) return refused("it grants no time", now);
    const bool is_new = !until_;
    if (is_new) since_ = now;
    until_ = now + seconds(granted);
    failures_ = 0;
    reason_.clear();
    service_route_ = answer.service_route;
    associated_uris_ = answer.associated_uris;
    phase_ = RegistrationPhase::Registered;
    action_at_ = now + refresh_delay(seconds(granted));
    auto actions = due();
    if (is_new) actions.news = RegistrationNews::Registered;
    return actions;
}

// 22.2, 22.3: the account is for the registrar and, on the way to it, for the trunk's own proxy.
RegistrationActions RegistrationMachine::on_challenge(const RegisterAnswer& answer, TimePoint now) {
    auto credentials = account_.answer(answer, request());
    if (!credentials) {
        if (phase_ == RegistrationPhase::Unregistering) return finish();
        return refused(text_of(answer) + ": " + credentials.error(), now);
    }
    const auto expires = phase_ == RegistrationPhase::Unregistering ? 0 : asked_;
    return send(expires, std::move(*credentials));
}

RegistrationActions RegistrationMachine::on_too_brief(const RegisterAnswer& answer, TimePoint now) {
    const auto least = answer.min_expires.value_or(0);
    if (extended_ || least <= asked_ || least > kLongestExpires) {
        return refused(text_of(answer) + ", with no time that can be asked", now);
    }
    asked_ = least;
    extended_ = true;
    account_.begin();
    return send(asked_);
}

RegistrationActions RegistrationMachine::on_last_answer(const RegisterAnswer& answer) {
    if (last_one_sent_) {
        const bool challenged = answer.code == 401 || answer.code == 407;
        return challenged ? on_challenge(answer, {}) : finish();
    }
    if (answer.code >= 300 && !until_) return finish();
    last_one_sent_ = true;
    account_.begin();
    return send(0);
}

auth::DigestRequest RegistrationMachine::request() const {
    return {.method = "REGISTER", .uri = terms_.request_uri, .body = {}};
}

RegistrationActions RegistrationMachine::send(std::uint32_t expires) {
    return send(expires, account_.ahead(request()));
}

RegistrationActions RegistrationMachine::send(std::uint32_t expires, TrunkCredentials credentials) {
    if (expires > 0) phase_ = RegistrationPhase::Registering;
    auto actions = due();
    actions.send = RegisterOrder{.server = *server_,
                                 .cseq = ++cseq_,
                                 .expires = expires,
                                 .credentials = std::move(credentials)};
    return actions;
}

RegistrationActions RegistrationMachine::try_elsewhere(std::string reason, Duration at_least,
                                                       TimePoint now) {
    if (next_server_ == servers_.size()) {
        ++failures_;
        const auto longest = std::min(at_least, terms_.retry_max);
        return wait(std::move(reason), std::max(back_off(), longest), now);
    }
    server_ = servers_[next_server_++];
    account_.begin();
    return send(asked_);
}

RegistrationActions RegistrationMachine::refused(std::string reason, TimePoint now) {
    const bool lost = lose(now);
    account_.forget();
    ++failures_;
    auto actions = wait(std::move(reason), jitter_.within(terms_.retry_max, 90, 100), now);
    if (lost) {
        actions = due();
        actions.news = RegistrationNews::Lost;
    }
    return actions;
}

RegistrationActions RegistrationMachine::wait(std::string reason, Duration delay, TimePoint now) {
    const bool other = reason != reason_;
    reason_ = std::move(reason);
    phase_ = RegistrationPhase::Waiting;
    action_at_ = now + delay;
    auto actions = due();
    if (other) actions.news = RegistrationNews::Failed;
    return actions;
}

RegistrationActions RegistrationMachine::finish() {
    phase_ = RegistrationPhase::Idle;
    until_.reset();
    return {.done = true};
}

// RFC 5626 section 4.5.
Duration RegistrationMachine::back_off() {
    const auto doublings = std::min(failures_ > 0 ? failures_ - 1 : 0, kMaxDoublings);
    const auto longest =
        std::min(terms_.retry_min * (std::int64_t{1} << doublings), terms_.retry_max);
    return jitter_.within(longest, 50, 100);
}

// Early enough for a few tries; spread, since many trunks register when the process starts.
Duration RegistrationMachine::refresh_delay(Duration granted) {
    const auto lead = std::max<Duration>(kRefreshLead, granted / 5);
    const auto delay = std::max(granted - lead, granted / 2);
    return std::max<Duration>(jitter_.within(delay, 90, 100), kSoonestRefresh);
}

RegistrationActions RegistrationMachine::due() const {
    RegistrationActions actions;
    switch (phase_) {
        case RegistrationPhase::Idle:
            break;
        case RegistrationPhase::Unregistering:
            actions.wake_at = stop_at_;
            break;
        case RegistrationPhase::Locating:
        case RegistrationPhase::Registering:
            actions.wake_at = until_;
            break;
        case RegistrationPhase::Registered:
        case RegistrationPhase::Waiting:
            actions.wake_at = until_ ? std::min(action_at_, *until_) : action_at_;
            break;
    }
    return actions;
}

bool RegistrationMachine::lose(TimePoint now) {
    if (!until_) return false;
    until_.reset();
    since_ = now;
    service_route_.clear();
    associated_uris_.clear();
    return true;
}

}  // namespace portcullis::trunk
