// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/printer.hpp"

namespace portcullis::sdp {
namespace {

void print_line(std::string& out, const Line& line) {
    out += line.type;
    out += '=';
    out += line.value;
    out += "\r\n";
}

void print_media(std::string& out, const MediaDescription& media) {
    out.append("m=").append(media.media).append(" ").append(std::to_string(media.port));
    if (media.port_count != 1) out += '/' + std::to_string(media.port_count);
    out.append(" ").append(media.protocol);
    for (const auto format : media.formats) out.append(" ").append(format);
    out += "\r\n";
    for (const auto& line : media.lines) print_line(out, line);
}

}  // namespace

std::string print_session(const SessionDescription& session) {
    const Origin& o = session.origin;
    std::string out = "v=0\r\no=";
    out.append(o.username).append(" ").append(o.session_id).append(" ").append(o.session_version);
    out.append(" ").append(o.network_type).append(" ").append(o.address_type);
    out.append(" ").append(o.address).append("\r\n");
    for (const auto& line : session.lines) print_line(out, line);
    for (const auto& media : session.media) print_media(out, media);
    return out;
}

}  // namespace portcullis::sdp
