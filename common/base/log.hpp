// SPDX-License-Identifier: BSD-2-Clause
// Component loggers over spdlog: one line per event, "name key=value ...", on standard error.
#pragma once

#include <spdlog/spdlog.h>

#include <memory>
#include <string>

namespace portcullis::log {

// Sets the process's pattern and level once, at start: "trace", "debug", "info", "warn", "error".
void configure(const std::string& daemon, const std::string& level);

// What gives every event its one line: control characters in it, whoever sent them, are written as
// \xNN, so that no message can forge an event or speak to a terminal.
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_formatter(const std::string& daemon);

// The logger of one component ("transport", "b2bua"); made at first use, kept for the process's
// life.
[[nodiscard]] spdlog::logger& component(const char* name);

}  // namespace portcullis::log
