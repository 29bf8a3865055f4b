// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/extensions.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace portcullis::b2bua {
namespace {

using config::ReliableProvisional;
using config::SessionConfig;
using config::SessionTimerUse;
using config::TransferHandling;

bool supports(const SessionConfig& session, std::string_view option) {
    if (text::iequals(option, "100rel")) {
        return session.reliable_provisional != ReliableProvisional::Off;
    }
    if (text::iequals(option, "timer")) return session.session_timer != SessionTimerUse::Off;
    if (text::iequals(option, "replaces")) return session.replaces != TransferHandling::Reject;
    return text::iequals(option, "norefersub") && session.refer == TransferHandling::Local;
}

std::optional<config::PassedMethod> passed_method(sip::Method method) {
    using config::PassedMethod;
    switch (method) {
        case sip::Method::Info:
            return PassedMethod::Info;
        case sip::Method::Message:
            return PassedMethod::Message;
        case sip::Method::Notify:
            return PassedMethod::Notify;
        case sip::Method::Options:
            return PassedMethod::Options;
        case sip::Method::Publish:
            return PassedMethod::Publish;
        case sip::Method::Refer:
            return PassedMethod::Refer;
        case sip::Method::Subscribe:
            return PassedMethod::Subscribe;
        case sip::Method::Unknown:
            return PassedMethod::Unknown;
        default:
            return std::nullopt;
    }
}

}  // namespace

dialog::SessionTimerTerms timer_terms(const SessionConfig& session) {
    using Use = dialog::SessionTimerTerms::Use;
    constexpr std::array kUses{Use::Off, Use::Accept, Use::Offer};
    return {.use = kUses[static_cast<std::size_t>(session.session_timer)],
            .expires = session.session_expires,
            .min_se = session.min_se};
}

std::string allow_value(const SessionConfig& session) {
    std::string value;
    value.reserve(96);
    value += "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE";
    if (session.reliable_provisional != ReliableProvisional::Off) value += ", PRACK";
    if (session.refer != TransferHandling::Reject) value += ", REFER, NOTIFY";
    for (const auto method : {sip::Method::Info, sip::Method::Message}) {
        if (passes(session.pass_in_dialog, method)) value.append(", ").append(sip::name(method));
    }
    return value;
}

HeaderList extension_headers(const SessionConfig& session, bool reliable, bool forks) {
    std::string supported;
    const auto add = [&supported](std::string_view option) {
        supported.append(supported.empty() ? "" : ", ").append(option);
    };
    reliable = reliable && supports(session, "100rel");
    const bool insists = session.reliable_provisional == ReliableProvisional::Required;
    if (reliable && !insists) add("100rel");
    for (const auto* const option : {"timer", "replaces"}) {
        if (supports(session, option)) add(option);
    }
    if (forks) add("199");
    HeaderList headers;
    if (!supported.empty()) headers.emplace_back("Supported", supported);
    if (reliable && insists) headers.emplace_back("Require", "100rel");
    return headers;
}

std::string unsupported_options(const sip::Message& request, const SessionConfig& session) {
    std::string list;
    for (const auto option : request.values(sip::HeaderId::Require)) {
        if (!supports(session, option)) list += (list.empty() ? "" : ", ") + std::string(option);
    }
    return list;
}

std::vector<std::string> passed_parts(const SessionConfig& a, const SessionConfig& b) {
    std::vector<std::string> both;
    std::copy_if(a.pass_body_parts.begin(), a.pass_body_parts.end(), std::back_inserter(both),
                 [&b](const std::string& type) {
                     const auto& list = b.pass_body_parts;
                     return std::find(list.begin(), list.end(), type) != list.end();
                 });
    return both;
}

bool passes(const std::vector<config::PassedMethod>& list, sip::Method method) {
    const auto wanted = passed_method(method);
    return wanted && std::find(list.begin(), list.end(), *wanted) != list.end();
}

}  // namespace portcullis::b2bua
