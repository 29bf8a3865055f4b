// SPDX-License-Identifier: BSD-2-Clause
// NetlinkEvents: the kernel's announcements of changed links, addresses, routes and neighbours.
#pragma once

#include <functional>
#include <variant>

#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"
#include "mediarelay/kernel/link.hpp"

namespace portcullis::relay {

struct LinkChanged {
    Link link;
    bool removed = false;
};
struct AddressChanged {
    InterfaceAddress address;
    bool removed = false;
};
struct RoutesChanged {};  // which ones does not matter: cached answers are asked again
struct NeighbourChanged {
    Neighbour neighbour;
};
struct EventsLost {};  // the kernel's queue ran over: everything cached is in doubt

using NetlinkEvent =
    std::variant<LinkChanged, AddressChanged, RoutesChanged, NeighbourChanged, EventsLost>;

// Control thread. The owner waits for fd() to be readable and calls drain().
class NetlinkEvents {
 public:
    [[nodiscard]] static Result<NetlinkEvents> open();

    [[nodiscard]] int fd() const { return socket_.get(); }
    // Reads what is there, without waiting, and feeds it to `sink` in order.
    void drain(const std::function<void(const NetlinkEvent&)>& sink);

 private:
    explicit NetlinkEvents(UniqueFd socket) : socket_(std::move(socket)) {}
    UniqueFd socket_;
};

}  // namespace portcullis::relay
