// SPDX-License-Identifier: BSD-2-Clause
// RegistrationMachine: one trunk's registration as UAC (RFC 3261 section 10.2), without I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "signaling/locate/locator.hpp"
#include "signaling/trunk/jitter.hpp"
#include "signaling/trunk/register_answer.hpp"
#include "signaling/trunk/trunk_account.hpp"

namespace portcullis::trunk {

struct RegistrationTerms {
    std::string request_uri{};  // what Digest is computed over
    std::uint32_t expires = 3600;
    Duration retry_min{};
    Duration retry_max{};
    auth::Account account{};               // without username: challenges are not answered
    std::vector<auth::Hash> algorithms{};  // that challenges may ask
};

enum class RegistrationPhase : std::uint8_t {
    Idle,           // not begun, or ended
    Locating,       // the registrar's servers are being found
    Registering,    // REGISTER is out; there may be a binding from before
    Registered,     // and nothing is out
    Waiting,        // for the next try; there may be a binding from before
    Unregistering,  // the last REGISTER is out
};
[[nodiscard]] std::string_view name_of(RegistrationPhase phase);

// The REGISTER to send.
struct RegisterOrder {
    locate::Located server;
    std::uint32_t cseq = 0;
    std::uint32_t expires = 0;  // 0 removes the binding
    TrunkCredentials credentials{};
};

enum class RegistrationNews : std::uint8_t {
    None,
    Registered,  // there was no binding before
    Lost,        // there was one
    Failed,      // a try failed, for another reason than the one before
};

struct RegistrationActions {
    bool locate = false;                  // answered by on_located or on_not_located
    std::optional<RegisterOrder> send{};  // its end comes as on_answer or on_failure
    std::optional<TimePoint> wake_at{};   // on_timer then; without one there is no timer
    RegistrationNews news = RegistrationNews::None;
    bool done = false;  // after stop(): nothing more to do
};

// One per registration, a value of shard 0. Every event answers all that is to be done, the timer
// included.
class RegistrationMachine {
 public:
    RegistrationMachine(RegistrationTerms terms, std::uint64_t seed)
        : terms_(std::move(terms)),
          jitter_(seed),
          account_(terms_.account, terms_.algorithms),
          asked_(terms_.expires) {}

    [[nodiscard]] RegistrationActions start(TimePoint now, Duration delay);
    // New times or another password; the binding stays, and a failed try is repeated at once.
    [[nodiscard]] RegistrationActions configure(RegistrationTerms terms, TimePoint now);
    [[nodiscard]] RegistrationActions on_timer(TimePoint now);
    [[nodiscard]] RegistrationActions on_located(std::vector<locate::Located> servers,
                                                 TimePoint now);
    [[nodiscard]] RegistrationActions on_not_located(std::string reason, TimePoint now);
    [[nodiscard]] RegistrationActions on_answer(const RegisterAnswer& answer, TimePoint now);
    // No final response, or it could not be delivered.
    [[nodiscard]] RegistrationActions on_failure(std::string reason, TimePoint now);
    // Removes the binding, if there is one, within `limit`.
    [[nodiscard]] RegistrationActions stop(TimePoint now, Duration limit);

    [[nodiscard]] RegistrationPhase phase() const { return phase_; }
    [[nodiscard]] bool registered() const { return until_.has_value(); }
    // When the binding ends.
    [[nodiscard]] std::optional<TimePoint> until() const { return until_; }
    // Since when it is registered or not.
    [[nodiscard]] TimePoint since() const { return since_; }
    // What went wrong last; empty after a success.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    [[nodiscard]] const std::vector<std::string>& service_route() const { return service_route_; }
    [[nodiscard]] const std::vector<std::string>& associated_uris() const {
        return associated_uris_;
    }
    // Where it is registered; of a registration that is not: where it was tried last.
    [[nodiscard]] const std::optional<locate::Located>& server() const { return server_; }

 private:
    RegistrationActions begin();
    RegistrationActions send(std::uint32_t expires);
    RegistrationActions send(std::uint32_t expires, TrunkCredentials credentials);
    [[nodiscard]] auth::DigestRequest request() const;
    RegistrationActions on_success(const RegisterAnswer& answer, TimePoint now);
    RegistrationActions on_challenge(const RegisterAnswer& answer, TimePoint now);
    RegistrationActions on_too_brief(const RegisterAnswer& answer, TimePoint now);
    RegistrationActions on_last_answer(const RegisterAnswer& answer);
    // The next server at once; after the last one, wait.
    RegistrationActions try_elsewhere(std::string reason, Duration at_least, TimePoint now);
    // A repetition will be refused as well: there is no binding, and no hurry.
    RegistrationActions refused(std::string reason, TimePoint now);
    RegistrationActions wait(std::string reason, Duration delay, TimePoint now);
    RegistrationActions finish();
    [[nodiscard]] Duration back_off();
    [[nodiscard]] Duration refresh_delay(Duration granted);
    [[nodiscard]] RegistrationActions due() const;
    bool lose(TimePoint now);

    RegistrationTerms terms_;
    Jitter jitter_;
    TrunkAccount account_;
    RegistrationPhase phase_ = RegistrationPhase::Idle;
    std::vector<locate::Located> servers_;
    std::size_t next_server_ = 0;  // behind the one being tried
    std::optional<locate::Located> server_;
    std::uint32_t cseq_ = 0;
    std::uint32_t asked_;         // what is asked: the terms, or what 423 wanted
    bool extended_ = false;       // the request under way, after a 423
    unsigned failures_ = 0;       // rounds over all servers in a row
    TimePoint action_at_{};       // of Waiting and Registered
    TimePoint stop_at_{};         // of Unregistering
    bool last_one_sent_ = false;  // of Unregistering
    std::optional<TimePoint> until_;
    TimePoint since_{};
    std::string reason_;
    std::vector<std::string> service_route_;
    std::vector<std::string> associated_uris_;
};

}  // namespace portcullis::trunk
