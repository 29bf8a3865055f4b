// SPDX-License-Identifier: BSD-2-Clause
// UdpSocket: one bound UDP socket, read and written in batches (recvmmsg, sendmmsg).
#pragma once

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "common/base/unique_fd.hpp"
#include "signaling/transport/listen_socket.hpp"
#include "signaling/transport/sockaddr.hpp"
#include "signaling/transport/transport.hpp"

struct sock_extended_err;  // <linux/errqueue.h>

namespace portcullis::transport {

// Whether an error that the kernel queued says that a destination cannot be reached. Time exceeded
// is ignored, as RFC 3261 section 18.4 asks; so is a wanted fragmentation: the next attempt is
// fragmented.
[[nodiscard]] bool is_unreachable(const sock_extended_err& error);

// Receive buffers for one batch. One per shard serves all its sockets, since none keeps data in it.
class DatagramBatch {
 public:
    static constexpr std::size_t kSize = 32;
    static constexpr std::size_t kBytes = 65536;

    DatagramBatch();
    // Receives up to kSize datagrams; as recvmmsg(2), -1 and errno on error.
    [[nodiscard]] int receive(int fd);
    // Of datagram `index` of the last batch.
    [[nodiscard]] std::string_view bytes(std::size_t index) const;
    [[nodiscard]] const sockaddr_storage& from(std::size_t index) const { return from_[index]; }

 private:
    std::vector<char> buffer_ = std::vector<char>(kSize * kBytes);
    std::vector<sockaddr_storage> from_ = std::vector<sockaddr_storage>(kSize);
    std::vector<iovec> vectors_ = std::vector<iovec>(kSize);
    std::vector<mmsghdr> headers_ = std::vector<mmsghdr>(kSize);
};

class UdpSocket;

// Called on the socket's io_context; never after close().
class UdpSocketUser {
 public:
    virtual ~UdpSocketUser() = default;
    // `bytes` is valid during the call.
    virtual void on_datagram(UdpSocket& socket, std::string_view bytes, const Endpoint& from) = 0;
    // ICMP, or the kernel's own word, that nothing reaches `remote`.
    virtual void on_unreachable(UdpSocket& socket, const Endpoint& remote, const Error& error) = 0;
    // Datagrams that the kernel would not take, now or within the queue's bound.
    virtual void on_send_dropped(bool buffer_full) = 0;
};

// Shared ownership: pending waits keep it alive until they are cancelled by close().
class UdpSocket : public std::enable_shared_from_this<UdpSocket> {
 public:
    static constexpr std::size_t kMaxQueue = 8192;  // datagrams, while the kernel's buffer is full

    // `batch` and `user` must outlive close().
    UdpSocket(boost::asio::io_context& io, UniqueFd fd, ListenAddress listen, DatagramBatch& batch,
              UdpSocketUser& user);

    void start() { wait_readable(); }
    void close();
    // Sent with all others of this turn of the event loop.
    void send(const Endpoint& remote, sip::MessagePtr message, SendHandler on_failure);
    [[nodiscard]] const ListenAddress& listen() const { return listen_; }

 private:
    struct Outgoing {
        SocketAddress to;
        sip::MessagePtr message;
        SendHandler on_failure;
    };

    void wait_readable();
    void wait_writable();
    void on_readable();
    // Reports what ICMP said; returns whether the queue held anything.
    bool drain_errors();
    [[nodiscard]] std::size_t queued() const { return queue_.size() - head_; }
    void drop_front(std::size_t count);
    void schedule_flush();
    void flush();
    // Deals with errno after a failed sendmmsg for the first queued datagram; false: stop flushing.
    [[nodiscard]] bool on_send_error(int error, int& retries);

    boost::asio::posix::stream_descriptor descriptor_;
    ListenAddress listen_;
    DatagramBatch& batch_;
    UdpSocketUser* user_;
    // The queue is what of it lies from head_ on.
    std::vector<Outgoing> queue_;
    std::size_t head_ = 0;
    bool flush_scheduled_ = false;
    bool waiting_writable_ = false;
};

}  // namespace portcullis::transport
