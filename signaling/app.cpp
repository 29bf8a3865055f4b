// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/app.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <thread>

#include "common/base/log.hpp"
#include "common/base/random.hpp"

namespace portcullis {
namespace {

// Differs after every boot of the machine: a checkpoint of another boot is of a power loss.
std::string machine_boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

// How long the end may take for the sake of registrars.
constexpr std::chrono::seconds kLeaveTrunks{2};

// Seconds since 1970, and never one that an earlier process of this state directory had: a quick
// restart must not repeat call ids.
std::uint32_t next_epoch(const std::filesystem::path& state_dir) {
    std::error_code ignored;
    std::filesystem::create_directories(state_dir, ignored);
    const auto path = state_dir / "epoch";
    std::uint32_t last = 0;
    std::ifstream(path) >> last;
    const auto now = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                                    SystemClock().wall_now().time_since_epoch())
                                                    .count());
    const auto epoch = std::max(now, last + 1);
    std::ofstream(path) << epoch << "\n";
    return epoch;
}

}  // namespace

App::App(const AppOptions& options)
    : options_(options),
      boot_epoch_(next_epoch(options.state_dir)),
      slots_(options.shards),
      router_(slots_),
      ring_(options.message_ring_mb << 20),
      records_(options.cdr_dir, ring_, options.shards),
      dns_(clock_, {}, random_below),
      handshakes_(std::clamp(std::thread::hardware_concurrency() / 2, 1U, 4U)),
      config_(io_, shards_, options.state_dir / "signaling-config.json"),
      queries_(io_, shards_, config_, admission_, records_, ring_, boot_epoch_),
      server_(io_, options.socket, config_, queries_, boot_epoch_) {}

App::~App() {
    server_.stop();
    for (const auto& shard : shards_) shard->stop();
    handshakes_.stop();
    // After the shards, which push; before the ring.
    records_.stop();
}

// Two processes on one state directory would each own the same calls.
Status App::lock_state_dir() {
    std::error_code error;
    std::filesystem::create_directories(options_.state_dir, error);
    const auto path = options_.state_dir / "signaling.lock";
    lock_ = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock_) {
        return fail_errno(errno, "state directory " + options_.state_dir.string() +
                                     " (give a writable --state-dir)");
    }
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail_errno(errno, "state directory " + options_.state_dir.string() +
                                     " is in use by another portcullis-signaling");
    }
    return {};
}

Status App::open_shards() {
    const auto boot_file = options_.state_dir / "boot-id";
    std::string known;
    std::ifstream(boot_file) >> known;
    const bool power_was_lost = !known.empty() && known != machine_boot_id();
    std::ofstream(boot_file) << machine_boot_id() << "\n";
    const auto throttle = std::make_shared<auth::SourceThrottle>();
    for (std::uint16_t i = 0; i < options_.shards; ++i) {
        const ShardOptions shard{
            .id = ShardId{i},
            .checkpoint_file = options_.state_dir / ("calls-" + std::to_string(i) + ".checkpoint"),
            .relay_socket = options_.relay_socket,
            .boot_epoch = boot_epoch_,
            .power_was_lost = power_was_lost,
            .throttle = throttle,
            .handshakes = &handshakes_};
        shards_.push_back(std::make_unique<Shard>(shard, router_, slots_.home_slot(shard.id),
                                                  admission_, records_.feed(i), dns_, shards_));
        if (const auto opened = shards_.back()->open(); !opened) return opened;
    }
    return adopt_checkpoints();
}

// A start with fewer shards: the calls of a shard that is no more go to the one that now owns
// their slot.
Status App::adopt_checkpoints() {
    for (int i = options_.shards; i < 256; ++i) {
        const auto path = options_.state_dir / ("calls-" + std::to_string(i) + ".checkpoint");
        if (!std::filesystem::exists(path)) continue;
        checkpoint::CheckpointStore orphan;
        if (const auto opened = orphan.open(path); !opened) return opened;
        const auto owner = slots_.shard_of(shard::Slot{static_cast<std::uint8_t>(i)});
        if (const auto moved = shards_[owner.value]->adopt(orphan); !moved) return moved;
        std::error_code error;
        std::filesystem::remove(path, error);
    }
    return {};
}

Status App::start() {
    if (auto locked = lock_state_dir(); !locked) return locked;
    if (auto started = records_.start(); !started) return started;
    if (auto started = dns_.start(); !started) return started;
    if (auto opened = open_shards(); !opened) return opened;
    config_.load_last_good();
    if (auto listening = server_.listen(); !listening) return listening;
    for (const auto& shard : shards_) shard->run();
    log::component("app").info("started version={} shards={} epoch={}", PORTCULLIS_VERSION,
                               options_.shards, boot_epoch_);
    return {};
}

void App::wait_for_signal() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
        if (error) return;
        log::component("app").info("stopping signal={}", number);
        ::sd_notify(0, "STOPPING=1");
        server_.stop();
        io_.stop();
    });
}

void App::run() {
    wait_for_signal();
    ::sd_notify(0, "READY=1");
    io_.run();
    shards_.front()->leave_trunks(kLeaveTrunks);
}

}  // namespace portcullis
