// SPDX-License-Identifier: BSD-2-Clause
// ReverseLines: the lines of a file from its end to its start, in bounded memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/unique_fd.hpp"

namespace portcullis::mgmt {

class ReverseLines {
 public:
    struct Line {
        std::string text;  // without its newline; empty when oversized
        std::uint64_t offset = 0;
        bool oversized = false;
    };

    // Starts before byte `end` (absent: the file's end). What follows the last newline is left out:
    // it is still being written. Empty if there is no such regular file.
    [[nodiscard]] static std::optional<ReverseLines> open(const std::filesystem::path& path,
                                                          std::optional<std::uint64_t> end,
                                                          std::size_t max_line);
    // The line before the last one given; empty at the file's start or on a read error.
    [[nodiscard]] std::optional<Line> next();

 private:
    ReverseLines(UniqueFd file, std::uint64_t end, std::size_t max_line)
        : file_(std::move(file)), base_(end), max_line_(max_line) {}
    // Puts the block before what is held in front of it; false at the start or on an error.
    bool read_block();

    UniqueFd file_;
    std::uint64_t base_;  // file offset of held_[0]
    std::size_t max_line_;
    std::string held_;  // complete lines, and the end of one that starts before them
    bool oversized_ = false;
};

}  // namespace portcullis::mgmt
