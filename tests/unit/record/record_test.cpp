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

void append(MessageRing& ring, const LoggedMessage& m) { ring.append(m, m.bytes); }

TEST(MessageRing, OverwritesTheOldestAndKeepsTheRestWhole) {
    MessageRing ring(64 << 10);
    for (int i = 0; i < 10000; ++i) {
        append(ring, message(static_cast<std::uint64_t>(i % 10 + 1),
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
    append(ring, message(1, "kept"));
    append(ring, message(2, std::string(60 << 10, 'x')));
    EXPECT_EQ(ring.find(CallId{1}).size(), 1U);
    EXPECT_TRUE(ring.find(CallId{2}).empty());
}

TEST(MessageRing, OfNoSizeKeepsNothing) {
    MessageRing ring(0);
    EXPECT_FALSE(ring.keeps_messages());
    append(ring, message(1, "gone"));
    EXPECT_TRUE(ring.find(CallId{1}).empty());
}

// Round and round a small ring: every message comes out as it went in, in order.
TEST(MessageQueue, CarriesMessagesOfAnySizeAcrossItsEnd) {
    MessageQueue queue(5000);
    std::size_t pushed = 0;
    std::size_t taken = 0;
    const auto text_of = [](std::size_t i) {
        return std::string(i * 37 % 1500, static_cast<char>('a' + i % 26));
    };
    while (taken < 1000) {
        for (; pushed < 1000; ++pushed) {
            const auto m = message(pushed + 1, text_of(pushed));
            if (!queue.push(m, m.bytes)) break;
        }
        queue.consume_all([&](const MessageFacts& facts, std::string_view bytes) {
            ASSERT_EQ(facts.call.value, taken + 1);
            ASSERT_EQ(bytes, text_of(taken));
            ++taken;
        });
    }
    EXPECT_FALSE(queue.push(message(1, ""), std::string(6000, 'x')));
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
    EXPECT_EQ(json["from_number"], "a\"b\r\n\xef\xbf\xbd{}");
}

TEST(CallRecord, KeepsNumbersAndNumbersWithFractionsApart) {
    CallRecord record;
    auto& figures = record.media.emplace_back();
    figures.codec = "PCMA";
    figures.stats.rx_expected = 3;
    figures.stats.rx_lost = 1;
    figures.stats.mos_x100 = 441;
    figures.stats.rtp_latched = *Endpoint::parse("[fd00::2]:4000");
    const auto media = nlohmann::json::parse(to_json_line(record))["media"][0];
    EXPECT_TRUE(media["lost"].is_number_integer());
    EXPECT_NEAR(media["loss_percent"].get<double>(), 33.333, 0.001);
    EXPECT_TRUE(media["jitter_ms"].is_number_float());
    EXPECT_EQ(media["mos"], 4.41);
    EXPECT_EQ(media["remote"], "[fd00::2]:4000");
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
        const auto invite = message(9, "INVITE");
        writer.feed(1).push(invite, invite.bytes);
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
