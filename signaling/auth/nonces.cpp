// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/auth/nonces.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <optional>

#include "common/base/assert.hpp"
#include "common/base/random.hpp"
#include "common/base/text.hpp"
#include "signaling/auth/digest.hpp"

namespace portcullis::auth {

namespace {

// shard (4), milliseconds of the steady clock (16), random (16), checksum (32): hexadecimal.
constexpr std::size_t kShardDigits = 4;
constexpr std::size_t kTimeDigits = 16;
constexpr std::size_t kRandomDigits = 16;
constexpr std::size_t kHeadDigits = kShardDigits + kTimeDigits + kRandomDigits;
constexpr std::size_t kChecksumBytes = 16;
constexpr std::uint32_t kWindow = 64;

std::uint64_t ms_of(TimePoint time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count());
}

std::optional<std::uint64_t> from_digits(std::string_view digits) {
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, value, 16);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return value;
}

}  // namespace

std::string Nonces::checksum(std::string_view head, std::string_view client) const {
    const std::string text = std::string(head) + std::string(client);
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    const auto* const made = HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                                  reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                  bytes.data(), &length);
    PORTCULLIS_ASSERT(made != nullptr && length >= kChecksumBytes);
    return text::to_hex({reinterpret_cast<const char*>(bytes.data()), kChecksumBytes});
}

std::string Nonces::make(TimePoint now, std::string_view client) const {
    std::string nonce = fmt::format("{:04x}{:016x}{:016x}", shard_, ms_of(now), random_u64());
    nonce += checksum(nonce, client);
    return nonce;
}

std::optional<Nonces::Parts> Nonces::take_apart(std::string_view nonce,
                                                std::string_view client) const {
    if (nonce.size() != kHeadDigits + 2 * kChecksumBytes) return std::nullopt;
    const auto head = nonce.substr(0, kHeadDigits);
    if (!equal_in_constant_time(nonce.substr(kHeadDigits), checksum(head, client)))
        return std::nullopt;
    const auto shard = from_digits(head.substr(0, kShardDigits));
    const auto made = from_digits(head.substr(kShardDigits, kTimeDigits));
    if (!shard || !made) return std::nullopt;
    return Parts{*made, static_cast<std::uint16_t>(*shard)};
}

Nonces::Verdict Nonces::check(std::string_view nonce, std::uint32_t count, TimePoint now,
                              std::string_view client) const {
    const auto parts = take_apart(nonce, client);
    if (!parts) return Verdict::Foreign;
    const auto lifetime = static_cast<std::uint64_t>(Milliseconds(limits_.lifetime).count());
    if (parts->shard != shard_ || ms_of(now) - parts->made_ms > lifetime ||
        parts->made_ms < forgotten_until_ms_) {
        return Verdict::Stale;
    }
    const auto found = used_.find(std::string(nonce));
    if (found == used_.end()) return Verdict::Good;
    const Counts& counts = found->second;
    if (counts.spent || count == 0) return Verdict::Stale;
    if (count > counts.highest) return Verdict::Good;
    const std::uint32_t behind = counts.highest - count;
    if (behind >= kWindow || (counts.seen >> behind & 1U) != 0) return Verdict::Stale;
    return Verdict::Good;
}

void Nonces::use(std::string_view nonce, std::uint32_t count, TimePoint now,
                 std::string_view client) {
    const auto parts = take_apart(nonce, client);
    if (!parts) return;
    const std::string key(nonce);
    const bool first_use = !used_.contains(key);
    if (first_use) make_room(ms_of(now));
    Counts& counts = used_[key];
    if (first_use) by_age_.emplace(parts->made_ms, key);
    if (count == 0) {
        counts.spent = true;
    } else if (count > counts.highest) {
        const std::uint32_t step = count - counts.highest;
        counts.seen = step < kWindow ? counts.seen << step : 0;
        counts.seen |= 1;
        counts.highest = count;
    } else if (counts.highest - count < kWindow) {
        counts.seen |= std::uint64_t{1} << (counts.highest - count);
    }
}

void Nonces::drop_oldest() {
    used_.erase(by_age_.begin()->second);
    by_age_.erase(by_age_.begin());
}

void Nonces::make_room(std::uint64_t now_ms) {
    const auto lifetime = static_cast<std::uint64_t>(Milliseconds(limits_.lifetime).count());
    while (!by_age_.empty() && now_ms - by_age_.begin()->first > lifetime) drop_oldest();
    while (!by_age_.empty() && used_.size() >= limits_.used) {
        // Without its counts it could be taken twice: with all that are older it is stale now.
        forgotten_until_ms_ = by_age_.begin()->first + 1;
        drop_oldest();
    }
}

}  // namespace portcullis::auth
