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
bool read_param(const Param& param, Via& via) {
    if (text::iequals(param.name, "branch")) {
        if (!via.branch.empty() || param.value.empty() || param.value.front() == '"') return false;
        via.branch = param.value;
    } else if (text::iequals(param.name, "received")) {
        if (!IpAddress::parse(param.value)) return false;
        via.received = param.value;
    } else if (text::iequals(param.name, "rport")) {
        via.has_rport = true;
        if (!param.has_value) return true;
        via.rport = text::to_number<std::uint16_t>(param.value);
        return via.rport.has_value();
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
    Result<Via> result;
    if (!read_via(text, *result)) return fail(Errc::MalformedVia);
    return result;
}

bool read_via(std::string_view text, Via& via) {
    auto rest = trim_wsp(text);
    HostPort sent_by;
    if (!take_sent_protocol(rest, via) || !take_host_port(rest, sent_by, true)) return false;
    via.host = sent_by.host;
    via.port = sent_by.port;
    if (rest.empty()) return true;
    via.params = scanned_params(rest);
    return scan_params(rest, [&](const Param& param) { return read_param(param, via); });
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
    if (via.has_rport || host_address(via.host) != source.address) {
        out += ";received=";
        out += source.address.text();
    }
    if (via.has_rport) {
        out += ";rport=";
        out += std::to_string(source.port);
    }
}

}  // namespace portcullis::sip
