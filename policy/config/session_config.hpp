// SPDX-License-Identifier: BSD-2-Clause
// SessionConfig: how dialogs with a trunk are led: extensions offered to it, and what becomes of
// its transfers, redirections and other requests.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/config/enum_names.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

// Reliable provisional responses (RFC 3262) on dialogs with it.
enum class ReliableProvisional : std::uint8_t { Off, Supported, Required };
// The session timer (RFC 4028).
enum class SessionTimerUse : std::uint8_t { Off, Accept, Offer };
// Which early dialog of a forked call the caller hears.
enum class EarlyMedia : std::uint8_t { Latest, First, None };
// REFER within a call, and an INVITE with Replaces.
enum class TransferHandling : std::uint8_t { Local, Pass, Reject };
// Whose calls it may take over so (RFC 3891 section 7): of its own trunk, of its realm, of anybody.
enum class ReplacesScope : std::uint8_t { Trunk, Realm, Any };
enum class RedirectHandling : std::uint8_t { Follow, Pass, Reject };
// Requests that are passed from trunk to trunk.
enum class PassedMethod : std::uint8_t {
    Info,
    Message,
    Notify,
    Options,
    Publish,
    Refer,
    Subscribe,
    Unknown
};

template <>
struct EnumNames<ReliableProvisional> {
    static constexpr std::array<std::string_view, 3> kNames{"off", "supported", "required"};
};
template <>
struct EnumNames<SessionTimerUse> {
    static constexpr std::array<std::string_view, 3> kNames{"off", "accept", "offer"};
};
template <>
struct EnumNames<EarlyMedia> {
    static constexpr std::array<std::string_view, 3> kNames{"latest", "first", "none"};
};
template <>
struct EnumNames<TransferHandling> {
    static constexpr std::array<std::string_view, 3> kNames{"local", "pass", "reject"};
};
template <>
struct EnumNames<ReplacesScope> {
    static constexpr std::array<std::string_view, 3> kNames{"trunk", "realm", "any"};
};
template <>
struct EnumNames<RedirectHandling> {
    static constexpr std::array<std::string_view, 3> kNames{"follow", "pass", "reject"};
};
template <>
struct EnumNames<PassedMethod> {
    static constexpr std::array<std::string_view, 8> kNames{
        "info", "message", "notify", "options", "publish", "refer", "subscribe", "unknown"};
};

struct SessionConfig {
    ReliableProvisional reliable_provisional = ReliableProvisional::Supported;
    SessionTimerUse session_timer = SessionTimerUse::Accept;
    std::chrono::seconds session_expires{1800};
    std::chrono::seconds min_se{90};
    EarlyMedia early_media = EarlyMedia::Latest;
    TransferHandling refer = TransferHandling::Local;
    TransferHandling replaces = TransferHandling::Local;
    ReplacesScope replaces_scope = ReplacesScope::Trunk;
    RedirectHandling redirect = RedirectHandling::Follow;
    std::vector<PassedMethod> pass_in_dialog{PassedMethod::Info, PassedMethod::Message};
    std::vector<PassedMethod> pass_out_of_dialog{};
    bool pass_challenges = false;
    std::vector<std::string> pass_body_parts{};  // "application/isup", in lower case

    bool operator==(const SessionConfig&) const = default;
};

template <>
const ObjectType& object_type<SessionConfig>();

}  // namespace portcullis::config
