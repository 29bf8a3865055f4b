// SPDX-License-Identifier: BSD-2-Clause
// EngineTest: an engine, a shard's locator on the test's thread, and time that the test moves.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "signaling/locate/shard_locator.hpp"
#include "tests/unit/locate/name_server.hpp"
#include "tests/unit/locate/zone.hpp"

namespace portcullis::locate {

// Read by the engine's thread while the test moves it.
class SharedClock final : public Clock {
 public:
    [[nodiscard]] TimePoint now() const override { return TimePoint(Duration(now_.load())); }
    [[nodiscard]] WallTime wall_now() const override { return {}; }
    void advance(Duration by) { now_ += by.count(); }

 private:
    std::atomic<Duration::rep> now_{Duration(std::chrono::hours{1}).count()};
};

// A shard's queue of tasks, run by whoever calls run_until().
class Tasks {
 public:
    void post(std::function<void()> task) {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        ready_.notify_one();
    }
    // False after ten seconds.
    bool run_until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!done()) {
            std::unique_lock lock(mutex_);
            if (!ready_.wait_until(lock, end, [this] { return !tasks_.empty(); })) return false;
            const auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
        }
        return true;
    }
    [[nodiscard]] bool empty() {
        const std::lock_guard lock(mutex_);
        return tasks_.empty();
    }
    [[nodiscard]] Post poster() {
        return [this](std::function<void()> task) { post(std::move(task)); };
    }

 private:
    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::function<void()>> tasks_;
};

class EngineTest : public ::testing::Test {
 protected:
    // Engine and locator, asking these servers.
    void start(const std::vector<Endpoint>& servers, bool v6 = false) {
        settings_.servers = servers;
        settings_.v6 = v6;
        settings_.timeout = std::chrono::milliseconds(150);
        settings_.tries = 1;
        engine_ = std::make_unique<Engine>(clock_, settings_, first_of_all());
        ASSERT_TRUE(engine_->start());
        locator_ =
            std::make_unique<ShardLocator>(*engine_, clock_, first_of_all(), tasks_.poster());
        locator_->configure(settings_);
    }
    static Where at(std::string host, std::optional<std::uint16_t> port = 5060) {
        return {std::move(host), port, {}, false};
    }
    // The servers, or the error in words.
    static std::string text(const Result<Answer>& answer) {
        return answer ? text_of(answer->servers) : answer.error().code.message();
    }
    // Asks and waits.
    std::string locate(const Where& where) {
        std::optional<std::string> got;
        locator_->locate(where, [&](const Result<Answer>& answer) { got = text(answer); });
        if (!tasks_.run_until([&] { return got.has_value(); })) return "no answer";
        return *got;
    }

    SharedClock clock_;
    Settings settings_;
    Tasks tasks_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<ShardLocator> locator_;
};

}  // namespace portcullis::locate
