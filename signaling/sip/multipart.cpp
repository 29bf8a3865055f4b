// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/multipart.hpp"

#include <algorithm>
#include <optional>

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/line_scanner.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

// boundary = 0*69bchars bcharsnospace (RFC 2046 section 5.1.1).
bool is_boundary(std::string_view text) {
    constexpr std::string_view kMarks = "'()+_,-./:=? ";
    if (text.empty() || text.size() > 70 || text.back() == ' ') return false;
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return text::is_digit(c) || text::is_alpha(c) || kMarks.find(c) != std::string_view::npos;
    });
}

std::optional<std::string> boundary_of(std::string_view content_type) {
    const auto media = parse_media_type(content_type);
    if (!media) return std::nullopt;
    std::optional<std::string> boundary;
    for (const Param& param : media->params) {
        if (!text::iequals(param.name, "boundary")) continue;
        if (boundary) return std::nullopt;  // which one would that be
        boundary = unquote(param.value);
    }
    if (!boundary || !is_boundary(*boundary)) return std::nullopt;
    return boundary;
}

// Without encodings that would have to be undone first.
bool is_identity(std::string_view encoding) {
    for (const std::string_view name : {"", "7bit", "8bit", "binary", "identity"}) {
        if (text::iequals(encoding, name)) return true;
    }
    return false;
}

std::string_view disposition_type(std::string_view disposition) {
    return trim_wsp(text::cut(disposition, ';').first);
}

// The lines of a body that separate its parts.
class DelimiterScanner {
 public:
    enum class Kind : std::uint8_t { Delimiter, Close, None, Ambiguous };
    struct Found {
        Kind kind = Kind::None;
        std::size_t begin = 0;  // of the CRLF in front, which belongs to it
        std::size_t end = 0;    // behind its own CRLF
    };

    DelimiterScanner(std::string_view body, std::string_view boundary)
        : body_(body), dashed_("--" + std::string(boundary)) {}

    Found next() {
        while (true) {
            const auto at = body_.find(dashed_, at_);
            if (at == std::string_view::npos) return {};
            at_ = at + dashed_.size();
            if (at == 0) return classify(0);
            if (body_[at - 1] == '\n' && at >= 2 && body_[at - 2] == '\r') return classify(at - 2);
            // Another reader might take the lone CR or LF for the end of a line.
            if (body_[at - 1] == '\n' || body_[at - 1] == '\r') return {Kind::Ambiguous, 0, 0};
        }
    }

 private:
    // at_ stands behind the boundary.
    Found classify(std::size_t begin) {
        Found found{Kind::Delimiter, begin, at_};
        if (body_.substr(found.end, 2) == "--") {
            found.kind = Kind::Close;
            found.end += 2;
        }
        // transport-padding
        while (found.end < body_.size() && is_wsp(body_[found.end])) ++found.end;
        if (body_.substr(found.end, 2) == "\r\n") {
            found.end += 2;
        } else if (found.kind != Kind::Close || found.end != body_.size()) {
            found.kind = Kind::Ambiguous;
        }
        // The CRLF behind a delimiter may be the one in front of the next.
        at_ = found.end;
        return found;
    }

    std::string_view body_;
    std::string dashed_;
    std::size_t at_ = 0;
};

// Reads one body and the multiparts within it.
class Reader {
 public:
    explicit Reader(const MultipartLimits& limits) : limits_(limits) {}

    bool read(std::string_view body, std::string_view boundary, std::size_t depth,
              std::vector<BodyPart>& out) {
        using Kind = DelimiterScanner::Kind;
        if (depth > limits_.depth) return false;
        DelimiterScanner scanner(body, boundary);
        auto from = scanner.next();
        while (from.kind == Kind::Delimiter) {
            const auto to = scanner.next();
            if (to.kind == Kind::None || to.kind == Kind::Ambiguous) return false;
            if (++count_ > limits_.parts) return false;
            // Two delimiters may share the CRLF between them: nothing is in between.
            const std::size_t end = std::max(to.begin, from.end);
            if (!part(body.substr(from.end, end - from.end), depth, out.emplace_back())) {
                return false;
            }
            from = to;
        }
        return from.kind == Kind::Close && !out.empty();
    }

 private:
    bool part(std::string_view text, std::size_t depth, BodyPart& out) {
        out.text = text;
        if (!headers(text, out)) return false;
        if (out.content_type.empty()) out.content_type = "text/plain";
        if (!parse_media_type(out.content_type)) return false;
        if (!out.disposition.empty() && !read_handling(out)) return false;
        if (!is_multipart(out.content_type) || !is_identity(out.content_encoding)) return true;
        const auto boundary = boundary_of(out.content_type);
        // A multipart may have no other transfer encoding (RFC 2045 section 6.4).
        if (!boundary || !is_identity(out.transfer_encoding)) return false;
        return read(out.content, *boundary, depth + 1, out.parts);
    }

    bool headers(std::string_view text, BodyPart& out) {
        // The CRLF in front of the next delimiter ends the last field of a part without content.
        const std::string_view section(text.data(), text.size() + 2);
        LineScanner scanner(section, 0);
        for (std::size_t fields = 0; scanner.offset() < text.size(); ++fields) {
            const std::size_t begin = scanner.offset();
            const auto line = scanner.next();
            if (line.kind == LineKind::Blank) {
                out.headers = text.substr(0, begin);
                out.content = text.substr(std::min(scanner.offset(), text.size()));
                return true;
            }
            if (line.kind != LineKind::Field || fields >= limits_.headers) return false;
            if (!field(section, line, out)) return false;
        }
        out.headers = section.substr(0, scanner.offset());
        return true;
    }

    static bool field(std::string_view section, const ScannedLine& line, BodyPart& out) {
        std::string value(section.substr(line.value.offset, line.value.size));
        if (line.folded) value.resize(unfold(value.data(), value.size()));
        if (!is_clean(value)) return false;
        const auto name = section.substr(line.name.offset, line.name.size);
        struct Field {
            std::string_view name;
            std::string BodyPart::* member;
        };
        static constexpr Field kFields[] = {
            {"Content-Type", &BodyPart::content_type},
            {"Content-Disposition", &BodyPart::disposition},
            {"Content-ID", &BodyPart::content_id},
            {"Content-Transfer-Encoding", &BodyPart::transfer_encoding},
            {"Content-Encoding", &BodyPart::content_encoding},
        };
        for (const auto& known : kFields) {
            if (!text::iequals(name, known.name)) continue;
            const auto text = trim_wsp(value);
            if (text.empty() || !(out.*known.member).empty()) return false;
            out.*known.member = text;
        }
        return true;
    }

    static bool read_handling(BodyPart& out) {
        const auto semicolon = out.disposition.find(';');
        if (!is_token(disposition_type(out.disposition))) return false;
        if (semicolon == std::string::npos) return true;
        const auto params = parse_params(std::string_view(out.disposition).substr(semicolon));
        if (!params) return false;
        out.required = !text::iequals(params->get("handling").value_or(""), "optional");
        return true;
    }

    const MultipartLimits& limits_;
    std::size_t count_ = 0;
};

const BodyPart* find_session(const std::vector<BodyPart>& parts, bool last_first) {
    const auto look = [](const BodyPart& part) -> const BodyPart* {
        if (part.parts.empty()) return part.is_session() ? &part : nullptr;
        return find_session(part.parts, part.is("multipart", "alternative"));
    };
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto* found = look(parts[last_first ? parts.size() - 1 - i : i]);
        if (found != nullptr) return found;
    }
    return nullptr;
}

}  // namespace

bool BodyPart::is(std::string_view type, std::string_view subtype) const {
    const auto media = parse_media_type(content_type);
    return media && media->is(type, subtype);
}

bool BodyPart::is_session() const {
    return is("application", "sdp") && is_identity(transfer_encoding) &&
           is_identity(content_encoding) &&
           (disposition.empty() || text::iequals(disposition_type(disposition), "session"));
}

const BodyPart* Multipart::find_sdp() const {
    const auto media = parse_media_type(content_type);
    return find_session(parts, media && media->is("multipart", "alternative"));
}

bool is_multipart(std::string_view content_type) {
    const auto media = parse_media_type(content_type);
    return media && (media->is("multipart", "mixed") || media->is("multipart", "alternative") ||
                     media->is("multipart", "related"));
}

Result<Multipart> parse_multipart(std::string_view content_type, std::string_view body,
                                  const MultipartLimits& limits) {
    const auto boundary = boundary_of(content_type);
    if (!is_multipart(content_type) || !boundary) return fail(Errc::MalformedBody);
    Result<Multipart> result;
    result->content_type = content_type;
    result->boundary = *boundary;
    if (!Reader(limits).read(body, *boundary, 1, result->parts)) return fail(Errc::MalformedBody);
    return result;
}

}  // namespace portcullis::sip
