// SPDX-License-Identifier: BSD-2-Clause
// One event is one line, whatever a peer's text holds (threats 38).
#include "common/base/log.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

namespace portcullis::log {
namespace {

struct LogCase {
    const char* name;
    std::string text;  // as a percent-unescaped user part or an error text may be
    const char* want;
};

class LogLine : public testing::TestWithParam<LogCase> {};

TEST_P(LogLine, IsOne) {
    std::ostringstream out;
    spdlog::logger logger("b2bua", std::make_shared<spdlog::sinks::ostream_sink_st>(out));
    logger.set_formatter(make_formatter("signaling"));
    logger.warn("loop_detected called={}", GetParam().text);
    const auto line = out.str();
    const auto at = line.find(" signaling warning b2bua loop_detected called=");
    ASSERT_NE(at, std::string::npos) << line;
    EXPECT_EQ(line.substr(at + 46), std::string(GetParam().want) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Texts, LogLine,
    testing::Values(LogCase{"plain", "+4930", "+4930"},
                    LogCase{"%0a", "1\n2026-01-01T00:00:00Z signaling info b2bua forged",
                            "1\\x0a2026-01-01T00:00:00Z signaling info b2bua forged"},
                    LogCase{"%0d%0a", "1\r\nx", "1\\x0d\\x0ax"},
                    LogCase{"%00", std::string("1\0002", 3), "1\\x002"},
                    LogCase{"escape sequence", "\x1b[2J", "\\x1b[2J"},
                    LogCase{"delete", "\x7f", "\\x7f"},
                    LogCase{"C1 in UTF-8",
                            "\xc2\x9b"
                            "2J",
                            "\xc2\\x9b2J"},
                    LogCase{"C1 alone",
                            "\x9b"
                            "2J",
                            "\\x9b2J"},
                    LogCase{"letters of UTF-8", "M\xc3\xbcller \xe2\x82\xac",
                            "M\xc3\xbcller \xe2\x82\xac"}));

}  // namespace
}  // namespace portcullis::log
