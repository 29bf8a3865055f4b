// SPDX-License-Identifier: BSD-2-Clause
// ConfigAgent: the relay's side of a configuration change: Prepare, then Commit or Abort.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/ipc/management.hpp"
#include "mediarelay/control/config_store.hpp"
#include "mediarelay/control/relay_plan.hpp"

namespace portcullis::relay {

using Refusals = std::vector<management::Refusal>;

// What carries a plan out: the relay's app, and a recorder in tests.
class ConfigTarget {
 public:
    virtual ~ConfigTarget() = default;
    // Finds out whether the plan can be applied, opening what it adds aside; no reasons: it can.
    [[nodiscard]] virtual Refusals prepare(const RelayPlan& plan) = 0;
    // Gives back what prepare() opened.
    virtual void abort() = 0;
    // Applies a prepared plan; calls `done` once it is in force. Reasons: what did not work (the
    // rest is in force).
    virtual void apply(const RelayPlan& plan, std::function<void(Refusals)> done) = 0;
    // What was applied is stored, and its Commit answered.
    virtual void committed() = 0;
    // Applies at start what it can of a plan that was good once: devices may be missing still.
    virtual void apply_at_start(const RelayPlan& plan) = 0;
};

// Control thread. A prepared document is forgotten after 30 s.
class ConfigAgent {
 public:
    using ReplyHandler = std::function<void(const management::ConfigReply&)>;
    // Does `work` where waiting for a disk disturbs nobody, then `done` on the control thread.
    using Background = std::function<void(std::function<void()> work, std::function<void()> done)>;
    static constexpr std::chrono::seconds kPreparedLife{30};

    ConfigAgent(const Clock& clock, ConfigStore store, ConfigTarget& target, Background background)
        : clock_(clock),
          store_(std::move(store)),
          target_(target),
          background_(std::move(background)) {}

    // Applies the stored document. A file that cannot be used is set aside, with a log line.
    void start();
    // The stored document's plan without applying it: its settings are needed before anything else.
    [[nodiscard]] static std::optional<RelayPlan> stored_plan(const ConfigStore& store);

    [[nodiscard]] management::ConfigReply prepare(const management::Prepare& request);
    void commit(const management::Commit& request, ReplyHandler reply);
    [[nodiscard]] management::ConfigReply abort(const management::Abort& request);
    // Forgets what was prepared too long ago.
    void tick();

    // None while something of what was applied does not work, so that it is sent again.
    [[nodiscard]] ConfigVersion applied() const {
        return failed_.empty() ? applied_ : ConfigVersion{};
    }
    [[nodiscard]] ConfigVersion prepared() const {
        return prepared_ ? prepared_->version : ConfigVersion{};
    }

 private:
    struct Prepared {
        ConfigVersion version;
        std::string document;
        RelayPlan plan;
        TimePoint until;
    };
    void drop_prepared();
    void store(Refusals refusals, ReplyHandler reply);
    void finish(const Status& stored, Refusals refusals, const ReplyHandler& reply);

    const Clock& clock_;
    ConfigStore store_;
    ConfigTarget& target_;
    Background background_;
    ConfigVersion applied_;
    std::string applied_document_;
    Refusals failed_;  // what of it did not work: until it is applied without
    std::optional<Prepared> prepared_;
    bool committing_ = false;  // and so `prepared_` stays
};

}  // namespace portcullis::relay
