// SPDX-License-Identifier: BSD-2-Clause
// The two ends of the script: command lines on standard input, event lines on standard output.
#pragma once

#include <sofia-sip/su_wait.h>

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sofia_peer {

// Prints one event as one line of JSON. A line is written whole and at once.
void print_event(const nlohmann::json& event);

// Reads commands, one JSON object each line, from standard input inside the event loop. Calls
// `on_command` for each and `on_end` once at the end of input. A line that is no JSON object is
// reported as an `error` event. Lives as long as the loop; one thread.
class Console {
 public:
    Console(su_root_t* root, std::function<void(const nlohmann::json&)> on_command,
            std::function<void()> on_end);
    ~Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    void on_readable();

 private:
    void take_line(const std::string& line);

    su_root_t* root_;
    su_wait_t wait_[1];
    int index_;
    std::string pending_;
    std::function<void(const nlohmann::json&)> on_command_;
    std::function<void()> on_end_;
};

}  // namespace sofia_peer
