// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/rewrite.hpp"

#include <vector>

#include "common/base/text.hpp"
#include "signaling/sdp/attributes.hpp"
#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/pass_list.hpp"

namespace portcullis::sdp {
namespace {

// What stands on a rejected m-line for words that may not cross.
constexpr std::string_view kOtherMedia = "application";
constexpr std::string_view kOtherProtocol = "udp";

void add_line(std::string& out, char type, std::string_view value) {
    out += type;
    out += '=';
    out += value;
    out += "\r\n";
}

std::string address_text(const IpAddress& address) {
    return text::concat({address.is_v4() ? "IN IP4 " : "IN IP6 ", address.text()});
}

void add_bandwidths(std::string& out, const std::vector<Line>& lines) {
    for (const auto& line : lines) {
        if (line.type != 'b') continue;
        if (const auto value = pass_bandwidth(line.value)) add_line(out, 'b', *value);
    }
}

// The format of non-RTP media.
std::string other_format(const MediaDescription& media) {
    return std::string(media.formats.empty() ? "*" : known_format(media.formats.front()));
}

// Writes the m-lines of one description. Lives for one call of anchor().
class Writer {
 public:
    Writer(const AnchorRequest& request, const std::vector<const LocalStream*>& local,
           const IpAddress& session_address)
        : request_(request), local_(local), session_address_(session_address) {}

    std::string run() {
        out_.reserve(512);
        for (std::size_t i = 0; i < request_.from->media.size(); ++i) {
            if (local_[i] != nullptr) {
                write_active(i);
            } else {
                write_rejected(i);
            }
        }
        return std::move(out_);
    }

 private:
    // The m-line that an answer answers; null for offers.
    [[nodiscard]] const MediaDescription* offered(std::size_t index) const {
        if (request_.offer == nullptr || index >= request_.offer->media.size()) return nullptr;
        return &request_.offer->media[index];
    }

    void write_active(std::size_t index) {
        const auto& media = request_.from->media[index];
        const auto& local = *local_[index];
        // An answer spells the protocol as its offer did: some endpoints compare with case.
        std::string_view protocol = known_protocol(media.protocol).value_or(kOtherProtocol);
        const auto* question = offered(index);
        if (question != nullptr && text::iequals(question->protocol, protocol)) {
            protocol = question->protocol;
        }
        out_.append("m=").append(known_media(media.media).value_or(kOtherMedia)).append(" ");
        out_.append(std::to_string(local.rtp.port)).append(" ").append(protocol);
        const auto maps = rtp_maps(media);
        PayloadTypes types;
        for (const auto& map : maps) {
            types.set(map.payload_type);
            out_.append(" ").append(std::to_string(map.payload_type));
        }
        const bool is_rtp = protocol_kind(media.protocol) == ProtocolKind::Rtp;
        if (!is_rtp) out_ += ' ' + other_format(media);
        out_ += "\r\n";
        if (local.rtp.address != session_address_) {
            add_line(out_, 'c', address_text(local.rtp.address));
        }
        add_bandwidths(out_, media.lines);
        write_formats(media, maps, types);
        for (const auto& attribute : media.lines) {
            if (attribute.type != 'a') continue;
            if (const auto value = pass_attribute(attribute, types)) add_line(out_, 'a', *value);
        }
        write_direction(media, is_rtp);
        if (is_rtp) write_rtcp(media, local);
    }

    void write_formats(const MediaDescription& media, const std::vector<RtpMap>& maps,
                       const PayloadTypes& types) {
        for (const auto& map : maps) {
            out_.append("a=rtpmap:").append(std::to_string(map.payload_type)).append(" ");
            out_.append(map.encoding).append("/").append(std::to_string(map.clock_rate));
            if (map.channels != 1) out_.append("/").append(std::to_string(map.channels));
            out_ += "\r\n";
        }
        for (const auto& line : media.lines) {
            if (line.type != 'a' || line.attribute() != "fmtp") continue;
            if (const auto value = pass_fmtp(line.attribute_value(), types)) {
                add_line(out_, 'a', "fmtp:" + *value);
            }
        }
    }

    // Always at media level, so that a direction of the whole session needs no line of its own. The
    // old hold by address becomes a direction: our address is never null.
    void write_direction(const MediaDescription& media, bool is_rtp) {
        const Direction wanted = effective_direction(*request_.from, media);
        if (is_rtp || wanted != Direction::SendRecv) add_line(out_, 'a', name(wanted));
    }

    void write_rtcp(const MediaDescription& media, const LocalStream& local) {
        const bool offer = request_.role == Role::Offer;
        if (local.rtcp != local.rtp) {
            std::string value = "rtcp:" + std::to_string(local.rtcp.port);
            if (local.rtcp.address != local.rtp.address) {
                value += ' ' + address_text(local.rtcp.address);
            }
            add_line(out_, 'a', value);
        }
        if (offer ? has_rtcp_mux(media) : local.rtcp_mux) add_line(out_, 'a', "rtcp-mux");
    }

    // Port 0 and no attributes. In an answer the other fields repeat what the receiver itself
    // offered; in an offer they are words of the pass-list.
    void write_rejected(std::size_t index) {
        const auto* question = offered(index);
        const auto& media = question != nullptr ? *question : request_.from->media[index];
        std::string line;
        if (question != nullptr) {
            line.append(media.media).append(" 0 ").append(media.protocol);
        } else {
            line = std::string(known_media(media.media).value_or(kOtherMedia)) + " 0 " +
                   std::string(known_protocol(media.protocol).value_or(kOtherProtocol));
        }
        const auto kind = protocol_kind(media.protocol);
        const bool is_rtp = kind == ProtocolKind::Rtp || kind == ProtocolKind::KeyedRtp;
        if (question == nullptr && !is_rtp) {
            line += ' ' + other_format(media);
        } else {
            // Of RTP the parser let only payload types through.
            line.append(" ").append(media.formats.empty() ? "0" : media.formats.front());
        }
        add_line(out_, 'm', line);
    }

    const AnchorRequest& request_;
    const std::vector<const LocalStream*>& local_;
    const IpAddress& session_address_;
    std::string out_;
};

}  // namespace

bool is_anchorable(const MediaDescription& media) {
    if (!media.active() || !known_media(media.media)) return false;
    switch (protocol_kind(media.protocol)) {
        case ProtocolKind::Rtp:
            return has_rtp_map(media);
        case ProtocolKind::Udptl:
        case ProtocolKind::Udp:
            return true;
        case ProtocolKind::KeyedRtp:
        case ProtocolKind::Other:
            return false;
    }
    return false;
}

Result<std::string> anchor(const AnchorRequest& request, SdpWriterState& writer) {
    const auto& from = *request.from;
    std::vector<const LocalStream*> local(from.media.size(), nullptr);
    for (const auto& stream : request.local) {
        if (stream.stream >= local.size() || local[stream.stream] != nullptr) {
            return fail(Errc::Unanchorable, "stream " + std::to_string(stream.stream));
        }
        if (is_anchorable(from.media[stream.stream])) local[stream.stream] = &stream;
    }
    IpAddress address = request.fallback_address;
    for (const auto* stream : local) {
        if (stream == nullptr) continue;
        address = stream->rtp.address;
        break;
    }
    std::string body;
    body.reserve(512);
    add_line(body, 's', "-");
    add_line(body, 'c', address_text(address));
    add_bandwidths(body, from.lines);
    add_line(body, 't', "0 0");
    body += Writer(request, local, address).run();
    return writer.write(body, address);
}

}  // namespace portcullis::sdp
