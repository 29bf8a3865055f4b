// SPDX-License-Identifier: BSD-2-Clause
// DNS replies of any bytes: read within bounds, and what is read is fit for use.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "signaling/locate/dns_message.hpp"

using namespace portcullis::locate;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void require_name(const std::string& name) { require(name.empty() || normal_name(name) == name); }

}  // namespace

// The first byte chooses the type asked for; the question is the one the message repeats.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr RecordType kTypes[] = {RecordType::A, RecordType::Aaaa, RecordType::Srv,
                                     RecordType::Naptr};
    const Question question{"a.example", kTypes[data[0] % 4]};
    const Reply reply = read_reply(question, std::as_bytes(std::span(data + 1, size - 1)));
    const std::size_t records =
        reply.addresses.size() + reply.services.size() + reply.pointers.size();
    require((reply.kind == ReplyKind::Records) == (records > 0));
    require(records <= size);
    for (const auto& service : reply.services) {
        require_name(service.target);
        require(service.target.empty() || service.port != 0);
    }
    for (const auto& pointer : reply.pointers) require_name(pointer.replacement);
    return 0;
}
