// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/sipfrag.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/line_scanner.hpp"
#include "signaling/sip/status.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {

Result<SipFrag> parse_sipfrag(std::string_view body) {
    auto line = text::cut(body, '\n').first;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!text::istarts_with(line, "SIP/2.0 ") || !is_clean(line)) return fail(Errc::MalformedBody);
    const auto [code, reason] = text::cut(trim_wsp(line.substr(8)), ' ');
    const auto status = text::to_number<std::uint16_t>(code);
    if (code.size() != 3 || !status || *status < 100 || *status > 699) {
        return fail(Errc::MalformedBody);
    }
    return SipFrag{*status, trim_wsp(reason)};
}

std::string print_sipfrag(int status, std::string_view reason) {
    std::string out = "SIP/2.0 " + std::to_string(status) + ' ';
    for (const char c : reason.empty() ? default_reason(status) : reason) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
    out += "\r\n";
    return out;
}

}  // namespace portcullis::sip
