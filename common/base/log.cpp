// SPDX-License-Identifier: BSD-2-Clause
#include "common/base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>

#include <mutex>

namespace portcullis::log {

void configure(const std::string& daemon, const std::string& level) {
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%fZ " + daemon + " %l %n %v",
                        spdlog::pattern_time_type::utc);
    spdlog::set_level(spdlog::level::from_str(level));
    spdlog::flush_on(spdlog::level::info);
}

spdlog::logger& component(const char* name) {
    static std::mutex creation;
    const std::scoped_lock lock(creation);
    auto logger = spdlog::get(name);
    if (!logger) logger = spdlog::stderr_logger_mt(name);
    return *logger;
}

}  // namespace portcullis::log
