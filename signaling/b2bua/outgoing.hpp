// SPDX-License-Identifier: BSD-2-Clause
// outgoing: the messages that a leg sends, made of our own identity and of what may cross.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.hpp"
#include "signaling/b2bua/carried_body.hpp"
#include "signaling/b2bua/header_pass.hpp"
#include "signaling/b2bua/leg.hpp"
#include "signaling/dialog/request_factory.hpp"
#include "signaling/shard/slot.hpp"
#include "signaling/sip/builder.hpp"
#include "signaling/sip/warning.hpp"

namespace portcullis::b2bua {

inline constexpr std::string_view kSdpType = "application/sdp";
inline constexpr std::uint32_t kMaxForwards = 70;

// Texts that a sip::Via views; keep it while the Via is used.
struct OwnVia {
    OwnVia(const LegAddress& address, shard::Slot slot);
    [[nodiscard]] sip::Via via() const;

    std::string host;
    std::string branch;
    std::string params;  // as they are printed
    std::uint16_t port;
    TransportKind transport;
};

// "<sip:user@198.18.0.1:5060;transport=tcp>"
[[nodiscard]] std::string contact_value(const LegAddress& address);

struct InviteParts {
    const LegAddress& address;
    const policy::Target& target;
    headers::FromParts from;
    std::string call_id{};
    std::string from_tag{};
    CarriedBody body{};
    std::uint32_t max_forwards = kMaxForwards;
    std::uint32_t cseq = 1;
    std::string allow;
    HeaderList headers;
    std::string_view method = "INVITE";
    bool contact = true;  // it makes a dialog
};

// "sip:4930123@198.18.0.2:5060;transport=tcp": where the initial INVITE to a gateway asks.
[[nodiscard]] std::string request_uri(const policy::Target& target);

// The first request towards a gateway, most often an INVITE (RFC 3261 section 8.1.1).
[[nodiscard]] sip::MessagePtr make_invite(const InviteParts& parts, shard::Slot slot);

struct ResponseParts {
    std::string_view to_tag{};
    const LegAddress* contact = nullptr;  // dialog-forming and target-refreshing responses
    std::string_view allow{};             // goes with the Contact
    std::string sdp{};                    // or another body
    HeaderList headers{};
    std::string_view content_type = kSdpType;
    // Where the request came from: the Via says so at once (RFC 3261 section 18.2.1). Without it
    // the response is written again when it is sent.
    std::optional<Endpoint> source{};
};

// Our response: the default reason phrase, so that no foreign text crosses.
[[nodiscard]] sip::MessagePtr make_response(const sip::Message& request, int code,
                                            const ResponseParts& parts = {});

struct InDialogParts {
    std::string sdp{};  // or another body
    HeaderList headers{};
    std::string allow{};  // INVITE and UPDATE
    std::uint32_t max_forwards = kMaxForwards;
    std::string content_type = std::string(kSdpType);
};

// A request within `dialog` from `address`, with Contact where it refreshes the target (RFC 3261
// section 12.2). Takes the next CSeq.
[[nodiscard]] sip::MessagePtr make_in_dialog(dialog::Dialog& dialog, std::string_view method,
                                             const LegAddress& address, shard::Slot slot,
                                             InDialogParts parts = {});
[[nodiscard]] sip::MessagePtr make_in_dialog(dialog::Dialog& dialog, sip::Method method,
                                             const LegAddress& address, shard::Slot slot,
                                             InDialogParts parts = {});
// The ACK of a 2xx.
[[nodiscard]] sip::MessagePtr make_dialog_ack(const dialog::Dialog& dialog,
                                              const LegAddress& address, shard::Slot slot,
                                              std::uint32_t invite_cseq, std::string sdp = {});

// Max-Forwards for the other leg: one less, 70 where there was none.
[[nodiscard]] std::uint32_t next_max_forwards(const sip::Message& request);

// The user part of a URI as policy sees it: unescaped, without the parameters inside it.
[[nodiscard]] std::string number_of(const sip::Uri& uri);

// `headers` with the words of a refusal; without words as they are.
[[nodiscard]] HeaderList warned(sip::Warning warning, HeaderList headers = {});

// Retry-After; none for 0.
[[nodiscard]] HeaderList retry_after(std::chrono::seconds after);

}  // namespace portcullis::b2bua
