// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/writer_state.hpp"

#include "common/base/random.hpp"
#include "common/base/text.hpp"

namespace portcullis::sdp {
namespace {

// RFC 8866 section 5.2 wants ids that fit a 64-bit signed integer; some peers hold them in 32 bits,
// so the first version is small and the id stays below 2^31.
constexpr std::uint32_t kIdBound = 0x7fffffffU;

}  // namespace

std::string SdpWriterState::write(std::string_view body, const IpAddress& address) {
    if (session_id_ == 0) {
        session_id_ = std::uint64_t{1} + random_below(kIdBound);
        version_ = highest_ = 1;
        address_ = address;
        body_ = body;
    } else if (body != body_) {
        version_ = next_version();
        body_ = body;
    }
    return last();
}

void SdpWriterState::withdraw(const SdpWriterState& before, Fate fate) {
    if (before.session_id_ != session_id_ || before.version_ == version_) return;
    version_ = fate == Fate::Accepted ? next_version() : before.version_;
    body_ = before.body_;
}

std::string SdpWriterState::last() const {
    if (session_id_ == 0) return {};
    return text::concat({"v=0\r\no=- ", std::to_string(session_id_), " ", std::to_string(version_),
                         address_.is_v4() ? " IN IP4 " : " IN IP6 ", address_.text(), "\r\n",
                         body_});
}

}  // namespace portcullis::sdp
