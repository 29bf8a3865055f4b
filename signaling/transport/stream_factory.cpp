// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/stream_factory.hpp"

#include <algorithm>

#include "signaling/transport/plain_stream.hpp"
#include "signaling/transport/tls_identity.hpp"
#include "signaling/transport/tls_stream.hpp"
#include "signaling/transport/websocket_stream.hpp"

namespace portcullis::transport {

namespace {

// What the peer must be called.
std::string peer_name(const Destination& to) {
    return to.server_name.empty() ? to.remote.address.text() : to.server_name;
}

std::vector<std::string> wanted_names(const Destination& to, const TlsTerms& terms) {
    if (!terms.names.empty()) return terms.names;
    return {peer_name(to)};
}

// RFC 9112 section 3.2: without the port that the scheme implies.
std::string host_header(const Destination& to) {
    std::string host = to.server_name.empty() ? to.remote.address.host_text() : to.server_name;
    if (to.remote.port != describe(to.transport).default_port) {
        host += ":" + std::to_string(to.remote.port);
    }
    return host;
}

TlsExpectation expectation_of(const Destination& to, const TlsTerms& terms) {
    TlsExpectation out;
    out.server_name =
        to.server_name.empty() && !terms.names.empty() ? terms.names.front() : to.server_name;
    out.verify_chain = terms.verify_chain;
    out.fingerprints = terms.fingerprints;
    if (terms.verify_name) out.names = wanted_names(to, terms);
    return out;
}

}  // namespace

std::unique_ptr<Stream> make_accepted_stream(TransportKind kind, const InterfaceSpec& spec) {
    const bool websocket = is_websocket(kind);
    std::unique_ptr<Stream> stream;
    if (websocket) {
        stream = WebsocketStream::accept(spec.websocket);
    } else {
        stream = std::make_unique<PlainStream>();
    }
    if (!is_secure(kind)) return stream;
    const auto context = spec.tls ? spec.tls->current() : nullptr;
    if (!context || context->certificate() == nullptr) return nullptr;
    return TlsStream::accept(*context, websocket, std::move(stream));
}

std::unique_ptr<Stream> make_outgoing_stream(const Destination& to, const TlsTerms* terms,
                                             const std::string& path) {
    const bool websocket = is_websocket(to.transport);
    std::unique_ptr<Stream> stream;
    if (websocket) {
        stream = WebsocketStream::connect(host_header(to), path);
    } else {
        stream = std::make_unique<PlainStream>();
    }
    if (!is_secure(to.transport)) return stream;
    const auto context = terms != nullptr && terms->profile ? terms->profile->current() : nullptr;
    if (!context) return nullptr;
    return TlsStream::connect(*context, expectation_of(to, *terms), websocket, std::move(stream));
}

TlsTermsPtr default_terms(const InterfaceSpec& spec) {
    if (!spec.tls) return nullptr;
    const bool verify = spec.tls->settings().verify_server;
    return std::make_shared<const TlsTerms>(TlsTerms{.key = spec.tls->settings().name,
                                                     .profile = spec.tls,
                                                     .verify_chain = verify,
                                                     .names = {},
                                                     .fingerprints = {},
                                                     .verify_name = verify});
}

std::string pool_key(const Destination& to, const TlsTerms* terms) {
    if (!is_secure(to.transport)) return to.server_name;
    std::string key = peer_name(to);
    key += '\n';
    if (terms != nullptr) key += terms->key;
    return key;
}

bool is_same_peer(const TlsPeer& peer, const Destination& to, const TlsTerms& terms) {
    if (!terms.fingerprints.empty()) {
        const auto& pins = terms.fingerprints;
        return std::find(pins.begin(), pins.end(), peer.fingerprint) != pins.end();
    }
    const auto names = wanted_names(to, terms);
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return has_domain(peer.identities, name); });
}

}  // namespace portcullis::transport
