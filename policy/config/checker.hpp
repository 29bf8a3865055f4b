// SPDX-License-Identifier: BSD-2-Clause
// Checker: what the checks across sections share, and the checks themselves, one group per file.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/config/document.hpp"
#include "policy/config/problem.hpp"
#include "policy/config/problem_order.hpp"

namespace portcullis::config {

// "/trunks/3"
[[nodiscard]] std::string at(std::string_view section, std::size_t index);
// "/trunks/3/gateways/0/uri"
[[nodiscard]] std::string at(std::string_view section, std::size_t index, std::string_view field);
[[nodiscard]] std::string at(std::string_view section, std::size_t index, std::string_view list,
                             std::size_t item, std::string_view field = {});

// Looks objects up by name and collects problems. Lives for one validate(); refers to its document.
class Checker {
 public:
    Checker(const Document& document, const Problems& known);

    [[nodiscard]] const Document& document() const { return document_; }
    // Reading has found something wrong there already: what depends on it is not judged.
    [[nodiscard]] bool known(std::string_view pointer) const { return known_.touches(pointer); }
    // The whole section was refused: nothing can be said of references into it.
    [[nodiscard]] bool unread(std::string_view section) const {
        return known_.is_at("/" + std::string(section));
    }
    // Kept unless something is known at `pointer` or kMaxProblems is reached.
    void report(std::string pointer, std::string_view code, std::string message, std::string hint);
    [[nodiscard]] Problems take() { return std::move(problems_); }

    // The first object of that name, or nullptr.
    [[nodiscard]] const RealmConfig* realm(std::string_view name) const;
    [[nodiscard]] const TrunkConfig* trunk(std::string_view name) const;

 private:
    const Document& document_;
    KnownProblems known_;
    Problems problems_;
    std::unordered_map<std::string_view, const RealmConfig*> realms_;
    std::unordered_map<std::string_view, const TrunkConfig*> trunks_;
};

void check_names(Checker& checker);          // unique within each collection
void check_references(Checker& checker);     // every name exists and, where it must be, is enabled
void check_listeners(Checker& checker);      // sip interfaces against each other
void check_tls(Checker& checker);            // profiles, and the interfaces that need them
void check_media(Checker& checker);          // devices, pools, and pools against sip interfaces
void check_trunks(Checker& checker);         // gateways, capacity, codes, what the realm must have
void check_trunk_match(Checker& checker);    // no source that two trunks of a realm claim
void check_trunk_service(Checker& checker);  // health, registration, account
void check_challenge(Checker& checker);      // who may speak for a trunk
void check_routes(Checker& checker);
void check_number_rules(Checker& checker);
void check_access_lists(Checker& checker);
void check_identity(Checker& checker);  // of realms and trunks
void check_settings(Checker& checker);  // timers and relay
void check_dns(Checker& checker);

}  // namespace portcullis::config
