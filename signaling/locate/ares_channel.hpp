// SPDX-License-Identifier: BSD-2-Clause
// AresChannel: c-ares as a sender of questions: one channel, its sockets, its time.
#pragma once

#include <poll.h>

#include <functional>
#include <memory>
#include <vector>

#include "common/base/result.hpp"
#include "signaling/locate/dns_record.hpp"
#include "signaling/locate/settings.hpp"

// c-ares names its handle so.
struct ares_channeldata;

namespace portcullis::locate {

// Called from query() or process(), once per question; destroying the channel ends what is open
// without a call.
using ReplyHandler = std::function<void(const Question&, Reply)>;

// Used by one thread. c-ares sends to the servers in turn, retries, falls back to TCP for long
// replies, and matches id and question; the replies are read here, because its own readers give
// no TTL of SRV and NAPTR records.
class AresChannel {
 public:
    // Servers, timeout and tries of `settings`. Fails when c-ares cannot start.
    [[nodiscard]] static Result<std::unique_ptr<AresChannel>> open(const Settings& settings,
                                                                   ReplyHandler on_reply);
    ~AresChannel();
    AresChannel(const AresChannel&) = delete;
    AresChannel& operator=(const AresChannel&) = delete;

    void query(const Question& question);
    // The sockets to wait on, and how long at most: -1 for as long as one likes.
    void add_sockets(std::vector<pollfd>& sockets) const;
    [[nodiscard]] int timeout_ms(int longest) const;
    // After the wait: `sockets` as add_sockets() made them, with their events.
    void process(const std::vector<pollfd>& sockets);
    // A query was answered only after its first server was silent: another one should come first.
    [[nodiscard]] bool first_server_silent() const { return first_server_silent_; }

 private:
    explicit AresChannel(ReplyHandler on_reply) : on_reply_(std::move(on_reply)) {}
    [[nodiscard]] Status start(const Settings& settings);
    static void on_answer(void* argument, int status, int timeouts, unsigned char* bytes, int size);
    static void on_socket(void* data, int socket, int readable, int writable);

    struct Open;  // a question under way

    ReplyHandler on_reply_;
    ares_channeldata* channel_ = nullptr;
    std::vector<pollfd> sockets_;
    bool first_server_silent_ = false;
    bool closing_ = false;
};

}  // namespace portcullis::locate
