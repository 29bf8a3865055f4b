// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/reverse_lines.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

namespace portcullis::mgmt {

namespace {
constexpr std::uint64_t kBlock = std::uint64_t{64} << 10;
}

std::optional<ReverseLines> ReverseLines::open(const std::filesystem::path& path,
                                               std::optional<std::uint64_t> end,
                                               std::size_t max_line) {
    // Not blocking, no links: whatever lies in that folder, only plain files are read.
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    ReverseLines lines(std::move(file), std::min(size, end.value_or(size)), max_line);
    // Down to the last newline.
    while (true) {
        const auto newline = lines.held_.rfind('\n');
        if (newline != std::string::npos) {
            lines.held_.resize(newline + 1);
            return lines;
        }
        lines.held_.clear();
        if (!lines.read_block()) return lines;
    }
}

bool ReverseLines::read_block() {
    const auto want = std::min(kBlock, base_);
    if (want == 0) return false;
    std::string block(static_cast<std::size_t>(want), '\0');
    std::size_t have = 0;
    while (have < block.size()) {
        const auto got = ::pread(file_.get(), block.data() + have, block.size() - have,
                                 static_cast<off_t>(base_ - want + have));
        if (got <= 0) return false;
        have += static_cast<std::size_t>(got);
    }
    base_ -= want;
    held_.insert(0, block);
    return true;
}

std::optional<ReverseLines::Line> ReverseLines::next() {
    while (true) {
        const auto body = held_.empty() ? 0 : held_.size() - 1;  // before the line's own newline
        const auto before = body == 0 ? std::string::npos : held_.rfind('\n', body - 1);
        if (before == std::string::npos && !held_.empty() && body > max_line_) {
            // Keep its newline, forget its text.
            oversized_ = true;
            held_.assign(1, '\n');
            if (!read_block()) held_.clear();
            continue;
        }
        if (before == std::string::npos && read_block()) continue;
        if (held_.empty()) return std::nullopt;
        const auto start = before == std::string::npos ? 0 : before + 1;
        Line line{.text = held_.substr(start, body - start),
                  .offset = base_ + start,
                  .oversized = std::exchange(oversized_, false)};
        if (line.oversized) line.text.clear();
        held_.resize(start);
        return line;
    }
}

}  // namespace portcullis::mgmt
