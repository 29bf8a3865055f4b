// SPDX-License-Identifier: BSD-2-Clause
// Pki: certificates made for one test, in files of its own folder.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "policy/config/tls_profile_config.hpp"
#include "signaling/transport/tls_identity.hpp"
#include "tests/support/temp_dir.hpp"

namespace portcullis::transport::testing {

struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(BIO* bio) const { BIO_free_all(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

struct CertificateSpec {
    std::string common_name = "nobody";
    std::string names{};  // as OpenSSL's subjectAltName: "DNS:a.example,IP:127.0.0.1"
    long begins = -3600;  // seconds from now
    long ends = 86400;
    bool foreign = false;  // of another issuer
};

struct CertificateFiles {
    std::string certificate;
    std::string key;
    std::string fingerprint;
};

class Pki {
 public:
    Pki() : key_(EVP_EC_gen("P-256")), foreign_key_(EVP_EC_gen("P-256")) {
        ca_ = make({.common_name = "test issuer"}, *key_, nullptr, *key_, true);
        foreign_ca_ =
            make({.common_name = "other issuer"}, *foreign_key_, nullptr, *foreign_key_, true);
        write(ca_file(), *ca_);
    }

    [[nodiscard]] std::string ca_file() const { return dir_.path() / "ca.pem"; }
    [[nodiscard]] std::string path(const std::string& name) const { return dir_.path() / name; }

    // Files `name`.pem and `name`.key; called again they are replaced, as a renewal does.
    CertificateFiles issue(const std::string& name, const CertificateSpec& spec) const {
        const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
        const auto certificate = make(spec, *key, spec.foreign ? foreign_ca_.get() : ca_.get(),
                                      spec.foreign ? *foreign_key_ : *key_, false);
        write(path(name + ".pem"), *certificate);
        const Owned<BIO> bio(BIO_new_file(path(name + ".key").c_str(), "w"));
        PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        return {path(name + ".pem"), path(name + ".key"), fingerprint_of(*certificate)};
    }

    // A profile with that certificate and our issuer.
    [[nodiscard]] config::TlsProfileConfig profile(const std::string& name,
                                                   const CertificateFiles& files) const {
        config::TlsProfileConfig out;
        out.name = name;
        out.certificate_file = files.certificate;
        out.private_key_file = files.key;
        out.ca_file = ca_file();
        return out;
    }

    static Owned<X509> make(const CertificateSpec& spec, EVP_PKEY& key, X509* issuer,
                            EVP_PKEY& issuer_key, bool authority) {
        static long serial = 1000;
        Owned<X509> made(X509_new());
        X509_set_version(made.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), spec.begins);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), spec.ends);
        X509_set_pubkey(made.get(), &key);
        X509_NAME* const name = X509_get_subject_name(made.get());
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(spec.common_name.c_str()),
                                   -1, -1, 0);
        X509_set_issuer_name(made.get(), issuer == nullptr ? name : X509_get_subject_name(issuer));
        add(*made, issuer, NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
        if (!spec.names.empty()) add(*made, issuer, NID_subject_alt_name, spec.names.c_str());
        X509_sign(made.get(), &issuer_key, EVP_sha256());
        return made;
    }

 private:
    static void add(X509& certificate, X509* issuer, int what, const char* value) {
        X509V3_CTX context{};
        X509V3_set_ctx(&context, issuer == nullptr ? &certificate : issuer, &certificate, nullptr,
                       nullptr, 0);
        const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, what, value));
        X509_add_ext(&certificate, extension.get(), -1);
    }
    static void write(const std::string& path, X509& certificate) {
        const Owned<BIO> bio(BIO_new_file(path.c_str(), "w"));
        PEM_write_bio_X509(bio.get(), &certificate);
    }

    portcullis::testing::TempDir dir_;
    Owned<EVP_PKEY> key_;
    Owned<EVP_PKEY> foreign_key_;
    Owned<X509> ca_;
    Owned<X509> foreign_ca_;
};

}  // namespace portcullis::transport::testing
