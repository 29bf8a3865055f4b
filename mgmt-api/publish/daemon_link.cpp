// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/daemon_link.hpp"

#include "common/base/log.hpp"

namespace portcullis::mgmt {

namespace {
constexpr Milliseconds kHelloTimeout{3000};
constexpr Milliseconds kHelloRetry{2000};
}  // namespace

DaemonLink::DaemonLink(boost::asio::io_context& io, Daemon daemon,
                       const std::filesystem::path& run_dir, Handlers handlers)
    : daemon_(daemon),
      handlers_(std::move(handlers)),
      client_(io, run_dir / (std::string(daemon_name(daemon)) + ".sock"),
              {.on_connected = [this] { greet(); },
               .on_disconnected = [this](const Error&) { on_disconnected(); },
               .on_event = {}}),
      retry_(io) {}

void DaemonLink::stop() {
    retry_.cancel();
    client_.stop();
}

void DaemonLink::greet() {
    client_.request(management::Hello{}, kHelloTimeout,
                    [this](Result<management::HelloReply> reply) { on_hello(std::move(reply)); });
}

void DaemonLink::on_hello(Result<management::HelloReply> reply) {
    if (!client_.connected()) return;
    auto& log = log::component("publish");
    if (!reply) {
        // Connected, yet silent or talking nonsense: it may be stopped, or still starting.
        trouble_ = "no answer to Hello: " + reply.error().text();
        log.warn("daemon_silent daemon={} reason=\"{}\"", daemon_name(daemon_), trouble_);
        retry_.expires_after(kHelloRetry);
        retry_.async_wait([this](const boost::system::error_code& cancelled) {
            if (!cancelled && client_.connected() && !up()) greet();
        });
        return;
    }
    if (reply->version == 0 || reply->daemon != daemon_name(daemon_)) {
        trouble_ = reply->version == 0 ? "no protocol version in common"
                                       : "the socket is served by " + reply->daemon;
        log.error("daemon_refused daemon={} reason=\"{}\"", daemon_name(daemon_), trouble_);
        return;
    }
    trouble_.clear();
    hello_ = std::move(*reply);
    log.info("daemon_up daemon={} epoch={} applied={} prepared={}", daemon_name(daemon_),
             hello_->epoch, hello_->applied.value, hello_->prepared.value);
    handlers_.on_up(*hello_);
}

void DaemonLink::on_disconnected() {
    retry_.cancel();
    trouble_.clear();
    if (!hello_) return;
    hello_.reset();
    log::component("publish").warn("daemon_down daemon={}", daemon_name(daemon_));
    handlers_.on_down();
}

void DaemonLink::send(Step step, std::uint64_t version, const std::string& document,
                      Milliseconds timeout, ConfigHandler handler) {
    const ConfigVersion number{version};
    switch (step) {
        case Step::Prepare:
            client_.request(management::Prepare{number, document}, timeout, std::move(handler));
            return;
        case Step::Commit:
            client_.request(management::Commit{number}, timeout, std::move(handler));
            return;
        case Step::Abort:
            client_.request(management::Abort{number}, timeout, std::move(handler));
            return;
    }
}

void DaemonLink::query(std::string verb, std::string path, Milliseconds timeout,
                       QueryHandler handler) {
    management::Query query{.verb = std::move(verb), .path = std::move(path), .body = {}};
    client_.request(query, timeout, std::move(handler));
}

}  // namespace portcullis::mgmt
