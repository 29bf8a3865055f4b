// SPDX-License-Identifier: BSD-2-Clause
// XdpControl: finds, fills and detaches our XDP program on one interface.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/net/cidr.hpp"
#include "mediarelay/kernel/media_range.hpp"
#include "mediarelay/xdp/xdp_hook.hpp"

namespace portcullis::relay {

// How frames were judged, as in media_redirect.bpf.c.
struct XdpCounters {
    std::uint64_t passed = 0;      // to the kernel
    std::uint64_t redirected = 0;  // to the relay
    std::uint64_t no_socket = 0;   // media while the relay did not listen
    std::uint64_t fragments = 0;   // first fragments to media ports
    std::uint64_t banned = 0;      // from banned sources to media ports
};

// One per AF_XDP port, control thread. The AF_XDP driver loads and attaches the program when it
// sets up its queue; after that this object finds the program's maps. The program outlives a killed
// process, so remove_leftover() comes before the driver's probe.
class XdpControl {
 public:
    // Detaches a program of ours from `link`. Errors: ForeignXdpProgram for another one, with its
    // id and name; Xdp, NoPrivilege.
    [[nodiscard]] static Status remove_leftover(const Link& link);
    // Takes hold of our program on `link`. Errors: Xdp when there is none.
    [[nodiscard]] static Result<XdpControl> find(const Link& link);

    // Redirects exactly `ranges` from now on: ports before addresses, so that no address is taken
    // from the kernel without its ports. Errors: Xdp.
    [[nodiscard]] Status apply(const std::vector<MediaRange>& ranges);
    // Drops media from exactly these sources. Errors: Xdp.
    [[nodiscard]] Status set_bans(const std::vector<Cidr>& sources);
    [[nodiscard]] XdpCounters counters() const;
    // "native" (in the driver) or "generic" (in the stack).
    [[nodiscard]] const std::string& mode() const { return mode_; }
    // Looks whether the program is still where the driver put it. One that somebody took off is
    // attached again (its maps and sockets are as they were); one in whose place another sits waits
    // until that is gone. Either is logged once. Call every second or so, and when the link
    // changes.
    void watch();
    // As the last watch() left it.
    [[nodiscard]] bool attached() const { return attached_; }
    // The program in our place; empty when there is none.
    [[nodiscard]] std::string foreign() const { return foreign_ ? foreign_->text() : ""; }
    // How often the program was found gone.
    [[nodiscard]] std::uint64_t losses() const { return losses_; }

    // Takes the program off the interface, if it is still ours.
    void detach();
    // After the port was closed: the driver takes off whatever program it finds then.
    void put_foreign_back();

 private:
    // As the program has them: IPv4 is mapped into IPv6.
    using Key = std::array<std::uint8_t, 16>;
    using PortBitmap = std::array<std::uint8_t, 8192>;

    XdpControl() = default;
    [[nodiscard]] static Key key_of(const IpAddress& address);
    [[nodiscard]] Status write_ports(std::uint32_t slot, const PortBitmap& ports);
    [[nodiscard]] Result<std::uint32_t> slot_for(const Key& key) const;

    Link link_;
    XdpProgram program_;
    std::string mode_;
    bool attached_ = true;
    std::optional<XdpProgram> foreign_;
    std::uint64_t losses_ = 0;
    UniqueFd addresses_;
    UniqueFd ports_;
    UniqueFd bans_;
    UniqueFd counters_;
    std::map<Key, std::uint32_t> slots_;
    std::vector<Cidr> banned_;
};

}  // namespace portcullis::relay
