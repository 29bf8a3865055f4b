// SPDX-License-Identifier: BSD-2-Clause
// The message ring, the JSON of a record, and the writer thread with a real directory.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "signaling/record/call_record.hpp"
#include "signaling/record/record_writer.hpp"

namespace portcullis::record {
namespace {

LoggedMessage message(std::uint64_t call, std::string text) {
    LoggedMessage m;
    m.call = CallId{call};
    m.local = *Endpoint::parse("198.18.0.1:5060");
    m.remote = *Endpoint::parse("[fd00::2]:5060");
    m.at = WallTime(std::chrono::microseconds(1));
    m.bytes = std::move(text);
    return m;
}

TEST(MessageRing, OverwritesTheOldestAndKeepsTheRestWhole) {
    MessageRing ring(64 << 10);
    for (int i = 0; i < 10000; ++i) {
        ring.append(message(static_cast<std::uint64_t>(i % 10 + 1),
                            std::string(700, static_cast<char>('a' + i % 26))));
    }
    std::size_t kept = 0;
    for (std::uint64_t call = 1; call <= 10; ++call) {
        for (const auto& m : ring.find(CallId{call})) {
            EXPECT_EQ(m.bytes.size(), 700U);
            EXPECT_EQ(m.bytes.find_first_not_of(m.bytes[0]), std::string::npos);
            EXPECT_EQ(m.remote.text(), "[fd00::2]:5060");
            ++kept;
        }
    }
    EXPECT_GT(kept, 50U);
    EXPECT_LT(kept, 100U);
}

TEST(MessageRing, IgnoresAMessageThatWouldFlushIt) {
    MessageRing ring(64 << 10);
    ring.append(message(1, "kept"));
    ring.append(message(2, std::string(60 << 10, 'x')));
    EXPECT_EQ(ring.find(CallId{1}).size(), 1U);
    EXPECT_TRUE(ring.find(CallId{2}).empty());
}

TEST(CallRecord, IsOneLineWhateverTheTextHolds) {
    CallRecord record;
    record.from_number = "a\"b\r\n\xff{}";
    record.attempts.push_back({"carrier", "gw", 503, "x\ny", 12});
    const auto line = to_json_line(record);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["attempts"][0]["code"], 503);
    EXPECT_TRUE(json["answered_at"].is_null());
    EXPECT_EQ(json["released_by"], "sbc");
}

TEST(CallRecord, PrintsTimesInUtcWithMicroseconds) {
    EXPECT_EQ(format_time(WallTime(std::chrono::microseconds(1'000'000'000'000'123))),
              "2001-09-09T01:46:40.000123Z");
}

TEST(RecordWriter, WritesEveryRecordInOrderAndFillsTheRing) {
    const auto directory =
        std::filesystem::temp_directory_path() / ("pc-records-" + std::to_string(::getpid()));
    std::filesystem::remove_all(directory);
    MessageRing ring(1 << 20);
    {
        RecordWriter writer(directory, ring, 2);
        ASSERT_TRUE(writer.start());
        // More than the queue holds: the backlog takes the rest, nothing is lost.
        for (int i = 0; i < 10000; ++i) {
            writer.feed(0).push(RecordLine{WallTime{}, std::to_string(i)});
        }
        writer.feed(1).push(message(9, "INVITE"));
        while (writer.written() < 10000) writer.feed(0).flush();
        writer.stop();
    }
    std::ifstream file(directory / "1970-01-01.jsonl");
    std::string line;
    int expected = 0;
    while (std::getline(file, line)) {
        ASSERT_EQ(line, std::to_string(expected));
        ++expected;
    }
    EXPECT_EQ(expected, 10000);
    EXPECT_EQ(ring.find(CallId{9}).size(), 1U);
    std::filesystem::remove_all(directory);
}

// What a full disk or a killed process left behind must not take the next record with it.
TEST(RecordWriter, EndsATornLineBeforeTheNextRecord) {
    const auto directory =
        std::filesystem::temp_directory_path() / ("pc-torn-" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory);
    const auto at = SystemClock().wall_now();
    const auto path = directory / (format_time(at).substr(0, 10) + ".jsonl");
    std::ofstream(path) << "{\"whole\":1}\n{\"half\":";
    MessageRing ring(4096);
    RecordWriter writer(directory, ring, 1);
    ASSERT_TRUE(writer.start());
    writer.feed(0).push(RecordLine{at, "{\"next\":2}"});
    writer.stop();
    std::ifstream file(path);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(text, "{\"whole\":1}\n{\"half\":\n{\"next\":2}\n");
    std::filesystem::remove_all(directory);
}

TEST(RecordWriter, RefusesADirectoryItCannotMake) {
    MessageRing ring(1 << 16);
    RecordWriter writer("/proc/records", ring, 1);
    EXPECT_FALSE(writer.start());
}

}  // namespace
}  // namespace portcullis::record
