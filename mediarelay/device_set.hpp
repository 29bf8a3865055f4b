// SPDX-License-Identifier: BSD-2-Clause
// DeviceSet: the interfaces that the relay has open, those that a change has opened aside, and
// those that are to be closed.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "mediarelay/control/config_agent.hpp"
#include "mediarelay/media_devices.hpp"

namespace portcullis::relay {

// Control thread. An interface is opened once: one that is opened aside is the change's until it
// is committed or aborted, and nobody else's. Whatever happens to the link between Prepare and
// Commit, a Commit leaves every interface of its plan open, or says which is not.
class DeviceSet {
 public:
    using Devices = std::vector<std::unique_ptr<OpenDevice>>;
    using Open = std::function<Result<std::unique_ptr<OpenDevice>>(const InterfacePlan&, bool)>;

    // `open`: MediaDevices::open.
    explicit DeviceSet(Open open) : open_device_(std::move(open)) {}

    [[nodiscard]] const Devices& open() const { return open_; }
    [[nodiscard]] OpenDevice* find(const std::string& device) const;

    // Opens aside what the plan wants and is not open as it wants it.
    [[nodiscard]] Refusals prepare(const std::vector<InterfacePlan>& wanted);
    // Closes what prepare() opened.
    void abort() { aside_.clear(); }
    // What was opened aside takes its place; what went away since is opened anew.
    [[nodiscard]] Refusals commit(const std::vector<InterfacePlan>& wanted);

    // Opens what is neither open nor aside. True when something was opened.
    [[nodiscard]] bool open_missing(const std::vector<InterfacePlan>& wanted);
    // Puts XDP programs that somebody took off back, or says who sits there.
    void watch_programs();
    // Retires what `used` says no to.
    void retire_unless(const std::function<bool(const std::string& device)>& used);
    // What is to be closed once no worker has it in its tables.
    [[nodiscard]] Devices take_retired() { return std::exchange(retired_, {}); }
    // No worker runs any more.
    void close_all();

    // The link has other properties now, or went away (its index is known no more). True when
    // tables must be made anew.
    [[nodiscard]] bool on_link_changed(const Link& link);
    [[nodiscard]] bool on_link_removed(LinkIndex link);
    // Events were lost: these are the links now.
    [[nodiscard]] bool recheck(const std::vector<Link>& links);

 private:
    [[nodiscard]] bool needs_opening(const InterfacePlan& plan) const;
    void put_in_force(std::unique_ptr<OpenDevice> device);

    Open open_device_;
    Devices open_;
    Devices aside_;
    Devices retired_;
    std::set<std::string> reported_;  // devices whose absence is logged
};

}  // namespace portcullis::relay
