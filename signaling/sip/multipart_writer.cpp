// SPDX-License-Identifier: BSD-2-Clause
// write_multipart: a multipart body with one part replaced, or with some of its parts only.
#include <algorithm>
#include <cstdint>

#include "common/base/text.hpp"
#include "signaling/sip/line_scanner.hpp"
#include "signaling/sip/multipart.hpp"
#include "signaling/sip/simple_headers.hpp"

namespace portcullis::sip {
namespace {

bool matches(const BodyPart& part, std::string_view allowed) {
    const auto media = parse_media_type(part.content_type);
    const auto [type, subtype] = text::cut(allowed, '/');
    return media && text::iequals(media->type, type) &&
           (subtype == "*" || text::iequals(media->subtype, subtype));
}

// As a delimiter, and also where another reader might take a lone CR or LF for the end of a line.
bool occurs(std::string_view boundary, std::string_view text) {
    const std::string dashed = "--" + std::string(boundary);
    for (std::size_t at = 0; (at = text.find(dashed, at)) != std::string_view::npos; ++at) {
        if (at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r') return true;
    }
    return false;
}

// Derived from the content, so that nobody can write a content that has all of them.
std::string choose_boundary(const std::string& wanted, const std::vector<std::string>& pieces) {
    std::string boundary = wanted;
    std::uint64_t hash = 0xcbf29ce484222325U;
    while (std::any_of(pieces.begin(), pieces.end(),
                       [&](const std::string& piece) { return occurs(boundary, piece); })) {
        for (const auto& piece : pieces) {
            for (const char c : piece) {
                hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
            }
        }
        std::string bytes(8, '\0');
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<char>(hash >> (8 * i) & 0xff);
        }
        boundary = "part-" + text::to_hex(bytes);
    }
    return boundary;
}

std::string with_boundary(std::string_view content_type, std::string_view boundary) {
    const auto media = parse_media_type(content_type);
    std::string out(media->type);
    out += '/';
    out += media->subtype;
    out += print_without(media->params, "boundary");
    out += ";boundary=";
    out += boundary;
    return out;
}

// The part with other content: its fields as they are, but for those that follow from the content.
std::string with_content(const BodyPart& part, std::string_view content_type,
                         std::string_view content) {
    std::string out;
    LineScanner scanner(part.headers, 0);
    while (scanner.offset() < part.headers.size()) {
        const std::size_t begin = scanner.offset();
        const auto line = scanner.next();
        const auto name = part.headers.substr(line.name.offset, line.name.size);
        if (text::iequals(name, "Content-Length")) {
            out += "Content-Length: " + std::to_string(content.size()) + "\r\n";
        } else if (text::iequals(name, "Content-Type") && content_type != part.content_type) {
            out += "Content-Type: ";
            out += content_type;
            out += "\r\n";
        } else {
            out += part.headers.substr(begin, line.size);
        }
    }
    out += "\r\n";
    out += content;
    return out;
}

class Writer {
 public:
    explicit Writer(const MultipartEdit& edit) : edit_(edit) {}

    // Depth is bounded by what was parsed.
    MultipartBody write(std::string_view content_type, const std::string& boundary,
                        const std::vector<BodyPart>& parts) {
        MultipartBody out;
        std::vector<std::string> pieces;
        for (const auto& part : parts) {
            if (!part.parts.empty()) {
                auto inner = write(part.content_type, part_boundary(part), part.parts);
                out.parts += inner.parts;
                out.dropped += inner.dropped;
                if (inner.parts == 0) continue;
                pieces.push_back(with_content(part, inner.content_type, inner.body));
            } else if (&part == edit_.replaced) {
                ++out.parts;
                pieces.push_back(with_content(part, part.content_type, edit_.content));
            } else if (keeps(part)) {
                ++out.parts;
                pieces.emplace_back(part.text);
            } else {
                ++out.dropped;
            }
        }
        if (!pieces.empty()) join(content_type, boundary, pieces, out);
        return out;
    }

 private:
    [[nodiscard]] bool keeps(const BodyPart& part) const {
        return !edit_.filter ||
               std::any_of(edit_.allowed.begin(), edit_.allowed.end(),
                           [&](std::string_view type) { return matches(part, type); });
    }

    static std::string part_boundary(const BodyPart& part) {
        const auto media = parse_media_type(part.content_type);
        return media->params.text_of("boundary").value_or("");
    }

    static void join(std::string_view content_type, const std::string& wanted,
                     const std::vector<std::string>& pieces, MultipartBody& out) {
        const auto boundary = choose_boundary(wanted, pieces);
        out.content_type =
            boundary == wanted ? std::string(content_type) : with_boundary(content_type, boundary);
        for (const auto& piece : pieces) {
            // The CRLF in front of a delimiter belongs to it.
            if (!out.body.empty()) out.body += "\r\n";
            out.body += "--" + boundary + "\r\n" + piece;
        }
        out.body += "\r\n--" + boundary + "--\r\n";
    }

    const MultipartEdit& edit_;
};

}  // namespace

MultipartBody write_multipart(const Multipart& multipart, const MultipartEdit& edit) {
    return Writer(edit).write(multipart.content_type, multipart.boundary, multipart.parts);
}

}  // namespace portcullis::sip
