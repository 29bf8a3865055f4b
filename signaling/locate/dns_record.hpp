// SPDX-License-Identifier: BSD-2-Clause
// DNS questions and replies as values: A, AAAA, SRV (RFC 2782) and NAPTR (RFC 3403) records.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/net/ip_address.hpp"
#include "signaling/locate/errc.hpp"

namespace portcullis::locate {

// The type codes of RFC 1035 3.2.2, RFC 3596, RFC 2782 and RFC 3403.
enum class RecordType : std::uint16_t {
    A = 1,
    Cname = 5,
    Soa = 6,
    Aaaa = 28,
    Srv = 33,
    Naptr = 35
};

struct Question {
    std::string name;  // lower case, without the last dot
    RecordType type = RecordType::A;

    auto operator<=>(const Question&) const = default;
};

struct SrvRecord {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string target{};  // empty: ".", the service is not offered

    bool operator==(const SrvRecord&) const = default;
};

struct NaptrRecord {
    std::uint16_t order = 0;
    std::uint16_t preference = 0;
    std::string flags{};    // lower case
    std::string service{};  // lower case: "sip+d2u"
    bool has_regexp = false;
    std::string replacement{};

    bool operator==(const NaptrRecord&) const = default;
};

enum class ReplyKind : std::uint8_t {
    Records,     // at least one of what was asked for
    NoData,      // the name exists, without such records
    NoSuchName,  // NXDOMAIN
    Failed       // no usable reply: `failure` says why
};

struct Reply {
    ReplyKind kind = ReplyKind::NoData;
    Errc failure = Errc::ServerFailure;
    std::vector<IpAddress> addresses{};
    std::vector<SrvRecord> services{};
    std::vector<NaptrRecord> pointers{};
    // Records: the least of the records used, aliases included. Otherwise what the SOA record
    // allows (RFC 2308 section 5); absent without one.
    std::optional<std::chrono::seconds> ttl{};
    // Left out while reading: malformed, of another name, in excess.
    std::uint32_t dropped_records = 0;
    bool alias_loop = false;

    bool operator==(const Reply&) const = default;

    [[nodiscard]] static Reply failed(Errc why) {
        Reply reply;
        reply.kind = ReplyKind::Failed;
        reply.failure = why;
        return reply;
    }
};

}  // namespace portcullis::locate

template <>
struct std::hash<portcullis::locate::Question> {
    std::size_t operator()(const portcullis::locate::Question& question) const noexcept {
        return std::hash<std::string>{}(question.name) * 31 +
               static_cast<std::size_t>(question.type);
    }
};
