// SPDX-License-Identifier: BSD-2-Clause
// Every class of tests/torture/disagreements.txt has a sample that belongs to it.
#include "tests/fuzz/sip_differential/differential.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace portcullis::sip::differential {
namespace {

const std::filesystem::path kFolder = SIP_TORTURE_FOLDER;

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

TEST(Differential, EveryClassHasASample) {
    std::set<std::string> rows;
    std::ifstream table(kFolder / "disagreements.txt");
    for (std::string line; std::getline(table, line);) {
        if (line.empty() || line[0] == '#') continue;
        const auto name = line.substr(0, line.find(' '));
        EXPECT_TRUE(rows.insert(name).second) << "two rows for " << name;
        const auto sample = kFolder / "disagreements" / (name + ".sip");
        ASSERT_TRUE(std::filesystem::exists(sample)) << sample;
        EXPECT_EQ(disagreement(read_file(sample)), name);
    }
    std::set<std::string> samples;
    for (const auto& entry : std::filesystem::directory_iterator(kFolder / "disagreements")) {
        samples.insert(entry.path().stem().string());
    }
    EXPECT_EQ(samples, rows);
}

TEST(Differential, MessagesOfTheTableDisagreeOnlyInKnownWays) {
    std::set<std::string> rows;
    std::ifstream table(kFolder / "disagreements.txt");
    for (std::string line; std::getline(table, line);) {
        if (!line.empty() && line[0] != '#') rows.insert(line.substr(0, line.find(' ')));
    }
    for (const auto& entry : std::filesystem::directory_iterator(kFolder / "messages")) {
        const auto found = disagreement(read_file(entry.path()));
        EXPECT_TRUE(!found || rows.contains(*found)) << entry.path() << ": " << *found;
    }
}

}  // namespace
}  // namespace portcullis::sip::differential
