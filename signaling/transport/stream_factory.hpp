// SPDX-License-Identifier: BSD-2-Clause
// stream_factory: the stream that each transport needs.
#pragma once

#include <memory>
#include <string>

#include "signaling/transport/flow.hpp"
#include "signaling/transport/interface_spec.hpp"
#include "signaling/transport/stream.hpp"

namespace portcullis::transport {

// Of a connection accepted on `spec`; nullptr: tls or wss without a usable certificate.
[[nodiscard]] std::unique_ptr<Stream> make_accepted_stream(TransportKind kind,
                                                           const InterfaceSpec& spec);

// Of a connection to `to`. `terms` for tls and wss; `path`: the WebSocket resource asked for.
[[nodiscard]] std::unique_ptr<Stream> make_outgoing_stream(const Destination& to,
                                                           const TlsTerms* terms,
                                                           const std::string& path);

// The terms of a destination that nobody has said more about: the interface's profile, and whoever
// the destination is called.
[[nodiscard]] TlsTermsPtr default_terms(const InterfaceSpec& spec);

// Connections with equal keys to one peer carry each other's messages: of one name under one set of
// terms (RFC 5923 section 8: what proved one name has proved no other).
[[nodiscard]] std::string pool_key(const Destination& to, const TlsTerms* terms);

// Whether a peer that connected to us and proved to be `peer` is the one that `to` means.
[[nodiscard]] bool is_same_peer(const TlsPeer& peer, const Destination& to, const TlsTerms& terms);

}  // namespace portcullis::transport
