// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/time_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <string_view>

namespace portcullis::mgmt {

namespace {

std::tm broken_down(WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const std::time_t stamp = seconds.time_since_epoch().count();
    std::tm out{};
    ::gmtime_r(&stamp, &out);
    return out;
}

}  // namespace

std::string time_text(WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", broken_down(time), (time - seconds).count());
}

std::string http_date(WallTime time) {
    // Not strftime's names: those follow the locale.
    constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::tm tm = broken_down(time);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                       kDays.at(static_cast<std::size_t>(tm.tm_wday)), tm.tm_mday,
                       kMonths.at(static_cast<std::size_t>(tm.tm_mon)), tm.tm_year + 1900,
                       tm.tm_hour, tm.tm_min, tm.tm_sec);
}

}  // namespace portcullis::mgmt
