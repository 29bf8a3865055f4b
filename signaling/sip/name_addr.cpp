// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/name_addr.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

// Splits `text` into display name, addr-spec and what follows.
bool split(std::string_view text, NameAddr& out, std::string_view& rest) {
    std::size_t open = 0;
    if (!text.empty() && text.front() == '"') {
        const auto end = skip_quoted(text);
        if (!end) return false;
        out.display_name = text.substr(0, *end);
        open = *end;
        while (open < text.size() && is_wsp(text[open])) ++open;
        if (open >= text.size() || text[open] != '<') return false;
    } else {
        open = text.find('<');
        if (open == std::string_view::npos) {
            const auto end = text.find(';');
            out.uri_text = trim_wsp(text.substr(0, end));
            rest = end == std::string_view::npos ? std::string_view{} : text.substr(end);
            // RFC 3261 section 20: such a URI must be in <>.
            return out.uri_text.find(',') == std::string_view::npos &&
                   out.uri_text.find('?') == std::string_view::npos;
        }
        out.display_name = trim_wsp(text.substr(0, open));
        // Characters beyond token are common in the field: "Dr. Who (home)".
        if (!out.display_name.empty() && !is_all(CharClass::PlainName, out.display_name)) {
            return false;
        }
    }
    const auto close = text.find('>', open);
    if (close == std::string_view::npos) return false;
    out.bracketed = true;
    out.uri_text = text.substr(open + 1, close - open - 1);
    rest = text.substr(close + 1);
    return true;
}

}  // namespace

std::string NameAddr::display_text() const { return unquote(display_name); }

Result<NameAddr> parse_name_addr(std::string_view text) {
    Result<NameAddr> result;
    if (!read_name_addr(text, *result)) return fail(Errc::MalformedAddress);
    return result;
}

bool read_name_addr(std::string_view text, NameAddr& out) {
    std::string_view rest;
    if (!split(trim_wsp(text), out, rest) || !read_uri(out.uri_text, out.uri)) return false;
    if (rest.empty()) return true;
    bool seen = false;
    const bool good = scan_params(rest, [&](const Param& param) {
        if (!text::iequals(param.name, "tag")) return true;
        // A second tag is refused, as two readers could take different ones for the dialog's (RFC
        // 3261 section 7.3.1).
        if (seen || param.value.empty() || param.value.front() == '"') return false;
        seen = true;
        out.tag = param.value;
        return true;
    });
    out.params = scanned_params(rest);
    return good;
}

void append(std::string& out, const NameAddr& value) {
    if (!value.display_name.empty()) {
        out += value.display_name;
        out += ' ';
    }
    out += '<';
    append(out, value.uri);
    out += '>';
    append(out, value.params);
}

std::string print(const NameAddr& value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace portcullis::sip
