// SPDX-License-Identifier: BSD-2-Clause
#include "common/base/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <mutex>
#include <string_view>

namespace portcullis::log {
namespace {

// What a terminal or a reader by lines takes for more than a letter: C0, DEL, and the C1 controls,
// which UTF-8 writes as C2 80 to C2 9F. A lone byte of that range is one on an 8-bit terminal.
bool is_control(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte < 0x80 || byte > 0x9f) return false;
    const auto before = at == 0 ? 0U : static_cast<unsigned char>(text[at - 1]);
    return before < 0x80 || before == 0xc2;
}

// The pattern's line, then whatever of it could look like another line made harmless.
class OneLine final : public spdlog::formatter {
 public:
    explicit OneLine(std::string daemon)
        : daemon_(std::move(daemon)),
          line_("%Y-%m-%dT%H:%M:%S.%fZ " + daemon_ + " %l %n %v", spdlog::pattern_time_type::utc,
                "") {}

    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        spdlog::memory_buf_t line;
        line_.format(message, line);
        const std::string_view text(line.data(), line.size());
        constexpr std::string_view kHex = "0123456789abcdef";
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (!is_control(text, i)) {
                out.push_back(text[i]);
                continue;
            }
            const auto byte = static_cast<unsigned char>(text[i]);
            const std::array<char, 4> escaped{'\\', 'x', kHex[byte >> 4U], kHex[byte & 15U]};
            out.append(escaped.data(), escaped.data() + escaped.size());
        }
        out.push_back('\n');
    }

    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<OneLine>(daemon_);
    }

 private:
    std::string daemon_;
    spdlog::pattern_formatter line_;
};

}  // namespace

std::unique_ptr<spdlog::formatter> make_formatter(const std::string& daemon) {
    return std::make_unique<OneLine>(daemon);
}

void configure(const std::string& daemon, const std::string& level) {
    spdlog::set_formatter(make_formatter(daemon));
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
