// SPDX-License-Identifier: BSD-2-Clause
// A multipart body, its Content-Type in the first line: what is accepted survives being written,
// with a part replaced by the hostile bytes themselves, and filtered.
#include <array>
#include <cstdint>
#include <string>

#include "common/base/assert.hpp"
#include "common/base/text.hpp"
#include "signaling/sip/multipart.hpp"
#include "signaling/sip/sipfrag.hpp"

namespace portcullis::sip {
namespace {

void collect(const std::vector<BodyPart>& parts, std::vector<const BodyPart*>& out) {
    for (const auto& part : parts) {
        if (part.parts.empty()) out.push_back(&part);
        collect(part.parts, out);
    }
}

std::vector<const BodyPart*> leaves(const Multipart& multipart) {
    std::vector<const BodyPart*> out;
    collect(multipart.parts, out);
    return out;
}

void check(std::string_view content_type, std::string_view body) {
    const auto parsed = parse_multipart(content_type, body);
    if (!parsed) return;
    const auto before = leaves(*parsed);
    PORTCULLIS_ASSERT(!before.empty() && before.size() <= MultipartLimits{}.parts);
    const auto* sdp = parsed->find_sdp();
    for (const auto content : {std::string_view{}, body}) {
        const auto written = write_multipart(*parsed, {.replaced = sdp, .content = content});
        PORTCULLIS_ASSERT(written.parts == before.size() && written.dropped == 0);
        const auto again = parse_multipart(written.content_type, written.body);
        PORTCULLIS_ASSERT(again);
        const auto after = leaves(*again);
        PORTCULLIS_ASSERT(after.size() == before.size());
        for (std::size_t i = 0; i < after.size(); ++i) {
            const bool replaced = before[i] == sdp;
            PORTCULLIS_ASSERT(after[i]->content == (replaced ? content : before[i]->content));
            PORTCULLIS_ASSERT(after[i]->content_type == before[i]->content_type);
        }
    }
    constexpr std::array<std::string_view, 2> kAllowed{"text/*", "application/isup"};
    const auto kept =
        write_multipart(*parsed, {.replaced = sdp, .filter = true, .allowed = kAllowed});
    PORTCULLIS_ASSERT(kept.parts + kept.dropped == before.size());
    PORTCULLIS_ASSERT(kept.body.empty() == (kept.parts == 0));
    PORTCULLIS_ASSERT(kept.parts == 0 || parse_multipart(kept.content_type, kept.body));
}

}  // namespace
}  // namespace portcullis::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portcullis;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto [type, body] = text::cut(input, '\n');
    sip::check(type, body);
    (void)sip::parse_sipfrag(input);
    return 0;
}
