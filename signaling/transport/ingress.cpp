// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/ingress.hpp"

#include "common/base/text.hpp"
#include "signaling/transport/response_route.hpp"

namespace portcullis::transport {

namespace {

// CRLF pairs of RFC 5626, and the zero bytes and blanks that devices send for the same purpose.
bool is_keepalive(std::string_view bytes) {
    constexpr std::size_t kLongest = 4;
    if (bytes.size() > kLongest) return false;
    for (const char c : bytes) {
        if (c != '\r' && c != '\n' && c != '\0' && c != ' ') return false;
    }
    return true;
}

}  // namespace

void Ingress::receive_datagram(std::string_view bytes, const Source& source) {
    counters_.bytes_received += bytes.size();
    if (handlers_.admit && !handlers_.admit(source.interface, source.remote, bytes.size())) {
        counters_.count(Drop::NotAdmitted);
        return;
    }
    // Over UDP nobody waits for an answer to it: RFC 5626 section 4.4.1 is for connections.
    if (is_keepalive(bytes)) {
        counters_.count(Drop::Keepalive);
        return;
    }
    receive(std::string(bytes), source);
}

bool Ingress::receive(std::string bytes, const Source& source) {
    const ShardId owner = router_.owner(bytes, shard_);
    if (owner != shard_ && handlers_.post_to_shard) {
        ++counters_.posted_to_other_shard;
        handlers_.post_to_shard(owner, std::move(bytes), source);
        return true;
    }
    return receive_own(std::move(bytes), source);
}

bool Ingress::receive_own(std::string bytes, const Source& source) {
    const bool response = text::istarts_with(bytes, "SIP/");
    const sip::Judgement judgement = sip::judge_message(std::move(bytes));
    if (judgement.accepted()) {
        count_message(counters_.received, *judgement.message);
        if (handlers_.on_wire) {
            handlers_.on_wire({Direction::Received, judgement.message, source.transport,
                               source.local, source.remote});
        }
        note_alias(*judgement.message, source);
        handlers_.on_message(judgement.message, source);
        return true;
    }
    ++counters_.parse_errors[judgement.error.message()];
    if (judgement.answerable()) {
        refuse(*judgement.message, *judgement.rejection, source);
    } else {
        counters_.count(response ? Drop::BadResponse : Drop::ParseError);
    }
    return false;
}

// Known by its certificate, and received on the shard that owns the connection.
void Ingress::note_alias(const sip::Message& message, const Source& source) {
    if (!source.tls || source.flow.shard != shard_.value || message.is_response()) return;
    const sip::Via& via = message.essentials().top_via;
    if (via.params.has("alias")) {
        alias_(source, via.port.value_or(describe(source.transport).default_port));
    }
}

void Ingress::answer_broken(std::string header, sip::Errc error, const Source& source) {
    ++counters_.parse_errors[make_error_code(error).message()];
    const int status = sip::status_for(error);
    if (header.empty() || status == 0) return;
    const sip::Judgement judgement = sip::judge_message(std::move(header));
    if (judgement.message) refuse(*judgement.message, {status, sip::warning_for(error)}, source);
}

void Ingress::refuse(const sip::Message& request, const sip::Rejection& rejection,
                     const Source& source) {
    if (handlers_.answers_malformed &&
        !handlers_.answers_malformed(source.interface, source.remote)) {
        counters_.count(Drop::ParseError);
        return;
    }
    const auto response = sip::make_rejection_response(request, rejection, source.remote);
    if (!response) {
        counters_.count(Drop::ParseError);
        return;
    }
    counters_.count(Drop::Rejected);
    answer_(route_response(request, source).first, *response);
}

}  // namespace portcullis::transport
