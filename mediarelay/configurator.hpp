// SPDX-License-Identifier: BSD-2-Clause
// Configurator: carries configuration plans out: devices, filters, pools, next hops, worker tables.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mediarelay/control/config_agent.hpp"
#include "mediarelay/control/media_pools.hpp"
#include "mediarelay/control/worker_gateway.hpp"
#include "mediarelay/device_set.hpp"
#include "mediarelay/kernel/media_filter.hpp"
#include "mediarelay/kernel/next_hops.hpp"
#include "mediarelay/worker_table_builder.hpp"

namespace portcullis::relay {

// Control thread. Order of a change: devices are opened aside at Prepare; at Commit the kernel is
// kept quiet first (filter, XDP maps), then next hops and worker tables follow, and what is no
// longer used is closed when no worker has it any more. An interface that is missing at start, or
// goes away, is opened as soon as it is there.
class Configurator final : public ConfigTarget {
 public:
    struct Parts {
        Netlink& netlink;
        MediaDevices& devices;
        MediaFilter& filter;
        NextHops& hops;
        MediaPools& pools;
        std::vector<WorkerGateway*> workers;
        std::function<std::size_t()> live_sessions;
        // Restart-only settings changed and no session lives: the process starts anew.
        std::function<void()> restart;
        std::function<void(const config::RelayConfig&)> on_settings;
    };

    // `running`: the settings that the process was started with.
    Configurator(Parts parts, const config::RelayConfig& running)
        : parts_(std::move(parts)),
          running_(running),
          devices_([this](const InterfacePlan& plan, bool in_use) {
              return parts_.devices.open(plan, in_use);
          }) {}

    [[nodiscard]] Refusals prepare(const RelayPlan& plan) override;
    void abort() override;
    void apply(const RelayPlan& plan, std::function<void(Refusals)> done) override;
    void committed() override;
    void apply_at_start(const RelayPlan& plan) override;

    // Pools changed by themselves (a drained one is gone): make tables anew.
    void republish();
    // Opens what is missing and sees to what somebody took from us; call once a second.
    void retry_missing();
    // The interface has other properties now.
    void on_link_changed(const Link& link);
    // The interface went away (its index is known no more).
    void on_link_removed(LinkIndex link);
    // Any of that may have happened.
    void on_events_lost();
    // Orderly stop, after the workers ended: XDP programs go, and the filter unless sessions wait
    // for the next process: without it the kernel would tell their peers that nobody listens.
    void shut_down(bool sessions_wait);

    [[nodiscard]] const std::vector<std::unique_ptr<OpenDevice>>& open_devices() const {
        return devices_.open();
    }
    // Wanted and not open.
    [[nodiscard]] std::vector<std::string> missing() const;

 private:
    using Done = std::function<void(Refusals)>;

    [[nodiscard]] Refusals check_settings(const RelayPlan& plan) const;
    [[nodiscard]] Refusals check_start_settings(const RelayPlan& plan) const;
    [[nodiscard]] Refusals check_addresses(const RelayPlan& plan);
    // The interfaces that are configured or that a pool drains on.
    [[nodiscard]] std::vector<InterfacePlan> wanted() const;
    [[nodiscard]] bool recheck_links();
    // Keeps the kernel quiet, then tells next hops and workers; `done` when workers followed.
    void publish(Refusals refusals, Done done);
    [[nodiscard]] Refusals silence_kernel();
    void tell_next_hops();
    void swap_tables(const WorkerTableSet& tables, std::function<void()> done);
    void drop_unused();

    Parts parts_;
    config::RelayConfig running_;
    RelayPlan plan_;
    DeviceSet devices_;
    WorkerTableSet tables_;  // that workers use
    bool restart_at_apply_ = false;
    bool links_in_doubt_ = false;  // events were lost, and links could not be read since
};

}  // namespace portcullis::relay
