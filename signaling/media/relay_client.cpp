// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/media/relay_client.hpp"

#include <boost/asio/post.hpp>

#include "common/base/log.hpp"
#include "mediarelay/api/errc.hpp"

namespace portcullis::media {
namespace {

// SDP waits for its media no longer than this; the caller then hears 500 or 503.
constexpr Milliseconds kRequestLimit{500};
// A relay that has just started installs many sessions; nobody's SDP waits for these.
constexpr Milliseconds kResyncLimit{5000};
constexpr Milliseconds kKeepAlive{2000};
// How long a new call waits for a relay that is not there just now.
constexpr Milliseconds kReconnectLimit{1000};
constexpr std::size_t kMaxWaiting = 4096;

}  // namespace

RelayClient::RelayClient(boost::asio::io_context& io, std::filesystem::path socket,
                         std::string instance, std::uint64_t epoch, RelayHandlers handlers)
    : io_(io),
      client_(io, std::move(socket),
              {.on_connected = [this] { say_hello(); },
               .on_disconnected =
                   [this](const Error& reason) {
                       ready_ = false;
                       log::component("relay").warn("relay_lost reason=\"{}\"", reason.text());
                   },
               .on_event = [this](const ipc::Frame& frame) { on_frame(frame); }}),
      keep_alive_(io),
      instance_(std::move(instance)),
      epoch_(epoch),
      handlers_(std::move(handlers)),
      waiting_timer_(io) {}

void RelayClient::stop() {
    keep_alive_.cancel();
    waiting_timer_.cancel();
    client_.stop();
}

void RelayClient::say_hello() {
    ++reconnects_;
    relay_api::Hello hello;
    hello.instance_epoch = epoch_;
    hello.instance = instance_;
    client_.request(hello, kResyncLimit, [this](const Result<relay_api::HelloReply>& reply) {
        if (!reply && client_.connected()) {
            say_hello();  // a relay that is slow to start
            return;
        }
        if (!reply || reply->version == 0) {
            log::component("relay").error(
                "relay_refused reason=\"{}\"",
                reply ? "no protocol version in common" : reply.error().text());
            return;
        }
        ready_ = true;
        log::component("relay").info("relay_connected epoch={} lease_ms={}", reply->relay_epoch,
                                     reply->lease.count());
        resync();
        send_waiting();
    });
}

void RelayClient::resync() {
    const auto ignore = [](const Result<relay_api::OperationReply>&) {};
    client_.request(relay_api::ResyncBegin{}, kResyncLimit, ignore);
    for (const auto& install : handlers_.desired()) {
        const auto session = install.session;
        client_.request(
            install, kResyncLimit, [this, session](const Result<relay_api::OperationReply>& reply) {
                if (!reply) return;  // the connection went: the next one tries again
                // A newer state of the session is there already: nothing is lost.
                if (reply->outcome == relay_api::Outcome::Ok ||
                    reply->outcome == relay_api::Outcome::StaleGeneration) {
                    return;
                }
                handlers_.on_lost(session, std::string(relay_api::describe(reply->outcome)));
            });
    }
    client_.request(relay_api::ResyncEnd{}, kResyncLimit, ignore);
}

void RelayClient::keep_alive() {
    keep_alive_.expires_after(kKeepAlive);
    keep_alive_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        client_.notify(relay_api::KeepAlive{});
        keep_alive();
    });
}

void RelayClient::on_frame(const ipc::Frame& frame) {
    if (frame.type != relay_api::SessionEvent::kType) return;
    if (const auto event = codec::from_bytes<relay_api::SessionEvent>(frame.body)) {
        handlers_.on_event(*event);
    }
}

void RelayClient::request(b2bua::RelayRequest request, Done done) {
    if (ready_ || waiting_.size() >= kMaxWaiting) {
        send(request, std::move(done));
        return;
    }
    waiting_.push_back(
        {std::move(request), std::move(done), std::chrono::steady_clock::now() + kReconnectLimit});
    if (waiting_.size() == 1) expire_waiting();
}

void RelayClient::send(const b2bua::RelayRequest& request, Done done) {
    std::visit(
        [&](const auto& message) { client_.request(message, kRequestLimit, std::move(done)); },
        request);
}

void RelayClient::send_waiting() {
    waiting_timer_.cancel();
    for (auto& waiting : std::exchange(waiting_, {})) {
        send(waiting.request, std::move(waiting.done));
    }
}

// In order of arrival, so the first deadline is the next one. Without a connection send() fails.
void RelayClient::expire_waiting() {
    const auto now = std::chrono::steady_clock::now();
    while (!waiting_.empty() && waiting_.front().deadline <= now) {
        send(waiting_.front().request, std::move(waiting_.front().done));
        waiting_.pop_front();
    }
    if (waiting_.empty()) return;
    waiting_timer_.expires_at(waiting_.front().deadline);
    waiting_timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) expire_waiting();
    });
}

// What still waits for this session must not reach the relay after its release.
void RelayClient::release(SessionId session, Figures released) {
    std::erase_if(waiting_, [this, session](Waiting& waiting) {
        const bool ours = std::visit(
            [session](const auto& message) { return message.session == session; }, waiting.request);
        if (ours) {
            boost::asio::post(io_, [done = std::move(waiting.done)] {
                done(fail(make_error_code(ipc::Errc::Disconnected), "released meanwhile"));
            });
        }
        return ours;
    });
    // Nobody's SDP waits for it.
    client_.request(relay_api::ReleaseSession{session}, kRequestLimit, std::move(released),
                    ipc::Channel::Urgency::CanWait);
}

void RelayClient::query(SessionId session, Figures answer) {
    client_.request(relay_api::QueryStats{session}, kRequestLimit, std::move(answer));
}

}  // namespace portcullis::media
