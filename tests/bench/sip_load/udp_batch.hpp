// SPDX-License-Identifier: BSD-2-Clause
// UdpBatch: one UDP socket whose datagrams are received and sent in batches.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"

namespace portcullis::bench {

using Address = sockaddr_in;

// "198.18.0.2:5060". Errors: not an IPv4 address with a port.
[[nodiscard]] Result<Address> parse_address(const std::string& text);
// "198.18.0.2"
[[nodiscard]] std::string host_of(const Address& address);

// One thread. IPv4 only. What receive() shows is valid until the next receive(); what write()
// queues leaves when the batch is full, or with flush().
class UdpBatch {
 public:
    static constexpr std::size_t kBatch = 64;
    static constexpr std::size_t kBytes = 4096;  // the longest datagram

    // A socket bound to `local` with a receive buffer as large as the system allows; in the network
    // namespace of that path, unless it is empty.
    [[nodiscard]] static Result<UdpBatch> open(const Address& local,
                                               const std::string& network_namespace = {});

    // Takes what has arrived, up to kBatch datagrams; never waits.
    std::size_t receive();
    [[nodiscard]] std::string_view bytes(std::size_t index) const {
        return {in_.buffer.data() + index * kBytes, in_.headers[index].msg_len};
    }
    [[nodiscard]] const Address& from(std::size_t index) const { return in_.addresses[index]; }

    // Queues `fill(char* buffer)`, which returns the end of what it wrote (at most kBytes).
    template <class Fill>
    std::string_view write(const Address& to, Fill fill) {
        if (queued_ == kBatch) flush();
        char* const begin = out_.buffer.data() + queued_ * kBytes;
        const char* const end = fill(begin);
        const auto size = static_cast<std::size_t>(end - begin);
        out_.vectors[queued_].iov_len = size;
        out_.addresses[queued_] = to;
        ++queued_;
        return {begin, size};
    }
    void flush();

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::uint64_t lost_sends() const { return lost_sends_; }

 private:
    struct Side {
        Side();
        std::vector<char> buffer = std::vector<char>(kBatch * kBytes);
        std::vector<Address> addresses = std::vector<Address>(kBatch);
        std::vector<iovec> vectors = std::vector<iovec>(kBatch);
        std::vector<mmsghdr> headers = std::vector<mmsghdr>(kBatch);
    };
    explicit UdpBatch(UniqueFd fd) : fd_(std::move(fd)) {}

    UniqueFd fd_;
    Side in_;
    Side out_;
    std::size_t queued_ = 0;
    std::uint64_t lost_sends_ = 0;
};

}  // namespace portcullis::bench
