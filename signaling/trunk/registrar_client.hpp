// SPDX-License-Identifier: BSD-2-Clause
// RegistrarClient: keeps one trunk registered: drives its RegistrationMachine.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "signaling/trunk/registration_machine.hpp"
#include "signaling/trunk/surroundings.hpp"
#include "signaling/trunk/trunk_states.hpp"

namespace portcullis::trunk {

// What makes a binding the one it is; with another one of these it is another registration.
struct RegistrationIdentity {
    std::string realm{};
    config::GatewayUri registrar{};
    std::optional<config::GatewayUri> outbound_proxy{};
    std::string aor{};
    std::string contact_user{};
    bool gin = false;

    // Empty: the trunk is not to be registered.
    [[nodiscard]] static std::optional<RegistrationIdentity> of(const policy::Trunk& trunk);
    bool operator==(const RegistrationIdentity&) const = default;
};

// One per registered trunk, on shard 0, made and ended by the TrunkService; held by shared_ptr only
// so that a late answer of the locator finds out that it is gone.
class RegistrarClient : public std::enable_shared_from_this<RegistrarClient> {
 public:
    // `around` outlives it.
    RegistrarClient(Surroundings& around, std::string trunk, RegistrationIdentity identity);
    ~RegistrarClient();
    RegistrarClient(const RegistrarClient&) = delete;
    RegistrarClient& operator=(const RegistrarClient&) = delete;

    // Begins `delay` from now.
    void start(const policy::Trunk& trunk, Duration delay);
    // The same registration with other times or another password.
    void configure(const policy::Trunk& trunk);
    // Removes the binding within `limit`; `done` is called once, possibly at once.
    void stop(Duration limit, std::function<void()> done);

    [[nodiscard]] const RegistrationIdentity& identity() const { return identity_; }
    [[nodiscard]] const std::string& trunk() const { return trunk_; }
    [[nodiscard]] RegistrationState state() const;

 private:
    [[nodiscard]] RegistrationTerms terms_of(const policy::Trunk& trunk) const;
    void apply(const RegistrationActions& actions);
    void locate();
    void send(const RegisterOrder& order);
    void on_outcome(const Outcome& outcome);
    void tell(RegistrationNews news) const;

    Surroundings& around_;
    std::string trunk_;
    RegistrationIdentity identity_;
    config::TrunkRegistrationConfig config_;
    config::TrunkAuthenticationConfig account_;
    std::string call_id_;
    std::string from_tag_;
    std::string contact_;  // of the last REGISTER that asked for a binding
    std::optional<RegistrationMachine> machine_;
    transaction::ClientId request_{};
    std::uint64_t sent_ = 0;
    std::uint64_t failures_ = 0;
    std::function<void()> done_;
    OwnTimer timer_;
};

}  // namespace portcullis::trunk
