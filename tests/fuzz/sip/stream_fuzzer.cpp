// SPDX-License-Identifier: BSD-2-Clause
// A stream in segments of varying size: every frame is what the parser would cut as well, and the
// segments make no difference.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/assert.hpp"
#include "signaling/sip/stream_framer.hpp"
#include "signaling/sip/validate.hpp"

namespace portcullis::sip {
namespace {

std::vector<std::string> frames_of(std::string_view stream, std::size_t step) {
    StreamFramer framer;
    std::vector<std::string> out;
    while (!stream.empty()) {
        const auto part = stream.substr(0, step);
        stream.remove_prefix(part.size());
        framer.push(part);
        while (true) {
            auto frame = framer.next();
            if (frame.kind == FrameKind::NeedMore) break;
            if (frame.kind == FrameKind::Broken) return out;
            if (frame.kind == FrameKind::Message) out.push_back(std::move(frame.bytes));
        }
    }
    return out;
}

}  // namespace
}  // namespace portcullis::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portcullis::sip;
    if (size < 1) return 0;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = frames_of(stream, stream.size() + 1);
    const auto pieces = frames_of(stream, 1 + data[0] % 97U);
    PORTCULLIS_ASSERT(whole == pieces);
    for (const auto& bytes : whole) {
        const auto judgement = judge_message(bytes);
        PORTCULLIS_ASSERT(judgement.error != make_error_code(Errc::LengthMismatch));
        if (judgement.accepted()) {
            PORTCULLIS_ASSERT(judgement.message->bytes().size() == bytes.size());
        }
    }
    return 0;
}
