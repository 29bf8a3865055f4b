// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/auth/challenge.hpp"

#include "common/base/text.hpp"
#include "signaling/auth/auth_value.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::auth {

Result<std::optional<Challenge>> parse_challenge(std::string_view value) {
    const auto read = parse_auth_value(value);
    if (!read) return std::unexpected(read.error());
    if (!text::iequals(read->scheme, "Digest")) return std::nullopt;
    const auto realm = read->find("realm");
    const auto nonce = read->find("nonce");
    if (!realm || !nonce) {
        return fail(sip::make_error_code(sip::Errc::MalformedValue),
                    "a challenge without realm or nonce");
    }
    Challenge out;
    out.realm = *realm;
    out.nonce = *nonce;
    if (const auto name = read->find("algorithm")) {
        const auto algorithm = parse_algorithm(*name);
        if (!algorithm) return std::nullopt;
        out.algorithm = *algorithm;
    }
    if (const auto opaque = read->find("opaque")) out.opaque = *opaque;
    out.stale = text::iequals(read->find("stale").value_or(""), "true");
    if (const auto qop = read->find("qop")) {
        sip::for_each_value(*qop, [&out](std::string_view option) {
            out.qop_auth = out.qop_auth || text::iequals(option, "auth");
            out.qop_auth_int = out.qop_auth_int || text::iequals(option, "auth-int");
            return true;
        });
        // Options that nobody here knows are not the same as none.
        if (!out.qop_auth && !out.qop_auth_int) return std::nullopt;
    }
    return out;
}

std::string print(const Challenge& challenge) {
    std::string out = "Digest realm=" + sip::quote(challenge.realm);
    out += ", nonce=" + sip::quote(challenge.nonce);
    if (challenge.opaque) out += ", opaque=" + sip::quote(*challenge.opaque);
    out.append(", algorithm=").append(name_of(challenge.algorithm));
    if (challenge.stale) out += ", stale=true";
    if (challenge.qop_auth && challenge.qop_auth_int) {
        out += ", qop=\"auth,auth-int\"";
    } else if (challenge.qop_auth || challenge.qop_auth_int) {
        out += challenge.qop_auth ? ", qop=\"auth\"" : ", qop=\"auth-int\"";
    }
    return out;
}

}  // namespace portcullis::auth
