// SPDX-License-Identifier: BSD-2-Clause
// IdentityConfig: which identity, diversion and related header fields a side is told, and how far
// what it says of itself is believed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/config/enum_names.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

// A realm's peers are ours (trusted) or others'. Of header fields: the trust domain Spec(T) of
// RFC 3324 and RFC 3325.
enum class Trust : std::uint8_t { Trusted, Untrusted };

enum class HeaderUse : std::uint8_t { Drop, Pass };

// Pass: sent when a trusted sender named the caller, in whichever header. Make: also from the
// caller's number as we know it.
enum class IdentityUse : std::uint8_t { Drop, Pass, Make };

// Where the caller's number is taken from.
enum class CallerSource : std::uint8_t { From, Asserted, Preferred, RemoteParty };

// Apply: we are the privacy service of RFC 3323 towards this side. Pass: somebody behind it is.
enum class PrivacyHandling : std::uint8_t { Apply, Pass };

// The form in which diversions are told; Pass: the one they came in.
enum class RedirectionForm : std::uint8_t { Drop, Pass, Diversion, HistoryInfo, Both };

// Cause: protocol and cause, without the free text.
enum class ReasonForm : std::uint8_t { Drop, Cause, Text };

// Hide: URNs, and SIP URIs with our host; other URIs are left out.
enum class InfoUris : std::uint8_t { Drop, Hide, Pass };

enum class SessionIdForm : std::uint8_t { Drop, Pass, Regenerate };

enum class SoftwareName : std::uint8_t { None, Ours };

template <>
struct EnumNames<Trust> {
    static constexpr std::array<std::string_view, 2> kNames{"trusted", "untrusted"};
};
template <>
struct EnumNames<HeaderUse> {
    static constexpr std::array<std::string_view, 2> kNames{"drop", "pass"};
};
template <>
struct EnumNames<IdentityUse> {
    static constexpr std::array<std::string_view, 3> kNames{"drop", "pass", "make"};
};
template <>
struct EnumNames<CallerSource> {
    static constexpr std::array<std::string_view, 4> kNames{"from", "asserted", "preferred",
                                                            "remote-party"};
};
template <>
struct EnumNames<PrivacyHandling> {
    static constexpr std::array<std::string_view, 2> kNames{"apply", "pass"};
};
template <>
struct EnumNames<RedirectionForm> {
    static constexpr std::array<std::string_view, 5> kNames{"drop", "pass", "diversion",
                                                            "history-info", "both"};
};
template <>
struct EnumNames<ReasonForm> {
    static constexpr std::array<std::string_view, 3> kNames{"drop", "cause", "text"};
};
template <>
struct EnumNames<InfoUris> {
    static constexpr std::array<std::string_view, 3> kNames{"drop", "hide", "pass"};
};
template <>
struct EnumNames<SessionIdForm> {
    static constexpr std::array<std::string_view, 3> kNames{"drop", "pass", "regenerate"};
};
template <>
struct EnumNames<SoftwareName> {
    static constexpr std::array<std::string_view, 2> kNames{"none", "ours"};
};

// Header fields that nothing else deals with, and which cross as they are.
struct PassHeadersConfig {
    std::string from{};  // realm they must come from; empty: any
    std::vector<std::string> names{};

    bool operator==(const PassHeadersConfig&) const = default;
};

// Of a realm, and of a trunk instead of its realm's, setting by setting; an absent one has the
// default that make_identity_rules() gives it by trust.
struct IdentityConfig {
    std::optional<Trust> trust{};
    std::vector<CallerSource> caller_source{};
    std::optional<IdentityUse> asserted_identity{};
    std::optional<IdentityUse> preferred_identity{};
    std::optional<IdentityUse> remote_party_id{};
    std::optional<PrivacyHandling> privacy{};
    std::optional<HeaderUse> signature{};
    std::optional<RedirectionForm> redirection{};
    std::optional<HeaderUse> referred_by{};
    std::optional<HeaderUse> user_to_user{};
    std::optional<std::uint16_t> user_to_user_max{};  // octets
    std::optional<ReasonForm> reason{};
    std::optional<HeaderUse> geolocation{};
    std::optional<HeaderUse> resource_priority{};
    std::optional<HeaderUse> charging{};
    std::optional<HeaderUse> access_network{};
    std::optional<HeaderUse> early_media{};
    std::optional<InfoUris> alert_info{};
    std::optional<InfoUris> call_info{};
    std::optional<HeaderUse> answer_mode{};
    std::optional<HeaderUse> caller_preferences{};
    std::optional<SessionIdForm> session_id{};
    std::optional<SoftwareName> software{};
    std::vector<PassHeadersConfig> pass_headers{};  // a trunk's come on top of its realm's

    bool operator==(const IdentityConfig&) const = default;
};

template <>
const ObjectType& object_type<PassHeadersConfig>();
template <>
const ObjectType& object_type<IdentityConfig>();

}  // namespace portcullis::config
