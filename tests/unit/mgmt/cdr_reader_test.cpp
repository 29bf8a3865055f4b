// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/cdr_reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_dir.hpp"

namespace portcullis::mgmt {
namespace {

class CdrReader : public ::testing::Test {
 protected:
    void write(const std::string& name, const std::string& text) {
        std::ofstream(dir_.path() / name, std::ios::binary | std::ios::app) << text;
    }
    static std::string record(int id, const std::string& trunk = "pbx", int code = 200) {
        return R"({"call_id":")" + std::to_string(id) + R"(","a_trunk":")" + trunk +
               R"(","b_trunk":"carrier","from_number":"100","to_number":"200","sip_code":)" +
               std::to_string(code) + "}\n";
    }
    static std::vector<int> ids(const CdrPage& page) {
        std::vector<int> out;
        for (const auto& entry : page.records) {
            out.push_back(std::stoi(entry["call_id"].get<std::string>()));
        }
        return out;
    }
    // Every page, one after the other.
    std::vector<int> all(const CdrFilter& filter, std::size_t limit,
                         std::size_t scan = kMaxCdrScan) {
        std::vector<int> out;
        std::optional<CdrCursor> cursor;
        do {
            const auto page = read_cdrs(dir_.path(), filter, cursor, limit, scan);
            for (const int id : ids(page)) out.push_back(id);
            cursor = page.next ? CdrCursor::parse(page.next->text()) : std::nullopt;
        } while (cursor);
        return out;
    }
    portcullis::testing::TempDir dir_;
};

TEST_F(CdrReader, ReadsNewestFirstAcrossDays) {
    write("2026-02-01.jsonl", record(1) + record(2));
    write("2026-02-03.jsonl", record(4));
    write("2026-02-02.jsonl", record(3));
    EXPECT_EQ(ids(read_cdrs(dir_.path(), {}, {}, 10)), (std::vector{4, 3, 2, 1}));
    for (std::size_t limit = 1; limit <= 5; ++limit) {
        EXPECT_EQ(all({}, limit), (std::vector{4, 3, 2, 1})) << limit;
    }
}

TEST_F(CdrReader, LeavesALineThatIsBeingWritten) {
    write("2026-02-01.jsonl", record(1) + R"({"call_id":"2)");
    EXPECT_EQ(ids(read_cdrs(dir_.path(), {}, {}, 10)), std::vector{1});
    EXPECT_EQ(read_cdrs(dir_.path(), {}, {}, 10).unreadable, 0U);
}

TEST_F(CdrReader, FindsEveryLineWhateverTheBlocks) {
    // Lines of many lengths, so that block edges fall everywhere in them.
    std::vector<int> want;
    std::string text;
    for (int i = 0; i < 3000; ++i) {
        std::string line = record(i);
        line.insert(line.size() - 2,
                    R"(,"pad":")" + std::string(static_cast<std::size_t>(i % 97), 'x') + "\"");
        text += line;
        want.insert(want.begin(), i);
    }
    write("2026-02-01.jsonl", text);
    EXPECT_GT(text.size(), 4U * (64U << 10));
    EXPECT_EQ(all({}, 7), want);
}

TEST_F(CdrReader, Filters) {
    write("2026-02-01.jsonl", record(1, "pbx") + record(2, "other") + record(3, "pbx", 486));
    EXPECT_EQ(all({.trunk = "pbx", .call_id = {}, .from = {}, .to = {}, .sip_code = {}}, 10),
              (std::vector{3, 1}));
    EXPECT_EQ(all({.trunk = "carrier", .call_id = {}, .from = {}, .to = {}, .sip_code = 486}, 10),
              std::vector{3});
    EXPECT_EQ(all({.trunk = {}, .call_id = "2", .from = {}, .to = {}, .sip_code = {}}, 10),
              std::vector{2});
    EXPECT_TRUE(
        all({.trunk = {}, .call_id = {}, .from = "10", .to = {}, .sip_code = {}}, 10).empty());
    EXPECT_TRUE(
        all({.trunk = "a\"b", .call_id = {}, .from = {}, .to = {}, .sip_code = {}}, 10).empty());
}

TEST_F(CdrReader, ScansAtMostSoMuchPerPage) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += record(i, i == 3 ? "rare" : "pbx");
    write("2026-02-01.jsonl", text);
    const CdrFilter rare{.trunk = "rare", .call_id = {}, .from = {}, .to = {}, .sip_code = {}};
    const auto page = read_cdrs(dir_.path(), rare, {}, 10, 1000);
    EXPECT_TRUE(page.records.empty());
    EXPECT_TRUE(page.next);
    EXPECT_EQ(all(rare, 10, 1000), std::vector{3});
}

// Threats section 3, item 61: damaged files are read as far as they can be.
TEST_F(CdrReader, SkipsWhatIsNoRecord) {
    write("2026-02-01.jsonl",
          record(1) + "garbage\n\n[1]\n" + std::string("\0\xff\n", 3) + record(2));
    const auto page = read_cdrs(dir_.path(), {}, {}, 10);
    EXPECT_EQ(ids(page), (std::vector{2, 1}));
    EXPECT_EQ(page.unreadable, 3U);
}

TEST_F(CdrReader, SkipsAnEndlessLine) {
    write("2026-02-01.jsonl", record(1) + std::string(kMaxCdrLine * 2, 'x') + "\n" + record(2));
    EXPECT_EQ(all({}, 10), (std::vector{2, 1}));
}

TEST_F(CdrReader, OpensNothingButDayFiles) {
    write("secret.jsonl", record(1));
    write("2026-02-01.txt", record(2));
    std::filesystem::create_symlink(dir_.path() / "secret.jsonl", dir_.path() / "2026-02-02.jsonl");
    ASSERT_EQ(::mkfifo((dir_.path() / "2026-02-03.jsonl").c_str(), 0600), 0);
    EXPECT_TRUE(read_cdrs(dir_.path(), {}, {}, 10).records.empty());
    EXPECT_TRUE(read_cdrs(dir_.path() / "missing", {}, {}, 10).records.empty());
}

TEST_F(CdrReader, TakesCursorsApartStrictly) {
    EXPECT_TRUE(CdrCursor::parse("2026-02-01:17"));
    for (const char* text : {"", "2026-02-01", "2026-02-01:", ":17", "2026-02-01:-1", "../../etc:1",
                             "2026-2-1:1", "2026-02-01:99999999999999999999"}) {
        EXPECT_FALSE(CdrCursor::parse(text)) << text;
    }
    write("2026-02-01.jsonl", record(1) + record(2));
    // Past the end, and in the middle of a line.
    EXPECT_EQ(ids(read_cdrs(dir_.path(), {}, CdrCursor{"2026-02-01", 1U << 30}, 10)),
              (std::vector{2, 1}));
    EXPECT_EQ(ids(read_cdrs(dir_.path(), {}, CdrCursor{"2026-02-01", record(1).size() + 5}, 10)),
              std::vector{1});
}

}  // namespace
}  // namespace portcullis::mgmt
