// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/checker.hpp"

#include "policy/config/reader.hpp"
#include "policy/config/validate.hpp"

namespace portcullis::config {

std::string at(std::string_view section, std::size_t index) {
    std::string out = "/";
    out += section;
    out += '/';
    out += std::to_string(index);
    return out;
}

std::string at(std::string_view section, std::size_t index, std::string_view field) {
    std::string out = at(section, index);
    out += '/';
    out += field;
    return out;
}

std::string at(std::string_view section, std::size_t index, std::string_view list, std::size_t item,
               std::string_view field) {
    std::string out = at(section, index, list);
    out += '/';
    out += std::to_string(item);
    if (field.empty()) return out;
    out += '/';
    out += field;
    return out;
}

Checker::Checker(const Document& document, const Problems& known)
    : document_(document), known_(known) {
    for (const auto& realm : document.realms) realms_.emplace(realm.name, &realm);
    for (const auto& trunk : document.trunks) trunks_.emplace(trunk.name, &trunk);
}

void Checker::report(std::string pointer, std::string_view code, std::string message,
                     std::string hint) {
    if (known(pointer) || problems_.size() >= kMaxProblems) return;
    problems_.push_back(
        {std::move(pointer), std::string(code), std::move(message), std::move(hint)});
}

const RealmConfig* Checker::realm(std::string_view name) const {
    const auto at = realms_.find(name);
    return at == realms_.end() ? nullptr : at->second;
}

const TrunkConfig* Checker::trunk(std::string_view name) const {
    const auto at = trunks_.find(name);
    return at == trunks_.end() ? nullptr : at->second;
}

Problems validate(const Document& document, const Problems& known) {
    Checker checker(document, known);
    check_names(checker);
    check_references(checker);
    check_listeners(checker);
    check_tls(checker);
    check_media(checker);
    check_trunks(checker);
    check_trunk_match(checker);
    check_trunk_service(checker);
    check_challenge(checker);
    check_routes(checker);
    check_number_rules(checker);
    check_access_lists(checker);
    check_identity(checker);
    check_settings(checker);
    check_dns(checker);
    Problems problems = checker.take();
    sort_problems(problems);
    return problems;
}

}  // namespace portcullis::config
