// SPDX-License-Identifier: BSD-2-Clause
// HandshakePool: the threads that do the costly steps of TLS handshakes for all shards.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <utility>

namespace portcullis::transport {

// A signature of RSA takes about a millisecond, in which a shard would handle a dozen messages.
// What is queued is bounded by the shards' handshake limits: a connection has one job at most. Jobs
// hold connections: stop() before the shards' io_contexts go.
class HandshakePool {
 public:
    explicit HandshakePool(unsigned threads) : pool_(threads) {}
    ~HandshakePool() { stop(); }
    HandshakePool(const HandshakePool&) = delete;
    HandshakePool& operator=(const HandshakePool&) = delete;

    // From any thread.
    void post(std::function<void()> job) { boost::asio::post(pool_, std::move(job)); }
    // What has not begun is not begun.
    void stop() {
        pool_.stop();
        pool_.join();
    }

 private:
    boost::asio::thread_pool pool_;
};

}  // namespace portcullis::transport
