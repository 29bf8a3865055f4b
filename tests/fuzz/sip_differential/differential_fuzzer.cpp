// SPDX-License-Identifier: BSD-2-Clause
// Every disagreement between this project's SIP parser and oSIP must be of a class that
// tests/torture/disagreements.txt explains. With DISAGREEMENTS=FOLDER nothing fails, and the
// shortest input of each class is left there.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "tests/fuzz/sip_differential/differential.hpp"

namespace {

std::set<std::string> explained_classes() {
    std::set<std::string> out;
    std::ifstream table(DISAGREEMENTS_TABLE);
    for (std::string line; std::getline(table, line);) {
        if (line.empty() || line[0] == '#') continue;
        out.insert(line.substr(0, line.find(' ')));
    }
    return out;
}

void keep_sample(const std::filesystem::path& place, std::string_view bytes) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(place, missing);
    if (!missing && size <= bytes.size()) return;
    std::ofstream(place, std::ios::binary) << bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto explained = explained_classes();
    static const char* const samples = std::getenv("DISAGREEMENTS");
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto found = portcullis::sip::differential::disagreement(bytes);
    if (!found) return 0;
    if (samples != nullptr) {
        keep_sample(std::filesystem::path(samples) / (*found + ".sip"), bytes);
    } else if (!explained.contains(*found)) {
        std::fprintf(stderr, "not explained: %s\n", found->c_str());
        std::abort();
    }
    return 0;
}
