// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/session_headers.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "signaling/headers/party.hpp"
#include "signaling/headers/value_filter.hpp"
#include "signaling/sip/params.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::headers {
namespace {

using sip::HeaderId;

constexpr std::string_view kNilSession = "00000000000000000000000000000000";
constexpr std::size_t kMaxUserToUser = 4;

bool is_hex(std::string_view value) {
    return std::all_of(value.begin(), value.end(), [](char c) {
        const char low = text::lower(c);
        return text::is_digit(c) || (low >= 'a' && low <= 'f');
    });
}

// A value and its parameters; a ';' inside quotes does not separate.
struct Parted {
    std::string_view head;
    sip::Params params;
};

std::optional<Parted> part(std::string_view value) {
    value = sip::trim_wsp(value);
    auto end = value.find(';');
    if (!value.empty() && value.front() == '"') {
        const auto quoted = sip::skip_quoted(value);
        if (!quoted) return std::nullopt;
        end = value.find(';', *quoted);
        if (!sip::trim_wsp(value.substr(*quoted, end == value.npos ? end : end - *quoted)).empty())
            return std::nullopt;
    }
    const auto params =
        sip::parse_params(end == value.npos ? std::string_view{} : value.substr(end));
    if (!params) return std::nullopt;
    return Parted{sip::trim_wsp(value.substr(0, end)), *params};
}

// RFC 7433 section 4.1: hexadecimal octets unless the encoding says otherwise.
std::string user_to_user(std::string_view value, std::size_t limit) {
    const auto parted = part(value);
    if (!parted || parted->head.empty()) return {};
    const auto& params = parted->params;
    const auto encoding = params.get("encoding").value_or("hex");
    std::string out;
    if (text::iequals(encoding, "hex")) {
        if (parted->head.size() % 2 != 0 || parted->head.size() / 2 > limit) return {};
        if (!is_hex(parted->head)) return {};
        out = parted->head;
    } else {
        const auto data = clean_text(sip::unquote(parted->head));
        if (data.empty() || data.size() > limit) return {};
        out = sip::is_token(data) ? data : sip::quote(data);
    }
    for (const std::string_view known : {"purpose", "content", "encoding"}) {
        const auto param = params.get(known);
        if (param && sip::is_token(*param)) {
            out += ";" + std::string(known) + "=" + std::string(*param);
        }
    }
    return out;
}

// Lower case, 32 digits; empty for anything else.
std::string session_uuid(std::string_view text) {
    if (text.size() != kNilSession.size() || !is_hex(text)) return {};
    return text::to_lower(text);
}

std::string own_session_id(const Crossing& crossing) {
    const auto& context = crossing.context;
    const auto own = session_uuid(context.session_id);
    if (own.empty()) return {};
    const auto peer = session_uuid(context.peer_session_id);
    return own + ";remote=" + (peer.empty() ? std::string(kNilSession) : peer);
}

}  // namespace

void pass_user_to_user(const Crossing& crossing, HeaderId id, HeaderList& out) {
    std::size_t passed = 0;
    for (const auto value : crossing.message.values(id)) {
        auto kept = user_to_user(value, crossing.to.user_to_user_max);
        if (kept.empty() || passed++ == kMaxUserToUser) continue;
        add(out, id, std::move(kept));
    }
}

void pass_session_id(const Crossing& crossing, HeaderId id, HeaderList& out) {
    if (crossing.to.session_id == config::SessionIdForm::Drop) return;
    const auto own = session_id_of(crossing.message);
    if (!own) return;
    // Either side may ask for it: the identifiers of both would meet otherwise.
    if (crossing.to.session_id == config::SessionIdForm::Regenerate ||
        crossing.from.session_id == config::SessionIdForm::Regenerate) {
        add(out, id, own_session_id(crossing));
        return;
    }
    const auto parted = part(*crossing.message.header(id));
    // Without a remote part it is the form of RFC 7329.
    const auto remote = session_uuid(parted->params.get("remote").value_or(""));
    add(out, id, remote.empty() ? *own : *own + ";remote=" + remote);
}

void pass_early_media(const Crossing& crossing, HeaderId id, HeaderList& out) {
    std::string kept;
    for (const auto value : crossing.message.values(id)) {
        const auto word =
            one_of(value, {"supported", "sendrecv", "sendonly", "recvonly", "inactive", "gated"});
        if (word.empty()) continue;
        kept += (kept.empty() ? "" : ", ") + std::string(word);
        if (kept.size() > 64) break;  // each of the words once is shorter
    }
    add(out, id, std::move(kept));
}

void pass_answer_mode(const Crossing& crossing, HeaderId id, HeaderList& out) {
    const auto value = crossing.message.header(id);
    const auto parted = value ? part(*value) : std::nullopt;
    if (!parted) return;
    std::string kept(one_of(parted->head, {"Manual", "Auto"}));
    if (!kept.empty() && parted->params.has("require")) kept += ";require";
    add(out, id, std::move(kept));
}

std::optional<std::string> session_id_of(const sip::Message& message) {
    const auto value = message.header(HeaderId::SessionId);
    const auto parted = value ? part(*value) : std::nullopt;
    if (!parted) return std::nullopt;
    auto own = session_uuid(parted->head);
    return own.empty() || own == kNilSession ? std::nullopt : std::optional(std::move(own));
}

}  // namespace portcullis::headers
