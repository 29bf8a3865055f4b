// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/udp_socket.hpp"

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "signaling/transport/errc.hpp"

namespace portcullis::transport {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// After so many batches the loop lets other work in; the socket is still readable then and comes
// back with the next turn.
constexpr int kBatchesPerTurn = 8;
constexpr int kErrorsPerTurn = 64;
constexpr std::size_t kSendBatch = 32;
constexpr std::size_t kMaxDatagram = 65507;  // 65535 less IPv4 and UDP headers
constexpr int kSendRetries = 4;

// The errno of an error queue message, if it says that the destination cannot be reached.
std::optional<int> unreachable_errno(msghdr& header) {
    for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr;
         item = CMSG_NXTHDR(&header, item)) {
        const bool v4 = item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR;
        const bool v6 = item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_RECVERR;
        if (!v4 && !v6) continue;
        sock_extended_err error{};
        std::memcpy(&error, CMSG_DATA(item), sizeof error);
        if (!is_unreachable(error)) return std::nullopt;
        return static_cast<int>(error.ee_errno);
    }
    return std::nullopt;
}

}  // namespace

bool is_unreachable(const sock_extended_err& error) {
    if (error.ee_errno == EMSGSIZE) return false;
    if (error.ee_origin == SO_EE_ORIGIN_ICMP) return error.ee_type != ICMP_TIME_EXCEEDED;
    return error.ee_origin == SO_EE_ORIGIN_ICMP6 && error.ee_type != ICMP6_TIME_EXCEEDED;
}

DatagramBatch::DatagramBatch() {
    for (std::size_t i = 0; i < kSize; ++i) {
        vectors_[i] = {buffer_.data() + i * kBytes, kBytes};
        headers_[i].msg_hdr.msg_iov = &vectors_[i];
        headers_[i].msg_hdr.msg_iovlen = 1;
        headers_[i].msg_hdr.msg_name = &from_[i];
    }
}

int DatagramBatch::receive(int fd) {
    for (auto& header : headers_) header.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    return ::recvmmsg(fd, headers_.data(), kSize, MSG_DONTWAIT, nullptr);
}

std::string_view DatagramBatch::bytes(std::size_t index) const {
    return {buffer_.data() + index * kBytes, headers_[index].msg_len};
}

UdpSocket::UdpSocket(asio::io_context& io, UniqueFd fd, ListenAddress listen, DatagramBatch& batch,
                     UdpSocketUser& user)
    : descriptor_(io, fd.release()), listen_(std::move(listen)), batch_(batch), user_(&user) {}

void UdpSocket::close() {
    user_ = nullptr;
    drop_front(queued());
    error_code ignored;
    descriptor_.close(ignored);
}

void UdpSocket::wait_readable() {
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                           [self = shared_from_this()](const error_code& error) {
                               if (error || self->user_ == nullptr) return;
                               self->on_readable();
                               if (self->user_ != nullptr) self->wait_readable();
                           });
}

void UdpSocket::on_readable() {
    for (int round = 0; round < kBatchesPerTurn && user_ != nullptr; ++round) {
        const int count = batch_.receive(descriptor_.native_handle());
        if (count < 0) {
            if (errno == EBADF) return;
            // A pending ICMP error fails one receive call, or wakes us with nothing to receive.
            const bool empty = errno == EAGAIN || errno == EWOULDBLOCK;
            drain_errors();
            if (empty) return;
            continue;
        }
        for (std::size_t i = 0; i < static_cast<std::size_t>(count) && user_ != nullptr; ++i) {
            const auto from = from_sockaddr(batch_.from(i));
            if (from) user_->on_datagram(*this, batch_.bytes(i), *from);
        }
        if (static_cast<std::size_t>(count) < DatagramBatch::kSize) return;
    }
}

bool UdpSocket::drain_errors() {
    bool any = false;
    std::optional<Endpoint> last;
    for (int i = 0; i < kErrorsPerTurn && user_ != nullptr; ++i) {
        std::array<char, 512> control{};
        std::array<char, 64> payload{};
        sockaddr_storage to{};
        iovec vector{payload.data(), payload.size()};
        msghdr header{};
        header.msg_name = &to;
        header.msg_namelen = sizeof to;
        header.msg_iov = &vector;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        if (::recvmsg(descriptor_.native_handle(), &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
            break;
        }
        any = true;
        const auto remote = from_sockaddr(to);
        const auto error = unreachable_errno(header);
        // A burst towards one dead peer is one report.
        if (!remote || !error || remote == last) continue;
        last = remote;
        user_->on_unreachable(
            *this, *remote,
            Error{make_error_code(Errc::Unreachable),
                  remote->text() + "/udp: " + std::generic_category().message(*error)});
    }
    return any;
}

void UdpSocket::send(const Endpoint& remote, sip::MessagePtr message, SendHandler on_failure) {
    if (user_ == nullptr) return;
    if (queued() >= kMaxQueue) {
        user_->on_send_dropped(true);
        return;
    }
    queue_.push_back({to_sockaddr(remote), std::move(message), std::move(on_failure)});
    schedule_flush();
}

void UdpSocket::drop_front(std::size_t count) {
    for (; count > 0; --count) queue_[head_++] = {};
    if (head_ == queue_.size()) {
        queue_.clear();
        head_ = 0;
    }
}

void UdpSocket::schedule_flush() {
    if (waiting_writable_ || std::exchange(flush_scheduled_, true)) return;
    asio::post(descriptor_.get_executor(), [self = shared_from_this()] {
        self->flush_scheduled_ = false;
        self->flush();
    });
}

void UdpSocket::flush() {
    int retries = 0;
    while (user_ != nullptr && queued() != 0) {
        std::array<mmsghdr, kSendBatch> headers;
        std::array<iovec, kSendBatch> vectors;
        const std::size_t count = std::min(queued(), kSendBatch);
        for (std::size_t i = 0; i < count; ++i) {
            Outgoing& outgoing = queue_[head_ + i];
            const std::string_view bytes = outgoing.message->bytes();
            vectors[i] = {const_cast<char*>(bytes.data()), bytes.size()};
            headers[i] = {};
            headers[i].msg_hdr.msg_iov = &vectors[i];
            headers[i].msg_hdr.msg_iovlen = 1;
            headers[i].msg_hdr.msg_name = outgoing.to.data();
            headers[i].msg_hdr.msg_namelen = outgoing.to.size;
        }
        const int sent = ::sendmmsg(descriptor_.native_handle(), headers.data(),
                                    static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            drop_front(static_cast<std::size_t>(sent));
            retries = 0;
        } else if (!on_send_error(errno, retries)) {
            return;
        }
    }
}

bool UdpSocket::on_send_error(int error, int& retries) {
    if (error == EAGAIN || error == EWOULDBLOCK) {
        wait_writable();
        return false;
    }
    if (error == ENOBUFS) {
        // The device's queue dropped it (told only because of IP_RECVERR): lost like any other.
        drop_front(1);
        user_->on_send_dropped(true);
        return true;
    }
    // An earlier datagram's ICMP error is handed to the next send call, whoever it is for: read it
    // from its queue and try again. What remains after that is this datagram's own.
    if (error == EINTR || (drain_errors() && ++retries < kSendRetries)) return true;
    if (error == ECONNREFUSED && ++retries < kSendRetries) return true;
    if (user_ == nullptr || queued() == 0) return false;
    retries = 0;
    Outgoing failed = std::move(queue_[head_]);
    drop_front(1);
    user_->on_send_dropped(false);
    if (failed.on_failure) {
        const bool large = failed.message->bytes().size() > kMaxDatagram;
        failed.on_failure(Error{make_error_code(large ? Errc::TooLarge : Errc::Unreachable),
                                std::generic_category().message(error)});
    }
    return true;
}

void UdpSocket::wait_writable() {
    if (std::exchange(waiting_writable_, true)) return;
    descriptor_.async_wait(asio::posix::descriptor_base::wait_write,
                           [self = shared_from_this()](const error_code& error) {
                               self->waiting_writable_ = false;
                               if (!error && self->user_ != nullptr) self->flush();
                           });
}

}  // namespace portcullis::transport
