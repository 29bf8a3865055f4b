// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/record/json_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

namespace portcullis::record {

namespace {

constexpr bool is_plain(char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; }

// `digits` of them, zeros in front.
void append_padded(std::string& text, std::uint64_t number, std::size_t digits) {
    std::array<char, 20> buffer;
    for (std::size_t i = digits; i-- > 0; number /= 10) {
        buffer[i] = static_cast<char>('0' + number % 10);
    }
    text.append(buffer.data(), digits);
}

}  // namespace

void append_time(std::string& text, WallTime at) {
    using namespace std::chrono;
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const auto micros = static_cast<std::uint64_t>((at - day).count());
    const std::uint64_t seconds = micros / 1'000'000;
    append_padded(text, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
    append_padded(text += '-', static_cast<unsigned>(date.month()), 2);
    append_padded(text += '-', static_cast<unsigned>(date.day()), 2);
    append_padded(text += 'T', seconds / 3600, 2);
    append_padded(text += ':', seconds / 60 % 60, 2);
    append_padded(text += ':', seconds % 60, 2);
    append_padded(text += '.', micros % 1'000'000, 6);
    text += 'Z';
}

void JsonLine::separate() {
    if (text_.empty()) return;
    const char last = text_.back();
    if (last != '{' && last != '[' && last != ':') text_ += ',';
}

JsonLine& JsonLine::raw(std::string_view text) {
    separate();
    text_ += text;
    return *this;
}

JsonLine& JsonLine::key(std::string_view name) {
    separate();
    text_ += '"';
    text_ += name;
    text_ += "\":";
    return *this;
}

JsonLine& JsonLine::open(char bracket) { return raw({&bracket, 1}); }

JsonLine& JsonLine::close(char bracket) {
    text_ += bracket;
    return *this;
}

JsonLine& JsonLine::value(std::string_view text) {
    if (!std::ranges::all_of(text, is_plain)) {
        using Json = nlohmann::ordered_json;
        return raw(Json(text).dump(-1, ' ', true, Json::error_handler_t::replace));
    }
    separate();
    text_ += '"';
    text_ += text;
    text_ += '"';
    return *this;
}

JsonLine& JsonLine::value(double number) {
    std::array<char, 32> buffer;
    const auto done = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    std::string_view text(buffer.data(), static_cast<std::size_t>(done.ptr - buffer.data()));
    raw(text);
    // A reader that tells integers from other numbers finds the same type in every record.
    if (text.find_first_of(".e") == std::string_view::npos) text_ += ".0";
    return *this;
}

JsonLine& JsonLine::value(WallTime at) {
    separate();
    text_ += '"';
    append_time(text_, at);
    text_ += '"';
    return *this;
}

}  // namespace portcullis::record
