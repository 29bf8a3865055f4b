// SPDX-License-Identifier: BSD-2-Clause
// Component loggers over spdlog: one line per event, "name key=value ...", on standard error.
#pragma once

#include <spdlog/spdlog.h>

#include <memory>
#include <string>

namespace portcullis::log {

// Sets the process's pattern and level once, at start: "trace", "debug", "info", "warn", "error".
void configure(const std::string& daemon, const std::string& level);

// The logger of one component ("transport", "b2bua"); made at first use, kept for the process's
// life.
[[nodiscard]] spdlog::logger& component(const char* name);

}  // namespace portcullis::log
