// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/tls_profiles.hpp"

#include <algorithm>

namespace portcullis::transport {

namespace {

bool has_secure_gateway(const config::TrunkConfig& trunk) {
    return std::any_of(trunk.gateways.begin(), trunk.gateways.end(), [](const auto& gateway) {
        return gateway.enabled && is_secure(gateway.uri.transport);
    });
}

bool is_secure_interface(const config::SipInterfaceConfig& interface) {
    return interface.enabled &&
           std::any_of(interface.transports.begin(), interface.transports.end(), is_secure);
}

// Terms with equal keys accept the same peers and show them the same.
std::string key_of(const TlsTerms& terms) {
    const auto& settings = terms.profile->settings();
    std::string key = settings.name + "\n" + settings.ca_file;
    key += terms.verify_chain ? "\nchain" : "\n";
    for (const auto& name : terms.names) key += "\n" + name;
    for (const auto& fingerprint : terms.fingerprints) key += "\n#" + fingerprint;
    return key;
}

}  // namespace

TlsProfiles::Loaded TlsProfiles::load(const config::Document& document) {
    const auto made = std::make_shared<TlsProfiles>();
    Loaded out;
    for (std::size_t i = 0; i < document.tls_profiles.size(); ++i) {
        if (!document.tls_profiles[i].enabled) continue;
        made->add_profile(document.tls_profiles[i], "/tls_profiles/" + std::to_string(i),
                          out.problems);
    }
    for (std::size_t i = 0; i < document.trunks.size(); ++i) {
        const auto& trunk = document.trunks[i];
        if (trunk.enabled && has_secure_gateway(trunk)) made->add_trunk(document, i, out.problems);
    }
    out.profiles = made;
    return out;
}

// One that cannot be loaded stays: its files may be mended, and are looked at again.
void TlsProfiles::add_profile(config::TlsProfileConfig settings, std::string pointer,
                              std::vector<PointedProblem>& problems) {
    const auto profile = std::make_shared<TlsProfile>(std::move(settings));
    if (auto problem = profile->load()) {
        if (!problem->field.empty()) pointer += "/" + problem->field;
        problems.push_back({std::move(pointer), std::move(problem->message)});
    }
    by_name_.emplace(profile->settings().name, profile);
    all_.push_back(profile);
}

void TlsProfiles::add_trunk(const config::Document& document, std::size_t index,
                            std::vector<PointedProblem>& problems) {
    const auto& trunk = document.trunks[index];
    const std::string pointer = "/trunks/" + std::to_string(index) + "/tls";
    for (const auto& interface : document.sip_interfaces) {
        if (interface.realm != trunk.realm || !is_secure_interface(interface)) continue;
        const auto terms = make_terms(trunk, interface, pointer, problems);
        if (!terms) continue;
        by_trunk_.emplace(TrunkKey{interface.name, trunk.name}, terms);
        for (const auto& gateway : trunk.gateways) {
            if (!gateway.enabled || !is_secure(gateway.uri.transport)) continue;
            by_gateway_.emplace(GatewayKey{interface.name, gateway.uri.endpoint}, terms);
        }
    }
}

TlsTermsPtr TlsProfiles::make_terms(const config::TrunkConfig& trunk,
                                    const config::SipInterfaceConfig& interface,
                                    const std::string& pointer,
                                    std::vector<PointedProblem>& problems) {
    const config::TrunkTlsConfig& tls = trunk.tls;
    const std::string& base = tls.profile.empty() ? interface.tls_profile : tls.profile;
    TlsProfilePtr profile = find(base);
    if (!profile) return nullptr;
    if (!tls.ca_file.empty()) {
        // Slugs hold no '@': no profile of the configuration is called so.
        const std::string name = base + "@" + trunk.name;
        if (!find(name)) {
            auto settings = profile->settings();
            settings.name = name;
            settings.ca_file = tls.ca_file;
            settings.verify_client = config::VerifyClient::None;
            add_profile(std::move(settings), pointer, problems);
        }
        profile = find(name);
    }
    TlsTerms terms;
    terms.profile = profile;
    terms.names = tls.names;
    for (const auto& fingerprint : tls.fingerprints) {
        terms.fingerprints.push_back(config::normal_fingerprint(fingerprint));
    }
    // A pinned certificate needs neither issuer nor name, unless they are given as well.
    const bool verify = profile->settings().verify_server;
    const bool pinned = !terms.fingerprints.empty();
    terms.verify_chain = verify && (!pinned || !tls.ca_file.empty());
    terms.verify_name = verify && (!pinned || !tls.names.empty());
    terms.key = key_of(terms);
    return std::make_shared<const TlsTerms>(std::move(terms));
}

TlsProfilePtr TlsProfiles::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

TlsTermsPtr TlsProfiles::terms(const Destination& to) const {
    if (!to.trunk.empty()) {
        const auto found = by_trunk_.find(TrunkKey{to.interface, to.trunk});
        if (found != by_trunk_.end()) return found->second;
    }
    const auto found = by_gateway_.find(GatewayKey{to.interface, to.remote});
    return found == by_gateway_.end() ? nullptr : found->second;
}

}  // namespace portcullis::transport
