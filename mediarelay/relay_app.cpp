// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/relay_app.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>

#include "common/base/log.hpp"
#include "common/base/random.hpp"
#include "mediarelay/configurator.hpp"
#include "mediarelay/control/control_server.hpp"
#include "mediarelay/notify.hpp"
#include "mediarelay/packet_engine.hpp"
#include "mediarelay/privileges.hpp"
#include "mediarelay/report_builder.hpp"

namespace portcullis::relay {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// How often the control thread looks at the workers: while an answer is owed, while sessions live,
// and otherwise.
constexpr std::chrono::microseconds kBusyPoll{200};
constexpr Milliseconds kLivePoll{5};
constexpr Milliseconds kIdlePoll{20};
constexpr Milliseconds kHousekeeping{1000};
constexpr std::size_t kNextHops = 16384;

}  // namespace

struct RelayApp::Impl {
    explicit Impl(RelayOptions o) : options(std::move(o)) {}

    RelayOptions options;
    asio::io_context io{1};
    SystemClock clock;
    UniqueFd lock;
    std::uint64_t epoch = random_u64();
    TimePoint started_at = clock.now();
    config::RelayConfig running;
    Exit exit = Exit::Stopped;

    // In the order of their making; destroyed in reverse.
    NextHopTable next_hop_table{kNextHops};
    std::unique_ptr<PacketEngine> engine;
    RetiredPools retired{clock, [this] { return engine->loops(); }};
    std::optional<Netlink> netlink;
    std::optional<NetlinkEvents> events;
    std::optional<MediaFilter> filter;
    std::optional<MediaDevices> devices;
    std::optional<NextHops> hops;
    MediaPools pools{clock};
    FormerState former;
    TimePoint former_until;
    Leases leases{std::chrono::seconds(60)};
    std::optional<SessionManager> sessions;
    std::optional<Configurator> configurator;
    std::optional<ConfigAgent> config;
    std::optional<ControlServer> server;
    ReportBuilder reports;

    asio::steady_timer poll_timer{io};
    asio::steady_timer housekeeping_timer{io};
    asio::signal_set signals{io, SIGTERM, SIGINT};
    std::optional<asio::posix::stream_descriptor> event_socket;
    asio::thread_pool disk{1};  // waits for writes; ends before what it writes

    [[nodiscard]] std::filesystem::path flows_file() const {
        return options.run_dir / "mediarelay.flows";
    }
    Status take_lock();
    Status open_kernel();
    void build_control(const ConfigStore& store);
    void poll();
    void poll_soon();
    void schedule_poll();
    void keep_house();
    void read_events();
    void on_settings(const config::RelayConfig& settings);
    management::QueryReply query(const management::Query& query);
    void stop();
};

// Two relays with one state would take each other's devices apart.
Status RelayApp::Impl::take_lock() {
    std::error_code ignored;
    std::filesystem::create_directories(options.state_dir, ignored);
    std::filesystem::create_directories(options.run_dir, ignored);
    const auto path = options.state_dir / "mediarelay.lock";
    lock = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock) return fail_errno(errno, "state directory " + options.state_dir.string());
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(std::make_error_code(std::errc::device_or_resource_busy),
                    "another relay runs with " + options.state_dir.string());
    }
    return {};
}

Status RelayApp::Impl::open_kernel() {
    auto requests = Netlink::open();
    if (!requests) return std::unexpected(requests.error());
    netlink.emplace(std::move(*requests));
    auto announcements = NetlinkEvents::open();
    if (!announcements) return std::unexpected(announcements.error());
    events.emplace(std::move(*announcements));
    auto tables = MediaFilter::open();
    if (!tables) return std::unexpected(tables.error());
    filter.emplace(std::move(*tables));
    auto program = XdpProgramFile::create();
    if (!program) return std::unexpected(program.error());
    devices.emplace(MediaDevices::Parts{*netlink, engine->mempool(), retired,
                                        static_cast<std::uint16_t>(engine->workers().size()),
                                        options.memory_mb.value_or(running.memory_mb)},
                    std::move(*program));
    return {};
}

void RelayApp::Impl::build_control(const ConfigStore& store) {
    hops.emplace(*netlink, next_hop_table);
    sessions.emplace(SessionManager::Parts{clock, *hops, pools, engine->gateways(), former},
                     [this](const Owner& owner, const relay_api::SessionEvent& event) {
                         server->send_event(owner, event);
                     });
    const auto gateways = engine->gateways();
    configurator.emplace(
        Configurator::Parts{*netlink,
                            *devices,
                            *filter,
                            *hops,
                            pools,
                            {gateways.begin(), gateways.end()},
                            [this] { return sessions->size(); },
                            [this] {
                                exit = Exit::Restart;
                                // The answer to the Commit leaves first.
                                asio::post(io, [this] { stop(); });
                            },
                            [this](const config::RelayConfig& settings) { on_settings(settings); }},
        running);
    config.emplace(clock, store, *configurator, [this](auto work, auto done) {
        asio::post(disk, [this, work = std::move(work), done = std::move(done)] {
            work();
            asio::post(io, done);
        });
    });
    server.emplace(
        io, options.socket,
        ControlServer::Parts{clock, *sessions, leases, *config,
                             [this](const management::Query& asked) { return query(asked); },
                             [this] { poll_soon(); }, epoch});
}

void RelayApp::Impl::on_settings(const config::RelayConfig& settings) {
    leases.set_duration(settings.lease);
    if (settings.polling != running.polling) {
        log::component("config").info("polling_changes_at_restart");
    }
}

void RelayApp::Impl::poll() {
    sessions->poll();
    schedule_poll();
}

void RelayApp::Impl::schedule_poll() {
    const bool work = sessions->busy();
    const Duration wait =
        work ? Duration(kBusyPoll) : Duration(sessions->size() != 0 ? kLivePoll : kIdlePoll);
    poll_timer.expires_after(wait);
    poll_timer.async_wait([this](const error_code& cancelled) {
        if (!cancelled) poll();
    });
}

void RelayApp::Impl::poll_soon() {
    if (!sessions->busy()) return;
    // Each frame asks for this: a burst of them must not put off the poll that is due.
    if (poll_timer.expiry() > std::chrono::steady_clock::now() + kBusyPoll) schedule_poll();
}

void RelayApp::Impl::keep_house() {
    hops->refresh();
    server->tick();
    configurator->retry_missing();
    retired.release();
    if (pools.expire()) configurator->republish();
    if (former.size() != 0 && clock.now() >= former_until) {
        former.clear();
        StateFile::forget_former(flows_file());
    }
    reports.sample(*engine, clock.now());
    poll_soon();
    housekeeping_timer.expires_after(kHousekeeping);
    housekeeping_timer.async_wait([this](const error_code& cancelled) {
        if (!cancelled) keep_house();
    });
}

void RelayApp::Impl::read_events() {
    event_socket->async_wait(asio::posix::stream_descriptor::wait_read,
                             [this](const error_code& cancelled) {
                                 if (cancelled) return;
                                 events->drain([this](const NetlinkEvent& event) {
                                     const auto* link = std::get_if<LinkChanged>(&event);
                                     if (link != nullptr && link->removed) {
                                         configurator->on_link_removed(link->link.index);
                                     } else if (link != nullptr) {
                                         configurator->on_link_changed(link->link);
                                     } else if (std::holds_alternative<EventsLost>(event)) {
                                         configurator->on_events_lost();
                                     }
                                     hops->on_event(event);
                                 });
                                 poll_soon();
                                 read_events();
                             });
}

management::QueryReply RelayApp::Impl::query(const management::Query& asked) {
    if (asked.verb != "GET") return {405, "text/plain", "only GET\n"};
    if (asked.path == "sessions") return {200, "application/json", sessions_json(*sessions)};
    if (asked.path != "status" && asked.path != "metrics") {
        return {404, "text/plain", "status, metrics, sessions\n"};
    }
    RelayReport report = reports.build(*engine, *configurator, pools);
    report.epoch = epoch;
    report.applied = config->applied();
    report.prepared = config->prepared();
    report.uptime_s =
        std::chrono::duration_cast<std::chrono::seconds>(clock.now() - started_at).count();
    report.memory_mb = running.memory_mb;
    report.sessions = sessions->size();
    report.next_hops = hops->hop_count();
    if (asked.path == "status") return {200, "application/json", status_json(report)};
    return {200, "text/plain; version=0.0.4", metrics_text(report)};
}

void RelayApp::Impl::stop() {
    notify_supervisor("STOPPING=1");
    server->stop();
    engine->stop_workers();
    configurator->shut_down(sessions->size() != 0 || exit == Exit::Restart);
    io.stop();
}

RelayApp::RelayApp(RelayOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

RelayApp::~RelayApp() = default;

Status RelayApp::start() {
    Impl& self = *impl_;
    if (self.options.run_dir.empty()) self.options.run_dir = self.options.socket.parent_path();
    if (const auto missing = missing_capabilities(); !missing.empty()) {
        return fail(std::make_error_code(std::errc::operation_not_permitted),
                    "the relay needs " + missing + ": run it as root or grant them");
    }
    raise_memory_lock_limit();
    if (auto locked = self.take_lock(); !locked) return locked;
    const ConfigStore store(self.options.state_dir / "relay-config");
    if (const auto plan = ConfigAgent::stored_plan(store)) self.running = plan->settings;

    EngineOptions engine;
    engine.settings = self.running;
    if (self.options.memory_mb) engine.settings.memory_mb = *self.options.memory_mb;
    if (self.options.workers) engine.settings.workers = *self.options.workers;
    engine.no_huge = self.options.no_huge;
    engine.state_file = self.flows_file();
    LeftState left;
    auto made = PacketEngine::create(engine, self.next_hop_table, left);
    if (!made) return std::unexpected(made.error());
    self.engine = std::move(*made);
    self.former = FormerState(std::move(left));
    self.former_until = self.clock.now() + std::chrono::minutes(5);

    if (auto opened = self.open_kernel(); !opened) return opened;
    self.build_control(store);
    // Listening comes before devices are touched: a relay that serves this socket keeps them.
    if (auto listening = self.server->listen(); !listening) return listening;
    self.former.restore_pools(
        self.pools, {.released = self.running.quarantine, .live = self.running.lease},
        self.clock.now(),
        std::chrono::duration_cast<std::chrono::seconds>(self.clock.wall_now().time_since_epoch())
            .count());
    self.pools.keep_in(self.engine->state());
    self.config->start();
    if (self.pools.pools().empty()) self.filter->remove();

    self.signals.async_wait([&self](const error_code& cancelled, int) {
        if (!cancelled) self.stop();
    });
    self.event_socket.emplace(self.io, self.events->fd());
    self.read_events();
    self.keep_house();
    self.poll();
    return {};
}

RelayApp::Exit RelayApp::run() {
    Impl& self = *impl_;
    notify_supervisor("READY=1");
    log::component("relay").info(
        "ready pid={} workers={} huge_pages={} start_ms={}", ::getpid(),
        self.engine->workers().size(), self.engine->huge_pages(),
        std::chrono::duration_cast<Milliseconds>(self.clock.now() - self.started_at).count());
    self.io.run();
    // The descriptor belongs to `events`.
    self.event_socket->release();
    log::component("relay").info("stopped");
    return self.exit;
}

}  // namespace portcullis::relay
