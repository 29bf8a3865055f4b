// SPDX-License-Identifier: BSD-2-Clause
// Dialog: the state of one dialog and what requests and responses do to it (RFC 3261 section 12).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/resting.hpp"
#include "common/base/result.hpp"
#include "signaling/dialog/dialog_id.hpp"
#include "signaling/dialog/errc.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::dialog {

enum class DialogPhase : std::uint8_t { Early, Confirmed, kMax = Confirmed };

// Everything of a dialog that must survive the process; this struct is its checkpoint form.
struct DialogState {
    DialogId id;
    DialogPhase phase = DialogPhase::Early;
    bool is_uas = false;    // who made it: the peer (UAS) or we (UAC)
    bool secure = false;    // 12.1: made over TLS with a sips Request-URI
    std::string local_uri;  // 12.1.1: the URI of To (UAS) or From (UAC), without tag
    std::string remote_uri;
    std::string local_name;  // display names, written again in each request; may be empty
    std::string remote_name;
    std::string remote_target;           // URI of the peer's last Contact
    std::vector<std::string> route_set;  // "<sip:p1.example.com;lr>", in the order of Route
    std::uint32_t local_cseq = 0;
    std::optional<std::uint32_t> remote_cseq;
    std::uint32_t invite_cseq = 0;  // CSeq number of the newest INVITE we sent; its ACK repeats it

    auto fields() {
        return std::tie(id, phase, is_uas, secure, local_uri, remote_uri, local_name, remote_name,
                        remote_target, route_set, local_cseq, remote_cseq, invite_cseq);
    }
    bool operator==(const DialogState&) const = default;
};

enum class SequenceCheck : std::uint8_t {
    InOrder,   // go on; the remote CSeq is now this one
    TooLow,    // 12.2.2: answer 500
    Repeated,  // same number as before: an ACK or CANCEL of it, or a retransmission gone astray
};

// A value of one thread: copy it, store it in a DialogTable, write state() to the checkpoint. No
// I/O, no time.
class Dialog {
 public:
    // 12.1.1, UAS: from an INVITE (or other dialog-forming request) and our response to it, which
    // carries our To tag and, if it is to make a dialog, our Contact.
    // Errors: MissingContact, MissingTag, BadTarget.
    [[nodiscard]] static Result<Dialog> from_server(const sip::Message& request,
                                                    const sip::Message& response,
                                                    bool over_tls = false);
    // 12.1.2, UAC: from our request and a 2xx, or a 101-199 response with a To tag.
    // Errors: MissingTag, BadTarget (Record-Route).
    [[nodiscard]] static Result<Dialog> from_client(const sip::Message& request,
                                                    const sip::Message& response,
                                                    bool over_tls = false);
    explicit Dialog(DialogState state) { *state_ = std::move(state); }

    [[nodiscard]] const DialogState& state() const { return *state_; }
    [[nodiscard]] const DialogId& id() const { return state_->id; }
    [[nodiscard]] bool is_confirmed() const { return state_->phase == DialogPhase::Confirmed; }

    // A 2xx to the request that made this early dialog (UAC, 12.1 and 13.2.2.4): confirmed, with
    // route set and remote target taken from the 2xx, and the sequence numbers kept.
    Status confirm_from(const sip::Message& response);
    // UAS: our 2xx was sent.
    void confirm() { state_->phase = DialogPhase::Confirmed; }

    // Checks and advances the remote CSeq for an in-dialog request (12.2.2). ACK and CANCEL are not
    // to be given to it: they repeat the number of their INVITE.
    SequenceCheck receive_sequence(std::uint32_t cseq);

    // A target refresh request (INVITE, UPDATE, SUBSCRIBE, NOTIFY, REFER) of the peer, or its 2xx
    // to one of ours: the remote target becomes its Contact, if it has one; the route set stays.
    Status refresh_target(const sip::Message& message);
    void set_remote_target(std::string uri) { state_->remote_target = std::move(uri); }

    // The next local CSeq number; remembers it as the INVITE's for `invite`.
    std::uint32_t take_cseq(bool invite);
    // After recovery, numbers lost with the process must not be used again.
    void skip_cseq(std::uint32_t count) { state_->local_cseq += count; }

    // Nothing happens in it for now: its state is laid by, until the next one asks for it.
    void rest() { state_.rest(); }

    // Where in-dialog requests go: the first route, or the remote target (12.2.1.1). A URI.
    [[nodiscard]] std::string next_hop() const;

 private:
    Resting<DialogState> state_;
};

}  // namespace portcullis::dialog
