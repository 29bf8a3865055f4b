// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/tls_error.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

namespace portcullis::transport {

namespace {

TlsFailure verify_failure(long result) {
    switch (result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return TlsFailure::Expired;
        default:
            return TlsFailure::Untrusted;
    }
}

TlsFailure failure_of(unsigned long code, const SSL& ssl) {
    if (ERR_GET_LIB(code) != ERR_LIB_SSL) return TlsFailure::Other;
    const int reason = ERR_GET_REASON(code);
    if (reason >= SSL_AD_REASON_OFFSET) return TlsFailure::Alert;
    switch (reason) {
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            return verify_failure(SSL_get_verify_result(&ssl));
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return TlsFailure::NoCertificate;
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
            return TlsFailure::Version;
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_APPLICATION_PROTOCOL:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
        case SSL_R_NO_SHARED_GROUPS:
            return TlsFailure::Cipher;
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
        case SSL_R_BAD_RECORD_TYPE:
        case SSL_R_UNEXPECTED_MESSAGE:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
            return TlsFailure::NotTls;
        case SSL_R_EXCESSIVE_MESSAGE_SIZE:
            return TlsFailure::Untrusted;
        default:
            return TlsFailure::Other;
    }
}

}  // namespace

TlsError take_tls_error(const SSL& ssl) {
    // The oldest is the cause.
    const auto code = ERR_peek_error();
    const char* const words = code == 0 ? nullptr : ERR_reason_error_string(code);
    TlsError error{failure_of(code, ssl), words == nullptr ? "TLS failed" : words};
    if (error.failure == TlsFailure::Expired || error.failure == TlsFailure::Untrusted) {
        const long result = SSL_get_verify_result(&ssl);
        if (result != X509_V_OK) {
            error.reason += std::string(": ") + X509_verify_cert_error_string(result);
        }
    }
    ERR_clear_error();
    return error;
}

}  // namespace portcullis::transport
