// SPDX-License-Identifier: BSD-2-Clause
// TLS profiles, and the sip interfaces that need them (checker.hpp). The files themselves are
// looked at by signaling, on the machine they are on.
#include <algorithm>

#include "policy/config/checker.hpp"

namespace portcullis::config {
namespace {

void check_profile(Checker& checker, std::size_t i) {
    const TlsProfileConfig& profile = checker.document().tls_profiles[i];
    const bool certificate = !profile.certificate_file.empty();
    if (certificate != !profile.private_key_file.empty()) {
        const auto* const missing = certificate ? "private_key_file" : "certificate_file";
        checker.report(at("tls_profiles", i, missing), "missing-field",
                       "a certificate and its private key come together",
                       std::string("add ") + missing + ", or leave out the other");
    }
    if (profile.verify_client != VerifyClient::None && profile.ca_file.empty()) {
        checker.report(at("tls_profiles", i, "ca_file"), "missing-field",
                       "certificates of clients are verified, but no issuer is named",
                       "add ca_file: the system's issuers would let anyone in");
    }
    if (profile.minimum_version == TlsVersion::V13 && !profile.ciphers.empty()) {
        checker.report(at("tls_profiles", i, "ciphers"), "contradiction",
                       "ciphers are those of TLS 1.2, which is not spoken",
                       "use ciphersuites, or lower minimum_version");
    }
}

void check_interface(Checker& checker, std::size_t i) {
    const SipInterfaceConfig& interface = checker.document().sip_interfaces[i];
    const auto has = [&](auto wanted) {
        return std::any_of(interface.transports.begin(), interface.transports.end(), wanted);
    };
    const bool secure = has(is_secure);
    if (secure && interface.tls_profile.empty()) {
        checker.report(at("sip_interfaces", i, "tls_profile"), "missing-field",
                       "tls and wss need a certificate",
                       "name a profile of \"tls_profiles\", or listen on another transport");
    }
    if (!has(is_websocket) && interface.websocket != WebsocketConfig{}) {
        checker.report(at("sip_interfaces", i, "websocket"), "contradiction",
                       "the interface listens on neither ws nor wss",
                       "add the transport, or leave websocket out");
    }
    const auto* const profile = find_named(checker.document().tls_profiles, interface.tls_profile);
    if (!secure || profile == nullptr || !profile->certificate_file.empty()) return;
    checker.report(at("sip_interfaces", i, "tls_profile"), "profile-without-certificate",
                   "tls profile \"" + profile->name + "\" has no certificate to show",
                   "give it certificate_file and private_key_file, or name another");
}

}  // namespace

void check_tls(Checker& checker) {
    const Document& document = checker.document();
    for (std::size_t i = 0; i < document.tls_profiles.size(); ++i) check_profile(checker, i);
    for (std::size_t i = 0; i < document.sip_interfaces.size(); ++i) check_interface(checker, i);
}

}  // namespace portcullis::config
