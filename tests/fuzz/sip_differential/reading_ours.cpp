// SPDX-License-Identifier: BSD-2-Clause
#include "common/base/text.hpp"
#include "signaling/sip/validate.hpp"
#include "tests/fuzz/sip_differential/reading.hpp"

namespace portcullis::sip::differential {

Reading read_ours(std::string_view bytes) {
    Reading out;
    const auto judgement = judge_message(std::string(bytes));
    if (!judgement.accepted()) return out;
    const Message& message = *judgement.message;
    const auto& essentials = message.essentials();
    out.accepted = true;
    out.method = message.method_text();
    out.status = message.status_code();
    if (message.is_request()) {
        const Uri& uri = essentials.request_uri;
        out.scheme = text::to_lower(uri.scheme_text);
        if (uri.is_sip()) {
            out.user = uri.user_text();
            out.host = text::to_lower(uri.host);
            if (out.host.starts_with('[')) out.host = out.host.substr(1, out.host.size() - 2);
            if (uri.port) out.port = std::to_string(*uri.port);
        }
    }
    out.from_tag = essentials.from_tag;
    out.to_tag = essentials.to_tag;
    out.call_id = essentials.call_id;
    out.cseq = std::to_string(essentials.cseq.number);
    out.vias = essentials.via_count;
    if (message.has(HeaderId::ContentLength)) {
        out.content_length = std::to_string(message.body().size());
    }
    return out;
}

}  // namespace portcullis::sip::differential
