// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/response_route.hpp"

#include <string>

#include "signaling/sip/builder.hpp"

namespace portcullis::transport {

namespace {

using sip::HeaderId;

std::uint16_t sent_by_port(const sip::Via& via, TransportKind transport) {
    return via.port.value_or(describe(transport).default_port);
}

// What append_received() would write is there already.
bool is_stamped(const sip::Via& via, const Endpoint& remote) {
    if (via.has_rport && via.rport != remote.port) return false;
    const bool needed = via.has_rport || IpAddress::parse(via.host) != remote.address;
    return needed ? IpAddress::parse(via.received) == remote.address : via.received.empty();
}

}  // namespace

ResponseRoute route_response(const sip::Message& request, const Source& source) {
    const sip::Via& via = request.essentials().top_via;
    ResponseRoute route{reply_to(source), std::nullopt};
    if (is_reliable(source.transport)) {
        // 18.2.2: the connection the request came on; if it is gone, one to the received address
        // at the sent-by port. The port the peer connected from accepts none.
        route.first.remote.port = 0;
        // A WebSocket client accepts none at all (RFC 7118 section 5).
        if (is_websocket(source.transport)) return route;
        route.fallback = Destination{source.interface,
                                     source.transport,
                                     {source.remote.address, sent_by_port(via, source.transport)},
                                     {}};
        // 18.2.2, RFC 5922 section 7.3: the one that answers must be who the request came from.
        if (is_secure(source.transport) && !IpAddress::parse(via.host)) {
            route.fallback->server_name = std::string(via.host);
        }
        return route;
    }
    // RFC 3581 section 4: with rport to the source port; else 18.2.2: to the sent-by port.
    if (!via.has_rport) route.first.remote.port = sent_by_port(via, source.transport);
    return route;
}

sip::MessagePtr stamp_via(sip::MessagePtr response, const Source& source) {
    const sip::Via& via = response->essentials().top_via;
    if (response->is_request() || via.host.empty() || is_stamped(via, source.remote)) {
        return response;
    }
    // The builder takes Via, From, To, Call-ID and CSeq from any message: here from the response.
    auto builder =
        sip::MessageBuilder::response(*response, response->status_code(), response->reason_phrase(),
                                      {.to_tag = {}, .source = source.remote});
    for (std::size_t i = 0; i < response->header_count(); ++i) {
        const auto header = response->header_at(i);
        switch (header.id) {
            case HeaderId::Via:
            case HeaderId::From:
            case HeaderId::To:
            case HeaderId::CallId:
            case HeaderId::CSeq:
            case HeaderId::ContentLength:
            case HeaderId::ContentType:
                continue;
            case HeaderId::Timestamp:
                if (response->status_code() == 100) continue;  // response() has copied it
                break;
            default:
                break;
        }
        builder.add(header.name, header.value);
    }
    if (!response->body().empty()) {
        builder.body(response->header(HeaderId::ContentType).value_or(""),
                     std::string(response->body()));
    }
    return builder.finish();
}

}  // namespace portcullis::transport
