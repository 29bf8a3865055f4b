// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/message_kind.hpp"

namespace portcullis::headers {
namespace {

using sip::Method;

MessageKind kind_of_request(const sip::Message& request) {
    // 12.2: only a request within a dialog has a To tag.
    const bool in_dialog = !request.essentials().to_tag.empty();
    switch (request.method()) {
        case Method::Ack:
        case Method::Prack:
            return MessageKind::None;
        case Method::Cancel:
            return MessageKind::Cancel;
        case Method::Bye:
            return MessageKind::Bye;
        case Method::Refer:
            return MessageKind::Refer;
        case Method::Update:
            return MessageKind::Modify;
        case Method::Invite:
            return in_dialog ? MessageKind::Modify : MessageKind::Invite;
        default:
            return in_dialog ? MessageKind::InDialog : MessageKind::OutOfDialog;
    }
}

MessageKind kind_of_response(const sip::Message& response) {
    const int code = response.status_code();
    if (code >= 300) return MessageKind::Failure;
    const bool session = response.method() == Method::Invite || response.method() == Method::Update;
    if (code >= 200) return session ? MessageKind::Success : MessageKind::Answer;
    return session && code > 100 ? MessageKind::Provisional : MessageKind::None;
}

}  // namespace

MessageKind kind_of(const sip::Message& message) {
    return message.is_request() ? kind_of_request(message) : kind_of_response(message);
}

}  // namespace portcullis::headers
