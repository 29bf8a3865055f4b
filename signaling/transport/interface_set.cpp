// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/interface_set.hpp"

#include <algorithm>
#include <utility>

#include "common/base/log.hpp"
#include "signaling/transport/errc.hpp"

namespace portcullis::transport {

namespace {

constexpr std::chrono::seconds kRetry{1};

bool same_address(const ListenAddress& a, const ListenAddress& b) {
    return a.address == b.address && a.kind == b.kind;
}

}  // namespace

std::vector<ListenAddress> InterfaceSet::listens_of(const std::vector<InterfaceSpec>& specs) {
    std::vector<ListenAddress> out;
    for (const auto& spec : specs) {
        for (const auto kind : spec.transports) out.push_back({spec.name, spec.address, kind});
    }
    return out;
}

Status InterfaceSet::check(const std::vector<InterfaceSpec>& specs) {
    const auto bad = [](std::string text) {
        return fail(make_error_code(Errc::BadInterface), std::move(text));
    };
    for (auto a = specs.begin(); a != specs.end(); ++a) {
        const std::string name = "interface " + a->name + ": ";
        if (a->address.port == 0) return bad(name + "a port is needed, such as 5060");
        if (a->address.address.is_multicast() || a->address.address.is_broadcast()) {
            return bad(name + a->address.text() + " is no address of this host");
        }
        if (std::count_if(a->transports.begin(), a->transports.end(), is_reliable) > 1) {
            return bad(name + "one of tcp, tls, ws and wss per port");
        }
        for (auto b = std::next(a); b != specs.end(); ++b) {
            if (a->name == b->name) return bad(name + "defined twice");
            const bool shared =
                std::any_of(a->transports.begin(), a->transports.end(), [&](TransportKind kind) {
                    return std::any_of(b->transports.begin(), b->transports.end(),
                                       [&](TransportKind other) {
                                           return is_reliable(kind) == is_reliable(other);
                                       });
                });
            if (shared && a->address == b->address) {
                return bad(name + a->address.text() + " is also interface " + b->name +
                           "'s; give one of them another address or port");
            }
        }
    }
    return {};
}

bool InterfaceSet::is_listening(const ListenAddress& listen) const {
    return std::any_of(listeners_.begin(), listeners_.end(),
                       [&](const Listener& one) { return one.listen == listen; });
}

bool InterfaceSet::owns_address(const ListenAddress& listen) const {
    return std::any_of(listeners_.begin(), listeners_.end(),
                       [&](const Listener& one) { return same_address(one.listen, listen); }) ||
           std::any_of(draining_.begin(), draining_.end(), [&](const auto& one) {
               return one->listener.udp && same_address(one->listener.listen, listen);
           });
}

Status InterfaceSet::try_bind(const std::vector<InterfaceSpec>& specs) const {
    if (auto checked = check(specs); !checked) return checked;
    for (const auto& listen : listens_of(specs)) {
        // What we hold ourselves can be bound again by SO_REUSEPORT.
        // What is missing already is no fault of this change.
        if (is_listening(listen) || owns_address(listen) || is_missing(listen)) continue;
        if (auto free = probe_listener(listen); !free) return free;
    }
    return {};
}

bool InterfaceSet::is_missing(const ListenAddress& listen) const {
    return std::find(missing_.begin(), missing_.end(), listen) != missing_.end();
}

Result<InterfaceSet::Opened> InterfaceSet::open(const ListenAddress& listen) const {
    if (probes_ && !owns_address(listen)) {
        if (auto free = probe_listener(listen); !free) return std::unexpected(free.error());
    }
    auto fd = open_listener(listen);
    if (!fd) return std::unexpected(fd.error());
    return Opened{listen, std::move(*fd)};
}

Status InterfaceSet::configure(std::vector<InterfaceSpec> specs, Unbindable unbindable) {
    if (auto checked = check(specs); !checked) return checked;
    const auto wanted = listens_of(specs);
    std::vector<Opened> opened;
    std::vector<ListenAddress> missing;
    for (const auto& listen : wanted) {
        if (is_listening(listen) || find_revivable(listen) != nullptr) continue;
        auto one = open(listen);
        if (one) {
            opened.push_back(std::move(*one));
        } else if (unbindable == Unbindable::Retry || is_missing(listen)) {
            log::component("transport").error("listener_missing reason=\"{}\"", one.error().text());
            missing.push_back(listen);
        } else {
            return std::unexpected(one.error());
        }
    }

    // From here on nothing fails.
    specs_ = std::move(specs);
    auto before = std::exchange(listeners_, {});
    for (auto& listener : before) {
        const bool stays = std::find(wanted.begin(), wanted.end(), listener.listen) != wanted.end();
        if (stays)
            listeners_.push_back(std::move(listener));
        else
            drain(std::move(listener));
    }
    for (const auto& listen : wanted) {
        if (!is_listening(listen)) (void)revive(listen);
    }
    for (auto& one : opened) {
        hand_over(listeners_.emplace_back(make_listener(std::move(one))));
    }
    missing_ = std::move(missing);
    retry_missing();
    return {};
}

// Without a probe: another shard may have been first.
void InterfaceSet::retry_missing() {
    retry_.reset();
    if (missing_.empty()) return;
    retry_ = std::make_shared<boost::asio::steady_timer>(io_, kRetry);
    // A cancel comes too late for a wait that is over: whether the timer is still ours tells.
    retry_->async_wait([this, mine = std::weak_ptr(retry_)](const boost::system::error_code&) {
        if (mine.expired()) return;
        std::erase_if(missing_, [this](const ListenAddress& listen) {
            auto fd = open_listener(listen);
            if (fd) hand_over(listeners_.emplace_back(make_listener({listen, std::move(*fd)})));
            return fd.has_value();
        });
        retry_missing();
    });
}

InterfaceSet::Listener InterfaceSet::make_listener(Opened opened) {
    Listener listener{opened.listen, nullptr, nullptr};
    if (opened.listen.kind == TransportKind::Udp) {
        listener.udp =
            std::make_shared<UdpSocket>(io_, std::move(opened.fd), std::move(opened.listen),
                                        surroundings_.batch, surroundings_.udp_user);
        listener.udp->start();
    } else {
        listener.tcp = std::make_shared<TcpListener>(
            io_, std::move(opened.fd), std::move(opened.listen), surroundings_.on_accept);
        listener.tcp->start();
    }
    log::component("transport")
        .info("listening interface={} address={} transport={}", listener.listen.interface,
              listener.listen.address.text(), describe(listener.listen.kind).param);
    return listener;
}

const InterfaceSet::Draining* InterfaceSet::find_revivable(const ListenAddress& listen) const {
    const auto found = std::find_if(draining_.begin(), draining_.end(), [&](const auto& one) {
        return one->listener.udp && !one->lent && one->listener.listen == listen;
    });
    return found == draining_.end() ? nullptr : found->get();
}

bool InterfaceSet::revive(const ListenAddress& listen) {
    const auto* const found = find_revivable(listen);
    if (found == nullptr) return false;
    std::erase_if(draining_, [&](const auto& one) {
        if (one.get() != found) return false;
        listeners_.push_back(std::move(one->listener));
        return true;
    });
    return true;
}

// Two sockets on one address would share its datagrams at random. The calls of the former name
// still send by it: an interface that is renamed loses none.
void InterfaceSet::hand_over(const Listener& to) {
    for (const auto& one : draining_) {
        if (!same_address(one->listener.listen, to.listen)) continue;
        close_udp(one->listener);
        one->listener.udp = to.udp;
        one->lent = true;
    }
    std::erase_if(draining_, [&](const auto& one) { return one->listener.listen == to.listen; });
}

// Whoever has the socket last closes it.
void InterfaceSet::close_udp(Listener& listener) {
    const auto udp = std::exchange(listener.udp, nullptr);
    if (!udp) return;
    const auto has = [&udp](const Listener& one) { return one.udp == udp; };
    if (std::any_of(listeners_.begin(), listeners_.end(), has)) return;
    if (std::any_of(draining_.begin(), draining_.end(),
                    [&has](const auto& one) { return has(one->listener); })) {
        return;
    }
    udp->close();
}

void InterfaceSet::drain(Listener listener) {
    if (listener.tcp) {
        listener.tcp->close();
        listener.tcp.reset();
    }
    wait_drained(draining_.emplace_back(std::make_shared<Draining>(io_, std::move(listener))));
}

// The item, and the set, may be gone by the time a wait that is over already calls back.
void InterfaceSet::wait_drained(const std::shared_ptr<Draining>& item) {
    item->timer.expires_after(surroundings_.drain_time);
    item->timer.async_wait([this, weak = std::weak_ptr(item)](const boost::system::error_code&) {
        if (const auto alive = weak.lock()) on_drain_time(alive);
    });
}

void InterfaceSet::on_drain_time(const std::shared_ptr<Draining>& item) {
    const ListenAddress& listen = item->listener.listen;
    if (surroundings_.is_in_use && surroundings_.is_in_use(listen.interface)) {
        return wait_drained(item);
    }
    log::component("transport")
        .info("drained interface={} address={} transport={}", listen.interface,
              listen.address.text(), describe(listen.kind).param);
    close_udp(item->listener);
    std::erase(draining_, item);
    if (surroundings_.on_drained) surroundings_.on_drained();
}

void InterfaceSet::close() {
    for (const auto& listener : listeners_) {
        if (listener.udp) listener.udp->close();
        if (listener.tcp) listener.tcp->close();
    }
    for (const auto& one : draining_) {
        if (one->listener.udp) one->listener.udp->close();
    }
    retry_.reset();
    missing_.clear();
    listeners_.clear();
    draining_.clear();
    specs_.clear();
}

const InterfaceSpec* InterfaceSet::find(std::string_view name) const {
    const auto found = std::find_if(specs_.begin(), specs_.end(),
                                    [&](const InterfaceSpec& spec) { return spec.name == name; });
    return found == specs_.end() ? nullptr : &*found;
}

UdpSocket* InterfaceSet::find_udp(std::string_view name) const {
    for (const auto& listener : listeners_) {
        if (listener.udp && listener.listen.interface == name) return listener.udp.get();
    }
    for (const auto& one : draining_) {
        if (one->listener.udp && one->listener.listen.interface == name)
            return one->listener.udp.get();
    }
    return nullptr;
}

const std::string* InterfaceSet::owner_of(const Endpoint& address, TransportKind kind) const {
    const auto matches = [&](const ListenAddress& listen) {
        return listen.address == address && listen.kind == kind;
    };
    for (const auto& listener : listeners_) {
        if (matches(listener.listen)) return &listener.listen.interface;
    }
    for (const auto& one : draining_) {
        if (matches(one->listener.listen)) return &one->listener.listen.interface;
    }
    return nullptr;
}

const Endpoint* InterfaceSet::find_address(std::string_view name, TransportKind kind) const {
    const auto matches = [&](const ListenAddress& listen) {
        return listen.interface == name && listen.kind == kind;
    };
    for (const auto& listener : listeners_) {
        if (matches(listener.listen)) return &listener.listen.address;
    }
    for (const auto& one : draining_) {
        if (matches(one->listener.listen)) return &one->listener.listen.address;
    }
    return nullptr;
}

}  // namespace portcullis::transport
