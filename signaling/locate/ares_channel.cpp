// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/ares_channel.hpp"

#include <ares.h>
#include <sys/time.h>

#include <algorithm>
#include <span>

#include "signaling/locate/dns_message.hpp"

namespace portcullis::locate {
namespace {

constexpr int kClassIn = 1;
// DNS flag day 2020: what passes every path without fragments; longer replies come over TCP.
constexpr int kUdpPayload = 1232;

Status start_library() {
    static const int kStatus = ::ares_library_init(ARES_LIB_INIT_ALL);
    if (kStatus == ARES_SUCCESS) return {};
    return fail(Errc::ServerFailure, ::ares_strerror(kStatus));
}

std::string csv(const std::vector<Endpoint>& servers) {
    std::string out;
    for (const Endpoint& server : servers) {
        if (!out.empty()) out += ',';
        out += server.text();
    }
    return out;
}

Errc failure_of(int status) {
    switch (status) {
        case ARES_ETIMEOUT:
            return Errc::TimedOut;
        case ARES_EBADRESP:
            return Errc::BadReply;
        case ARES_EBADNAME:
            return Errc::BadHost;
        default:  // c-ares 1.18 says ECONNREFUSED for SERVFAIL and REFUSED of all servers, too
            return Errc::ServerFailure;
    }
}

}  // namespace

struct AresChannel::Open {
    AresChannel* channel;
    Question question;
};

Result<std::unique_ptr<AresChannel>> AresChannel::open(const Settings& settings,
                                                       ReplyHandler on_reply) {
    if (auto started = start_library(); !started) return std::unexpected(started.error());
    std::unique_ptr<AresChannel> channel(new AresChannel(std::move(on_reply)));
    if (auto started = channel->start(settings); !started) return std::unexpected(started.error());
    return channel;
}

Status AresChannel::start(const Settings& settings) {
    ares_options options{};
    // No search list: a name means itself, on every machine.
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
    options.ednspsz = kUdpPayload;
    options.timeout = static_cast<int>(settings.timeout.count());
    options.tries = static_cast<int>(settings.tries);
    options.sock_state_cb = &AresChannel::on_socket;
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                     ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE;
    if (const int status = ::ares_init_options(&channel_, &options, mask); status != ARES_SUCCESS) {
        channel_ = nullptr;
        return fail(Errc::ServerFailure, ::ares_strerror(status));
    }
    if (settings.servers.empty()) return {};
    const std::string servers = csv(settings.servers);
    if (const int status = ::ares_set_servers_ports_csv(channel_, servers.c_str());
        status != ARES_SUCCESS) {
        return fail(Errc::ServerFailure, ::ares_strerror(status));
    }
    return {};
}

AresChannel::~AresChannel() {
    closing_ = true;
    if (channel_ != nullptr) ::ares_destroy(channel_);
}

void AresChannel::on_socket(void* data, int socket, int readable, int writable) {
    auto& sockets = static_cast<AresChannel*>(data)->sockets_;
    std::erase_if(sockets, [socket](const pollfd& known) { return known.fd == socket; });
    const int events = (readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0);
    if (events != 0) sockets.push_back({socket, static_cast<short>(events), 0});
}

void AresChannel::query(const Question& question) {
    // Freed by on_answer(), which c-ares calls exactly once for every query, at last when the
    // channel is destroyed.
    auto* const open = new Open{this, question};
    ::ares_query(channel_, open->question.name.c_str(), kClassIn, static_cast<int>(question.type),
                 &AresChannel::on_answer, open);
}

void AresChannel::on_answer(void* argument, int status, int timeouts, unsigned char* bytes,
                            int size) {
    const std::unique_ptr<Open> open(static_cast<Open*>(argument));
    AresChannel& self = *open->channel;
    if (self.closing_) return;
    // NODATA and NXDOMAIN come with the message, whose SOA record says how long they hold.
    if (bytes == nullptr || size <= 0) {
        self.on_reply_(open->question, Reply::failed(failure_of(status)));
        return;
    }
    self.first_server_silent_ = self.first_server_silent_ || timeouts > 0;
    self.on_reply_(open->question,
                   read_reply(open->question,
                              std::as_bytes(std::span(bytes, static_cast<std::size_t>(size)))));
}

void AresChannel::add_sockets(std::vector<pollfd>& sockets) const {
    sockets.insert(sockets.end(), sockets_.begin(), sockets_.end());
}

int AresChannel::timeout_ms(int longest) const {
    timeval limit{.tv_sec = longest / 1000, .tv_usec = (longest % 1000) * 1000};
    timeval result{};
    const timeval* const next = ::ares_timeout(channel_, &limit, &result);
    // Rounded up: waking too early would only wait again.
    return static_cast<int>(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000);
}

void AresChannel::process(const std::vector<pollfd>& sockets) {
    bool any = false;
    for (const pollfd& ready : sockets) {
        const auto is_open = [&ready](const pollfd& known) { return known.fd == ready.fd; };
        if (ready.revents == 0 || std::none_of(sockets_.begin(), sockets_.end(), is_open)) continue;
        any = true;
        const bool readable = (ready.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
        const bool writable = (ready.revents & POLLOUT) != 0;
        ::ares_process_fd(channel_, readable ? ready.fd : ARES_SOCKET_BAD,
                          writable ? ready.fd : ARES_SOCKET_BAD);
    }
    if (!any) ::ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

}  // namespace portcullis::locate
