// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/shard.hpp"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>

#include "common/base/log.hpp"
#include "common/base/random.hpp"

namespace portcullis {
namespace {

// A timer that is scheduled while we wait is noticed this late at most; SIP's shortest is 500 ms.
constexpr Milliseconds kLongestNap{50};

}  // namespace

Shard::Shard(const ShardOptions& options, const shard::ShardRouter& router, shard::Slot slot,
             policy::Admission& admission, record::RecordFeed& records, locate::Engine& dns,
             const Shards& peers)
    : options_(options),
      peers_(peers),
      records_(records),
      dns_(dns),
      locator_(dns, clock_, random_below,
               [this](std::function<void()> task) { post(std::move(task)); }),
      transport_(io_, options.id, router, {}, transport_handlers()),
      relay_(io_, options.relay_socket, "signaling-" + std::to_string(options.id.value),
             options.boot_epoch, relay_handlers()),
      calls_({.clock = clock_,
              .wheel = wheel_,
              .relay = relay_,
              .admission = admission,
              .records = records,
              .checkpoints = checkpoints_,
              .slot = slot,
              .shard = options.id,
              .boot_epoch = options.boot_epoch,
              .locator = &locator_,
              .trunks = &trunk_view_}),
      core_(calls_, wheel_),
      transactions_(clock_, wheel_, transport_, {}, {}, core_),
      trunk_view_([this](trunk::Report report) {
          auto& first = *peers_.front();
          first.post(
              [&first, report = std::move(report)] { first.trunk_service_->report(report); });
      }) {
    calls_.attach(transactions_);
    core_.attach(transactions_);
    core_.attach(trunk_view_);
    core_.attach(options.throttle);
    if (options.id == ShardId{0}) start_trunk_service(slot);
}

// One shard asks and registers for all; each gets what it finds.
void Shard::start_trunk_service(shard::Slot slot) {
    trunk_service_ = std::make_unique<trunk::TrunkService>(trunk::ServiceParts{
        .clock = clock_,
        .wheel = wheel_,
        .transactions = transactions_,
        .locator = locator_,
        .slot = slot,
        .publish = [this](const trunk::TrunkStatesPtr& states) {
            for (const auto& peer : peers_) {
                peer->post([shard = peer.get(), states] { shard->trunk_view_.update(states); });
            }
        }});
    core_.attach(*trunk_service_);
}

Shard::~Shard() { stop(); }

transport::TransportHandlers Shard::transport_handlers() {
    transport::TransportHandlers handlers;
    handlers.on_message = [this](const sip::MessagePtr& message, const transport::Source& source) {
        on_message(message, source);
    };
    handlers.on_destination_failed = [this](const Endpoint& remote, TransportKind transport,
                                            const Error&) {
        // The sockets of all shards share their address, and the kernel picks one of them to tell.
        for (const auto& peer : peers_) {
            peer->post([shard = peer.get(), remote, transport] {
                shard->transactions_.fail_destination(remote, transport);
            });
        }
    };
    handlers.on_flow_lost = [this](transport::FlowId flow) {
        // Requests of any shard may have gone over the connection that this one owns.
        for (const auto& peer : peers_) {
            peer->post([shard = peer.get(), flow] { shard->transactions_.fail_flow(flow); });
        }
    };
    handlers.admit = [this](std::string_view interface, const Endpoint& remote, std::size_t) {
        return core_.hears(interface, remote.address);
    };
    handlers.answers_malformed = [this](std::string_view interface, const Endpoint& remote) {
        return core_.answers_malformed(interface, remote.address);
    };
    handlers.is_in_use = [this](std::string_view interface) {
        bool used = false;
        calls_.for_each([&used, interface](b2bua::Call& call) {
            for (const auto side : {b2bua::Side::A, b2bua::Side::B}) {
                used = used || call.leg(side).address.interface == interface;
            }
        });
        return used;
    };
    handlers.post_to_shard = [this](ShardId to, std::string raw, const transport::Source& source) {
        auto& peer = *peers_[to.value];
        peer.post([&peer, raw = std::move(raw), source]() mutable {
            peer.transport_.receive_raw(std::move(raw), source);
        });
    };
    handlers.post_send = [this](ShardId to, const transport::Destination& destination,
                                const sip::MessagePtr& message,
                                const transport::SendHandler& on_failure) {
        auto& peer = *peers_[to.value];
        peer.post([&peer, destination, message, on_failure] {
            peer.transport_.send(destination, message, on_failure);
        });
    };
    handlers.tls_terms = [this](const transport::Destination& to) -> transport::TlsTermsPtr {
        const auto config = calls_.config();
        return config && config->tls ? config->tls->terms(to) : nullptr;
    };
    if (options_.handshakes != nullptr) {
        handlers.offload = [pool = options_.handshakes](std::function<void()> job) {
            pool->post(std::move(job));
        };
    }
    handlers.on_wire = [this](const transport::WireEvent& event) { on_wire(event); };
    return handlers;
}

media::RelayHandlers Shard::relay_handlers() {
    return {.desired =
                [this] {
                    std::vector<relay_api::InstallSession> sessions;
                    calls_.for_each([&sessions](b2bua::Call& call) {
                        if (call.has_media() && call.state() != b2bua::CallState::Releasing) {
                            sessions.push_back(call.desired_media());
                        }
                    });
                    return sessions;
                },
            .on_lost =
                [this](SessionId session, const std::string& reason) {
                    if (auto* const call = calls_.find(CallId{session.value})) {
                        call->hang_up("media lost: " + reason);
                    }
                    calls_.reap();
                },
            .on_event =
                [this](const relay_api::SessionEvent& event) {
                    if (auto* const call = calls_.find(CallId{event.session.value})) {
                        call->on_media_event(event);
                    }
                    calls_.reap();
                }};
}

Status Shard::open() { return checkpoints_.open(options_.checkpoint_file); }

Status Shard::adopt(const checkpoint::CheckpointStore& orphan) {
    Status moved;
    orphan.for_each([&](std::uint64_t key, std::span<const std::byte> value) {
        if (auto put = checkpoints_.put(key, value); !put) moved = put;
    });
    return moved;
}

void Shard::run() {
    tick();
    thread_ = std::thread([this] {
        const auto guard = boost::asio::make_work_guard(io_);
        io_.run();
    });
    ::pthread_setname_np(thread_.native_handle(),
                         ("shard-" + std::to_string(options_.id.value)).c_str());
}

void Shard::stop() {
    if (!thread_.joinable()) return;
    post([this] {
        relay_.stop();
        ticker_.cancel();
        io_.stop();
    });
    thread_.join();
}

void Shard::leave_trunks(Duration limit) {
    if (!trunk_service_ || !thread_.joinable()) return;
    const auto left = std::make_shared<std::promise<void>>();
    auto done = left->get_future();
    post([this, limit, left] { trunk_service_->stop(limit, [left] { left->set_value(); }); });
    (void)done.wait_for(limit + kLongestNap);
}

void Shard::post(std::function<void()> task) { boost::asio::post(io_, std::move(task)); }

std::vector<transport::InterfaceSpec> Shard::interfaces(const b2bua::ConfigSnapshot& config) {
    std::vector<transport::InterfaceSpec> specs;
    for (const auto& interface : config.policy->sip_interfaces()) {
        specs.push_back({.name = interface.name,
                         .address = interface.endpoint(),
                         .transports = {interface.transports.begin(), interface.transports.end()},
                         .tls = config.tls ? config.tls->find(interface.tls_profile) : nullptr,
                         .websocket = {interface.websocket.path, interface.websocket.origins},
                         .keepalive = interface.keepalive,
                         .idle_timeout = interface.idle_timeout});
    }
    return specs;
}

Shard::Obstacles Shard::try_configure(const b2bua::ConfigSnapshot& config) const {
    Obstacles found;
    for (const auto& spec : interfaces(config)) {
        if (const auto bound = transport_.try_bind({spec}); !bound) {
            found.emplace_back(spec.name, bound.error());
        }
    }
    return found;
}

Status Shard::configure(const b2bua::ConfigPtr& config, transport::Unbindable unbindable) {
    if (auto bound = transport_.configure(interfaces(*config), unbindable); !bound) return bound;
    const auto& timers = config->policy->timers();
    transactions_.configure({.t1 = timers.t1, .t2 = timers.t2, .t4 = timers.t4},
                            {.udp_max_bytes = timers.udp_max_bytes});
    const auto settings = locate::settings_of(*config->policy);
    dns_.configure(settings);
    locator_.configure(settings);
    calls_.configure(config);
    if (trunk_service_) trunk_service_->configure(config->policy);
    recover_once();
    return {};
}

// Calls need interfaces to speak from, so they come back with the first configuration.
void Shard::recover_once() {
    if (recovered_) return;
    recovered_ = true;
    calls_.recover(checkpoints_, options_.power_was_lost);
    if (calls_.size() > 0) {
        log::component("b2bua").info("recovered calls={} unrecoverable={}", calls_.size(),
                                     calls_.counters().unrecoverable);
    }
    relay_.start();
}

void Shard::on_message(const sip::MessagePtr& message, const transport::Source& source) {
    transactions_.on_message(message, source);
    // What crossed the wire before its call existed: the INVITE itself and its 100.
    for (const auto& event : std::exchange(unclaimed_, {})) log_message(event);
}

void Shard::on_wire(const transport::WireEvent& event) {
    if (!records_.keeps_messages() || log_message(event)) return;
    if (event.direction == transport::Direction::Sent && is_reliable(event.transport)) {
        offer_to_peers(event);
    }
    if (event.message->method() != sip::Method::Invite) return;
    // Kept only while a received INVITE is being handled, and never more than its first answers.
    if (event.direction == transport::Direction::Received) {
        unclaimed_.clear();
    } else if (unclaimed_.empty() || unclaimed_.size() >= 4) {
        return;
    }
    unclaimed_.push_back(event);
}

// A connection of ours also carries what other shards send, and the call is theirs then.
void Shard::offer_to_peers(const transport::WireEvent& event) {
    for (const auto& peer : peers_) {
        if (peer.get() == this) continue;
        peer->post([shard = peer.get(), event] { (void)shard->log_message(event); });
    }
}

bool Shard::log_message(const transport::WireEvent& event) {
    const auto owner = calls_.watched(event.message->essentials().call_id);
    if (!owner) return false;
    records_.push({.call = owner->call,
                   .side = owner->side,
                   .received = event.direction == transport::Direction::Received,
                   .transport = event.transport,
                   .at = clock_.wall_now(),
                   .local = event.local,
                   .remote = event.remote},
                  event.message->bytes());
    return true;
}

void Shard::tick() {
    wheel_.advance(clock_.now());
    records_.flush();
    const auto latest = clock_.now() + kLongestNap;
    ticker_.expires_at(std::min(wheel_.next_deadline().value_or(latest), latest));
    ticker_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) tick();
    });
}

}  // namespace portcullis
