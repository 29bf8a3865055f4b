// SPDX-License-Identifier: BSD-2-Clause
#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_port.h>

#include <memory>

#include "common/base/text.hpp"
#include "tests/fuzz/sip_differential/reading.hpp"

namespace portcullis::sip::differential {
namespace {

struct Free {
    void operator()(osip_message_t* message) const { osip_message_free(message); }
};

std::string text_of(const char* text) { return text == nullptr ? std::string{} : text; }

std::string without_zeros(std::string number) {
    number.erase(0, std::min(number.find_first_not_of('0'), number.size() - 1));
    return number;
}

std::string tag_of(osip_from_t* address) {
    osip_generic_param_t* tag = nullptr;
    char name[] = "tag";
    if (osip_generic_param_get_byname(&address->gen_params, name, &tag) != 0 || tag == nullptr) {
        return {};
    }
    return text_of(tag->gvalue);
}

void read_request_uri(const osip_uri_t& uri, Reading& out) {
    out.scheme = text::to_lower(text_of(uri.scheme));
    if (out.scheme != "sip" && out.scheme != "sips") return;
    out.user = text_of(uri.username);
    out.host = text::to_lower(text_of(uri.host));
    out.port = text_of(uri.port);
    if (!out.port.empty()) out.port = without_zeros(out.port);
}

}  // namespace

Reading read_osip(std::string_view bytes) {
    static const bool ready = [] {
        for (const auto level : {TRACE_LEVEL0, TRACE_LEVEL1, TRACE_LEVEL2, TRACE_LEVEL3}) {
            osip_trace_disable_level(level);
        }
        return parser_init() == 0;
    }();
    Reading out;
    osip_message_t* raw = nullptr;
    if (!ready || osip_message_init(&raw) != 0) return out;
    const std::unique_ptr<osip_message_t, Free> message(raw);
    const std::string copy(bytes);  // it reads one byte further
    if (osip_message_parse(raw, copy.c_str(), copy.size()) != 0) return out;
    const int vias = osip_list_size(&message->vias);
    if (message->from == nullptr || message->to == nullptr || message->call_id == nullptr ||
        message->cseq == nullptr || vias <= 0) {
        return out;
    }
    out.accepted = true;
    out.status = message->status_code;
    out.method = text_of(out.status == 0 ? message->sip_method : message->cseq->method);
    if (message->req_uri != nullptr) read_request_uri(*message->req_uri, out);
    out.from_tag = tag_of(message->from);
    out.to_tag = tag_of(message->to);
    out.call_id = text_of(message->call_id->number);
    if (message->call_id->host != nullptr) out.call_id += '@' + text_of(message->call_id->host);
    out.cseq = without_zeros(text_of(message->cseq->number));
    out.vias = static_cast<std::size_t>(vias);
    if (message->content_length != nullptr) {
        out.content_length = without_zeros(text_of(message->content_length->value));
    }
    return out;
}

}  // namespace portcullis::sip::differential
