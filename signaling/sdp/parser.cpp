// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/parser.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "common/base/text.hpp"
#include "signaling/sdp/attributes.hpp"
#include "signaling/sdp/connection_line.hpp"
#include "signaling/sdp/errc.hpp"

namespace portcullis::sdp {
namespace {

constexpr std::string_view kSessionTypes = "siuepcbtrzka";
constexpr std::string_view kMediaTypes = "icbka";

// Takes the next word; runs of spaces divide them, and tabs too, which some endpoints send.
std::string_view take_word(std::string_view& text) {
    text = text::trim(text);
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

// The first N words; the last is not empty if there are N or more.
template <std::size_t N>
std::array<std::string_view, N> words(std::string_view text) {
    std::array<std::string_view, N> out;
    for (auto& word : out) word = take_word(text);
    return out;
}

bool is_ascii(std::string_view word) {
    return std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// Reads a body line by line into a description. One use per object.
class Parser {
 public:
    explicit Parser(const SdpLimits& limits) : limits_(limits) {}

    Result<SessionDescription> run(std::string_view body) {
        if (body.size() > limits_.bytes) return fail(Errc::TooLarge, "body");
        session_.text = std::make_shared<const std::string>(body);
        rest_ = *session_.text;
        while (!rest_.empty()) {
            if (auto status = next_line(); !status) return std::unexpected(status.error());
        }
        if (!seen_version_) return error("v= is missing");
        if (!seen_origin_) return error("o= is missing");
        return std::move(session_);
    }

 private:
    [[nodiscard]] std::unexpected<Error> error(std::string_view what,
                                               Errc errc = Errc::Syntax) const {
        return fail(errc, "line " + std::to_string(number_) + ": " + std::string(what));
    }

    Status next_line() {
        ++number_;
        if (number_ > limits_.lines) return error("too many lines", Errc::TooLarge);
        const auto end = rest_.find('\n');
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) {
            // Nothing but line ends may follow.
            if (rest_.find_first_not_of("\r\n") != std::string_view::npos) return error("blank");
            rest_ = {};
            return {};
        }
        if (line.size() > limits_.line_bytes) return error("too long", Errc::TooLarge);
        if (line.find('\0') != std::string_view::npos) return error("NUL byte");
        if (line.find('\r') != std::string_view::npos) return error("bare CR");
        if (line.size() < 2 || line[1] != '=') return error("not <type>=<value>");
        return on_line(line.front(), line.substr(2));
    }

    Status on_line(char type, std::string_view value) {
        if (!seen_version_) {
            if (type != 'v' || text::trim(value) != "0") return error("v=0 expected");
            seen_version_ = true;
            return {};
        }
        if (!seen_origin_) {
            if (type != 'o') return error("o= expected");
            seen_origin_ = true;
            return on_origin(value);
        }
        if (type == 'm') return on_media(value);
        const bool in_media = !session_.media.empty();
        // RFC 8866 section 5: a description with a letter that is not understood is void.
        if ((in_media ? kMediaTypes : kSessionTypes).find(type) == std::string_view::npos) {
            return error("unexpected line type");
        }
        if (auto status = check_value(type, value); !status) return status;
        auto& lines = in_media ? session_.media.back().lines : session_.lines;
        if (lines.empty()) lines.reserve(in_media ? 12 : 4);
        lines.push_back({type, value});
        return {};
    }

    Status on_origin(std::string_view value) {
        const auto parts = words<7>(value);
        if (parts[5].empty() || !parts[6].empty()) return error("o= has six fields");
        session_.origin = {parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]};
        return {};
    }

    Status on_media(std::string_view value) {
        if (session_.media.size() == limits_.media) return error("too many m=", Errc::TooLarge);
        MediaDescription media;
        media.media = take_word(value);
        const auto ports = take_word(value);
        media.protocol = take_word(value);
        media.formats.reserve(std::min<std::size_t>(value.size() / 3 + 1, limits_.formats));
        for (auto word = take_word(value); !word.empty(); word = take_word(value)) {
            if (media.formats.size() == limits_.formats) {
                return error("too many formats", Errc::TooLarge);
            }
            if (!is_ascii(word)) return error("m= is not printable");
            media.formats.push_back(word);
        }
        if (media.protocol.empty()) return error("m= needs media, port and protocol");
        if (!is_ascii(media.media) || !is_ascii(ports) || !is_ascii(media.protocol)) {
            return error("m= is not printable");
        }
        const auto [port, count] = text::cut(ports, '/');
        const bool has_count = port.size() != ports.size();
        const auto port_number = text::to_number<std::uint16_t>(port);
        const auto count_number = text::to_number<std::uint16_t>(has_count ? count : "1");
        if (!port_number || !count_number || *count_number == 0) return error("bad port");
        media.port = *port_number;
        media.port_count = *count_number;
        if (media.formats.empty() && media.port != 0) return error("m= without formats");
        if (auto status = check_formats(media); !status) return status;
        session_.media.push_back(std::move(media));
        return {};
    }

    // RTP formats are payload types (RFC 8866 section 5.14).
    [[nodiscard]] Status check_formats(const MediaDescription& media) const {
        const auto kind = protocol_kind(media.protocol);
        if (kind != ProtocolKind::Rtp && kind != ProtocolKind::KeyedRtp) return {};
        for (const auto& format : media.formats) {
            const auto number = text::to_number<std::uint8_t>(format);
            if (!number || *number > 127) return error("payload type out of range");
        }
        return {};
    }

    [[nodiscard]] Status check_value(char type, std::string_view value) const {
        if (type == 'c' && !parse_connection(value)) return error("bad c=");
        if (type == 'b' &&
            !text::to_number<std::uint64_t>(text::trim(text::cut(value, ':').second))) {
            return error("bad b=");
        }
        if (type == 't') {
            const auto times = words<3>(value);
            if (!times[2].empty() || !text::to_number<std::uint64_t>(times[0]) ||
                !text::to_number<std::uint64_t>(times[1])) {
                return error("bad t=");
            }
        }
        if (type == 'a' && text::trim(value).empty()) return error("empty a=");
        return {};
    }

    std::string_view rest_;
    const SdpLimits& limits_;
    SessionDescription session_;
    std::size_t number_ = 0;
    bool seen_version_ = false;
    bool seen_origin_ = false;
};

}  // namespace

Result<SessionDescription> parse_session(std::string_view body, const SdpLimits& limits) {
    return Parser(limits).run(body);
}

}  // namespace portcullis::sdp
