// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/cseq.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {

Result<CSeq> parse_cseq(std::string_view text) {
    text = trim_wsp(text);
    std::size_t digits = 0;
    while (digits < text.size() && text::is_digit(text[digits])) ++digits;
    const auto number = text::to_number<std::uint32_t>(text.substr(0, digits));
    const auto method = trim_wsp_front(text.substr(digits));
    const bool separated = digits < text.size() && is_wsp(text[digits]);
    if (!number || *number >= 0x80000000U || !separated || !is_token(method)) {
        return fail(Errc::MalformedCSeq);
    }
    return CSeq{*number, parse_method(method), method};
}

std::string print(const CSeq& cseq) {
    std::string out = std::to_string(cseq.number);
    out += ' ';
    out += cseq.method_text;
    return out;
}

}  // namespace portcullis::sip
