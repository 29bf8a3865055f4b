// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/sip_load/udp_batch.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>

#include <cerrno>

#include "common/net/endpoint.hpp"

namespace portcullis::bench {

namespace {
constexpr int kSocketBuffer = 16 << 20;  // bytes: a stall of the machine must not look like loss

// A socket belongs to the namespace in which its thread was when it was made.
Result<UniqueFd> make_socket(const std::string& network_namespace) {
    const UniqueFd home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!network_namespace.empty()) {
        const UniqueFd there(::open(network_namespace.c_str(), O_RDONLY | O_CLOEXEC));
        if (!home || !there || ::setns(there.get(), CLONE_NEWNET) != 0) {
            return fail_errno(errno, network_namespace);
        }
    }
    UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int error = errno;
    if (!network_namespace.empty() && ::setns(home.get(), CLONE_NEWNET) != 0) {
        return fail_errno(errno, "the namespace it came from");
    }
    if (!fd) return fail_errno(error, "socket");
    return fd;
}

}  // namespace

Result<Address> parse_address(const std::string& text) {
    const auto endpoint = Endpoint::parse(text);
    Address address{};
    address.sin_family = AF_INET;
    if (!endpoint || endpoint->port == 0 ||
        ::inet_pton(AF_INET, endpoint->address.text().c_str(), &address.sin_addr) != 1) {
        return fail(std::make_error_code(std::errc::invalid_argument),
                    text + " is not an IPv4 address with a port");
    }
    address.sin_port = htons(endpoint->port);
    return address;
}

std::string host_of(const Address& address) {
    std::string text(INET_ADDRSTRLEN, '\0');
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), static_cast<socklen_t>(text.size()));
    text.resize(text.find('\0'));
    return text;
}

// The headers point into vectors of this object; moving keeps these where they are.
UdpBatch::Side::Side() {
    for (std::size_t i = 0; i < kBatch; ++i) {
        vectors[i] = {buffer.data() + i * kBytes, kBytes};
        headers[i].msg_hdr.msg_iov = &vectors[i];
        headers[i].msg_hdr.msg_iovlen = 1;
        headers[i].msg_hdr.msg_name = &addresses[i];
        headers[i].msg_hdr.msg_namelen = sizeof(Address);
    }
}

Result<UdpBatch> UdpBatch::open(const Address& local, const std::string& network_namespace) {
    auto made = make_socket(network_namespace);
    if (!made) return std::unexpected(made.error());
    UniqueFd fd = std::move(*made);
    for (const int option : {SO_RCVBUF, SO_SNDBUF}) {
        const int forced = option == SO_RCVBUF ? SO_RCVBUFFORCE : SO_SNDBUFFORCE;
        if (::setsockopt(fd.get(), SOL_SOCKET, forced, &kSocketBuffer, sizeof kSocketBuffer) != 0) {
            ::setsockopt(fd.get(), SOL_SOCKET, option, &kSocketBuffer, sizeof kSocketBuffer);
        }
    }
    sockaddr_storage storage{};
    *reinterpret_cast<Address*>(&storage) = local;
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), sizeof local) != 0) {
        return fail_errno(errno, "bind " + host_of(local));
    }
    return UdpBatch(std::move(fd));
}

std::size_t UdpBatch::receive() {
    const int count = ::recvmmsg(fd_.get(), in_.headers.data(), kBatch, MSG_DONTWAIT, nullptr);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

// The socket blocks while its buffer is full. A refusal is of the first datagram, or of an earlier
// one (ICMP): that datagram counts as lost, like any on the way.
void UdpBatch::flush() {
    std::size_t done = 0;
    while (done < queued_) {
        const int sent = ::sendmmsg(fd_.get(), out_.headers.data() + done,
                                    static_cast<unsigned>(queued_ - done), 0);
        if (sent > 0) {
            done += static_cast<std::size_t>(sent);
        } else if (errno != EINTR) {
            ++lost_sends_;
            ++done;
        }
    }
    queued_ = 0;
}

}  // namespace portcullis::bench
