// SPDX-License-Identifier: BSD-2-Clause
// The two ends of the script: command lines on standard input, event lines on standard output.
#define SU_WAKEUP_ARG_T void
#include "tests/peers/sofia_peer/console.hpp"

#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace sofia_peer {
namespace {

int stdin_is_readable(void*, su_wait_t*, void* console) {
    static_cast<Console*>(console)->on_readable();
    return 0;
}

}  // namespace

void print_event(const nlohmann::json& event) {
    // Wire bytes that are no UTF-8 must not end the program.
    std::string line = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
}

Console::Console(su_root_t* root, std::function<void(const nlohmann::json&)> on_command,
                 std::function<void()> on_end)
    : root_(root), on_command_(std::move(on_command)), on_end_(std::move(on_end)) {
    if (su_wait_create(wait_, STDIN_FILENO, SU_WAIT_IN) != 0) throw std::runtime_error("su_wait");
    index_ = su_root_register(root_, wait_, stdin_is_readable, this, 0);
    if (index_ < 0) throw std::runtime_error("su_root_register");
}

Console::~Console() {
    if (index_ >= 0) su_root_deregister(root_, index_);
}

void Console::on_readable() {
    char buffer[65536];
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got <= 0) {
        su_root_deregister(root_, index_);
        index_ = -1;
        on_end_();
        return;
    }
    pending_.append(buffer, static_cast<std::size_t>(got));
    for (std::size_t end = 0; (end = pending_.find('\n')) != std::string::npos;) {
        const std::string line = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        take_line(line);
    }
}

void Console::take_line(const std::string& line) {
    if (line.empty()) return;
    try {
        on_command_(nlohmann::json::parse(line));
    } catch (const std::exception& problem) {
        print_event({{"event", "error"}, {"text", problem.what()}, {"command", line}});
    }
}

}  // namespace sofia_peer
