// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/listen_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "signaling/transport/errc.hpp"
#include "signaling/transport/sockaddr.hpp"

namespace portcullis::transport {

namespace {

constexpr int kReceiveBuffer = 8 << 20;
constexpr int kBacklog = 1024;

void set(int fd, int level, int option, int value) {
    // Best effort: each of these only improves what works without it.
    (void)::setsockopt(fd, level, option, &value, sizeof value);
}

std::unexpected<Error> bind_error(const ListenAddress& listen, int error) {
    std::string text = "interface " + listen.interface + ": " + listen.address.text() + "/" +
                       std::string(describe(listen.kind).param) + ": ";
    switch (error) {
        case EADDRINUSE:
            text += "in use by another process; stop it (find it with ss -lpn 'sport = :" +
                    std::to_string(listen.address.port) + "') or configure another port";
            break;
        case EADDRNOTAVAIL:
            text += "the address is not on this host; add it to a network interface or correct it";
            break;
        case EACCES:
            text += "not permitted; ports below 1024 need the capability CAP_NET_BIND_SERVICE";
            break;
        default:
            text += std::generic_category().message(error);
            break;
    }
    return fail(make_error_code(Errc::CannotBind), std::move(text));
}

Result<UniqueFd> open_bound(const ListenAddress& listen, bool shared) {
    const bool udp = listen.kind == TransportKind::Udp;
    const int family = listen.address.address.is_v4() ? AF_INET : AF_INET6;
    UniqueFd fd(
        ::socket(family, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return bind_error(listen, errno);
    if (family == AF_INET6) set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    // TCP: without it, connections in TIME_WAIT would keep the port after a restart.
    if (!udp) set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (shared) set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    const SocketAddress address = to_sockaddr(listen.address);
    if (::bind(fd.get(), address.data(), address.size) != 0) return bind_error(listen, errno);
    return fd;
}

}  // namespace

Result<UniqueFd> open_listener(const ListenAddress& listen) {
    auto fd = open_bound(listen, true);
    if (!fd) return fd;
    if (is_reliable(listen.kind)) {
        set(fd->get(), IPPROTO_TCP, TCP_NODELAY, 1);  // inherited by what is accepted
        if (::listen(fd->get(), kBacklog) != 0) return bind_error(listen, errno);
        return fd;
    }
    // A burst of calls must not overflow the socket; beyond rmem_max only with CAP_NET_ADMIN.
    if (::setsockopt(fd->get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer,
                     sizeof kReceiveBuffer) != 0) {
        set(fd->get(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
    }
    // ICMP errors come back on the error queue with the address they are about.
    const bool v4 = listen.address.address.is_v4();
    set(fd->get(), v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
    return fd;
}

Status probe_listener(const ListenAddress& listen) {
    auto fd = open_bound(listen, false);
    if (!fd) return std::unexpected(fd.error());
    // A bound TCP socket with SO_REUSEADDR meets another only when both listen.
    if (is_reliable(listen.kind) && ::listen(fd->get(), 1) != 0) {
        return bind_error(listen, errno);
    }
    return {};
}

}  // namespace portcullis::transport
