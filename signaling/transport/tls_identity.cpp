// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/tls_identity.hpp"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

#include "common/base/text.hpp"
#include "common/net/ip_address.hpp"

namespace portcullis::transport {

namespace {

struct FreeNames {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
struct FreeBio {
    void operator()(BIO* bio) const { BIO_free_all(bio); }
};

// A text with a zero byte inside is a trick: whoever stops there reads another name.
std::string_view text_of(const ASN1_STRING* value) {
    const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                static_cast<std::size_t>(ASN1_STRING_length(value)));
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    return printable ? text : std::string_view();
}

// The host of "sip:host[:port][;params]"; empty for another scheme or with a user part.
std::string_view sip_host(std::string_view uri) {
    if (!text::istarts_with(uri, "sip:") || uri.find('@') != std::string_view::npos) return {};
    uri.remove_prefix(4);
    uri = uri.substr(0, uri.find_first_of(";?"));
    if (uri.starts_with('[')) return uri.substr(0, uri.find(']') + 1);
    return uri.substr(0, uri.find(':'));
}

std::string ip_text(const ASN1_OCTET_STRING* value) {
    std::array<std::byte, 16> bytes{};
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
    if (size != 4 && size != 16) return {};
    std::copy_n(reinterpret_cast<const std::byte*>(ASN1_STRING_get0_data(value)), size,
                bytes.begin());
    const auto address =
        size == 4 ? IpAddress::v4(std::span(bytes).first<4>()) : IpAddress::v6(bytes);
    return address.text();
}

std::string common_name(const X509& certificate) {
    const X509_NAME* const subject = X509_get_subject_name(&certificate);
    int last = -1;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
        last = at;
    }
    if (last < 0) return {};
    return normal_domain(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last))));
}

}  // namespace

std::string fingerprint_of(const X509& certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
    return text::to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string subject_of(const X509& certificate) {
    const std::unique_ptr<BIO, FreeBio> bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), X509_get_subject_name(&certificate), 0,
                       XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return text::printable({data, static_cast<std::size_t>(std::max(size, 0L))});
}

std::string normal_domain(std::string_view host) {
    if (const auto address = IpAddress::parse(host)) return address->text();
    if (host.ends_with('.')) host.remove_suffix(1);
    return text::to_lower(host);
}

std::vector<std::string> domains_of(const X509& certificate) {
    const std::unique_ptr<GENERAL_NAMES, FreeNames> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::vector<std::string> uris;
    std::vector<std::string> dns;
    std::vector<std::string> addresses;
    const auto keep = [](std::vector<std::string>& list, std::string name) {
        if (!name.empty()) list.push_back(std::move(name));
    };
    const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
    for (int i = 0; i < count; ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type == GEN_URI) {
            keep(uris, normal_domain(sip_host(text_of(name->d.uniformResourceIdentifier))));
        } else if (name->type == GEN_DNS) {
            keep(dns, normal_domain(text_of(name->d.dNSName)));
        } else if (name->type == GEN_IPADD) {
            keep(addresses, ip_text(name->d.iPAddress));
        }
    }
    auto& domains = uris.empty() ? dns : uris;
    if (!names) keep(domains, common_name(certificate));
    domains.insert(domains.end(), addresses.begin(), addresses.end());
    return std::move(domains);
}

bool has_domain(const std::vector<std::string>& domains, std::string_view wanted) {
    const std::string name = normal_domain(wanted);
    return !name.empty() && name.find('*') == std::string::npos &&
           std::find(domains.begin(), domains.end(), name) != domains.end();
}

}  // namespace portcullis::transport
