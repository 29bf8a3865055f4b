// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/auth/tokens.hpp"

#include <sodium.h>

#include <array>

#include "common/base/log.hpp"
#include "common/base/random.hpp"
#include "common/base/text.hpp"
#include "mgmt-api/time_text.hpp"

namespace portcullis::mgmt {

namespace {

constexpr std::string_view kPrefix = "portcullis_";
constexpr std::size_t kIdSize = 8;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretSize = 2 * kSecretBytes;
constexpr std::size_t kTokenSize = kPrefix.size() + kIdSize + 1 + kSecretSize;
// last_used_at is for the operator's eye: one write a minute is exact enough.
constexpr std::chrono::seconds kUseGranularity{60};

using Digest = std::array<unsigned char, crypto_hash_sha256_BYTES>;

std::string hash_of(std::string_view secret) {
    Digest digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(secret.data()),
                       secret.size());
    return text::to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Result<bool> TokenStore::empty() {
    auto statement = database_.query("SELECT 1 FROM tokens LIMIT 1");
    if (!statement) return std::unexpected(std::move(statement.error()));
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    return !*row;
}

Result<std::string> TokenStore::issue(const std::string& name, WallTime now) {
    std::array<std::byte, kSecretBytes> bytes{};
    random_bytes(bytes);
    const std::string secret =
        text::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    const std::string id = random_token(kIdSize);
    const auto stored = database_.run(
        "INSERT INTO tokens (id, name, secret_sha256, created_at) VALUES (?, ?, ?, ?)", id, name,
        hash_of(secret), time_text(now));
    if (!stored) return std::unexpected(stored.error());
    return std::string(kPrefix) + id + "_" + secret;
}

Result<std::optional<Principal>> TokenStore::check(std::string_view token, WallTime now) {
    if (token.size() != kTokenSize || !token.starts_with(kPrefix)) return std::nullopt;
    const std::string id(token.substr(kPrefix.size(), kIdSize));
    if (token[kPrefix.size() + kIdSize] != '_') return std::nullopt;
    const std::string presented = hash_of(token.substr(kTokenSize - kSecretSize));

    const auto found = find(id);
    if (!found) return std::unexpected(found.error());
    const auto& row = *found;
    // An unknown id is compared too, with a digest that nothing hashes to by chance.
    const std::string stored = row ? row->secret_sha256 : std::string(2 * sizeof(Digest), '0');
    if (!equal_in_constant_time(stored, presented) || !row) return std::nullopt;
    if (row->last_used_at < time_text(now - kUseGranularity) && now >= next_note_) {
        note_use(id, now);
    }
    return Principal{.token_id = id};
}

Result<std::optional<TokenStore::Row>> TokenStore::find(const std::string& id) {
    auto statement =
        database_.query("SELECT secret_sha256, last_used_at FROM tokens WHERE id = ?", id);
    if (!statement) return std::unexpected(std::move(statement.error()));
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::nullopt;
    return Row{.secret_sha256 = statement->text(0), .last_used_at = statement->text(1)};
}

void TokenStore::note_use(const std::string& id, WallTime now) {
    const auto noted =
        database_.run("UPDATE tokens SET last_used_at = ? WHERE id = ?", time_text(now), id);
    if (noted) return;
    next_note_ = now + kUseGranularity;
    log::component("auth").warn("last_used_failed {}", noted.error().text());
}

}  // namespace portcullis::mgmt
