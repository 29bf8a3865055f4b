// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/via.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"
#include "signaling/sip/uri.hpp"

namespace portcullis::sip {
namespace {

// Takes a token off the front of `rest`, and LWS behind it.
std::string_view take_token(std::string_view& rest) {
    std::size_t size = 0;
    while (size < rest.size() && is_in(CharClass::Token, rest[size])) ++size;
    const auto token = rest.substr(0, size);
    rest = rest.substr(size);
    return token;
}

// SLASH = SWS "/" SWS
bool take_slash(std::string_view& rest) {
    rest = trim_wsp_front(rest);
    if (rest.empty() || rest.front() != '/') return false;
    rest = trim_wsp_front(rest.substr(1));
    return true;
}

bool take_sent_protocol(std::string_view& rest, Via& via) {
    via.protocol = take_token(rest);
    if (via.protocol.empty() || !take_slash(rest)) return false;
    via.version = take_token(rest);
    if (via.version.empty() || !take_slash(rest)) return false;
    via.transport = take_token(rest);
    // LWS separates sent-protocol and sent-by.
    if (via.transport.empty() || rest.empty() || !is_wsp(rest.front())) return false;
    rest = trim_wsp_front(rest);
    return true;
}

// Fills the members that mirror parameters. A second branch is refused, as two readers could take
// different ones for the transaction's.
bool read_params(Via& via) {
    for (const Param& param : via.params) {
        if (text::iequals(param.name, "branch")) {
            if (!via.branch.empty() || param.value.empty() || param.value.front() == '"')
                return false;
            via.branch = param.value;
        } else if (text::iequals(param.name, "received")) {
            if (!IpAddress::parse(param.value)) return false;
            via.received = param.value;
        } else if (text::iequals(param.name, "rport")) {
            via.has_rport = true;
            if (!param.has_value) continue;
            via.rport = text::to_number<std::uint16_t>(param.value);
            if (!via.rport) return false;
        }
    }
    return true;
}

void append_sent(std::string& out, const Via& via) {
    out += via.protocol;
    out += '/';
    out += via.version;
    out += '/';
    out += via.transport;
    out += ' ';
    out += via.host;
    if (via.port) {
        out += ':';
        out += std::to_string(*via.port);
    }
}

}  // namespace

Result<Via> parse_via(std::string_view text) {
    Via via;
    auto rest = trim_wsp(text);
    if (!take_sent_protocol(rest, via)) return fail(Errc::MalformedVia);
    const auto semicolon = rest.find(';');
    const auto sent_by = parse_host_port(trim_wsp(rest.substr(0, semicolon)), true);
    if (!sent_by) return fail(Errc::MalformedVia);
    via.host = sent_by->host;
    via.port = sent_by->port;
    if (semicolon == std::string_view::npos) return via;
    const auto params = parse_params(rest.substr(semicolon));
    if (!params) return fail(Errc::MalformedVia);
    via.params = *params;
    if (!read_params(via)) return fail(Errc::MalformedVia);
    return via;
}

void append(std::string& out, const Via& via) {
    append_sent(out, via);
    append(out, via.params);
}

std::string print(const Via& via) {
    std::string out;
    append(out, via);
    return out;
}

void append_received(std::string& out, const Via& via, const Endpoint& source) {
    append_sent(out, via);
    for (const Param& param : via.params) {
        if (text::iequals(param.name, "received") || text::iequals(param.name, "rport")) continue;
        out += ';';
        out += param.name;
        if (!param.has_value) continue;
        out += '=';
        out += param.value;
    }
    if (via.has_rport || IpAddress::parse(via.host) != source.address) {
        out += ";received=";
        out += source.address.text();
    }
    if (via.has_rport) {
        out += ";rport=";
        out += std::to_string(source.port);
    }
}

}  // namespace portcullis::sip
