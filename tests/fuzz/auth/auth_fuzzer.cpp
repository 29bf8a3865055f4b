// SPDX-License-Identifier: BSD-2-Clause
// Any text as an authentication header's value: what is read prints and reads back as the same, and
// without the password nobody is known.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/assert.hpp"
#include "signaling/auth/digest_server.hpp"

namespace {

using namespace portcullis;
using namespace portcullis::auth;

void read_challenge(std::string_view text) {
    const auto challenge = parse_challenge(text);
    if (!challenge || !*challenge) return;
    const auto printed = print(**challenge);
    const auto again = parse_challenge(printed);
    PORTCULLIS_ASSERT(again && *again && print(**again) == printed);
    DigestClient client({"trunk", "secret", ""});
    ChallengeCount count;
    const auto answer = client.answer({text}, {"INVITE", "sip:a@b", ""}, count);
    PORTCULLIS_ASSERT(answer.has_value());
    const auto credentials = parse_credentials(*answer);
    PORTCULLIS_ASSERT(credentials && *credentials);
}

void read_credentials(std::string_view text) {
    const auto credentials = parse_credentials(text);
    if (!credentials || !*credentials) return;
    const auto printed = print(**credentials);
    const auto again = parse_credentials(printed);
    PORTCULLIS_ASSERT(again && *again && print(**again) == printed);
}

void try_to_enter(std::string_view text) {
    static DigestServer server({.realm = "sbc"}, {std::byte{1}}, 0, {});
    const auto judged = server.verify(
        {text}, {"INVITE", "sip:a@b", ""},
        [](std::string_view, Hash) { return std::optional<std::string>(); }, TimePoint{});
    PORTCULLIS_ASSERT(judged.outcome == Verification::Outcome::Missing ||
                      judged.outcome == Verification::Outcome::Foreign ||
                      judged.outcome == Verification::Outcome::Wrong);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_challenge(text);
    read_credentials(text);
    try_to_enter(text);
    return 0;
}
