// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/stream_framer.hpp"

#include <optional>

#include "common/base/text.hpp"
#include "signaling/sip/line_scanner.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

struct Length {
    std::uint32_t value = 0;
    std::optional<Errc> error;
};

// The Content-Length of a complete header section. It is read by the parser's own line scanner, so
// no trick of folding or spelling can make the two see different lengths.
Length find_length(std::string section) {
    std::optional<std::uint32_t> found;
    LineScanner scanner(section, find_crlf(section, 0) + 2);
    for (auto line = scanner.next(); line.kind != LineKind::Blank && line.kind != LineKind::Cut;
         line = scanner.next()) {
        if (line.kind != LineKind::Field) continue;
        const auto name = std::string_view(section).substr(line.name.offset, line.name.size);
        if (find_header(name) != HeaderId::ContentLength) continue;
        char* const data = section.data() + line.value.offset;
        const std::size_t size =
            line.folded ? unfold(data, line.value.size) : std::size_t{line.value.size};
        const auto number = text::to_number<std::uint32_t>(trim_wsp({data, size}));
        if (found || !number) return {0, Errc::MalformedLength};
        found = number;
    }
    if (!found) return {0, Errc::MissingLength};
    return {*found, std::nullopt};
}

}  // namespace

void StreamFramer::push(std::string_view bytes) {
    if (broken_) return;
    compact();
    buffer_ += bytes;
}

void StreamFramer::compact() {
    if (start_ == 0) return;
    buffer_.erase(0, start_);
    start_ = 0;
}

Frame StreamFramer::broken(Errc error, std::size_t header_size) {
    Frame frame{FrameKind::Broken, buffer_.substr(start_, header_size), error};
    broken_ = true;
    error_ = error;
    buffer_.clear();
    buffer_.shrink_to_fit();
    start_ = 0;
    return frame;
}

std::optional<Frame> StreamFramer::skip_crlf() {
    while (start_ < buffer_.size() && buffer_[start_] == '\r') {
        if (buffered() < 2) return Frame{};
        if (buffer_[start_ + 1] != '\n') return broken(Errc::MalformedStartLine, 0);
        start_ += 2;
        if (++crlfs_ < 2) continue;
        crlfs_ = 0;
        return Frame{FrameKind::KeepAlive, {}, {}};
    }
    if (start_ == buffer_.size()) return Frame{};
    crlfs_ = 0;
    // Another protocol on this port is recognised by its first byte, not after a time-out.
    if (!is_in(CharClass::Token, buffer_[start_])) return broken(Errc::MalformedStartLine, 0);
    return std::nullopt;
}

std::optional<Frame> StreamFramer::read_header_section() {
    const std::size_t from = start_ + (scanned_ > 3 ? scanned_ - 3 : 0);
    const auto blank = buffer_.find("\r\n\r\n", from);
    if (blank == std::string::npos || blank + 4 - start_ > limits_.header_section) {
        if (buffered() > limits_.header_section) return broken(Errc::MessageTooLarge, 0);
        scanned_ = buffered();
        return Frame{};
    }
    const std::size_t header_size = blank + 4 - start_;
    const auto length = find_length(buffer_.substr(start_, header_size));
    if (length.error) return broken(*length.error, header_size);
    if (length.value > limits_.body) return broken(Errc::BodyTooLarge, header_size);
    if (header_size + length.value > limits_.message) {
        return broken(Errc::MessageTooLarge, header_size);
    }
    size_ = header_size + length.value;
    return std::nullopt;
}

Frame StreamFramer::next() {
    if (broken_) return {FrameKind::Broken, {}, error_};
    if (size_ == 0) {
        if (scanned_ == 0) {
            if (auto frame = skip_crlf()) return std::move(*frame);
        }
        if (auto frame = read_header_section()) return std::move(*frame);
    }
    if (buffered() < size_) return {};
    Frame frame{FrameKind::Message, buffer_.substr(start_, size_), {}};
    start_ += size_;
    size_ = 0;
    scanned_ = 0;
    return frame;
}

}  // namespace portcullis::sip
