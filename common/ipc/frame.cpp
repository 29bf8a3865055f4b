// SPDX-License-Identifier: BSD-2-Clause
#include "common/ipc/frame.hpp"

#include "common/ipc/errc.hpp"

namespace portcullis::ipc {

std::vector<std::byte> encode_frame(std::uint32_t id, std::uint16_t type,
                                    std::span<const std::byte> body) {
    ByteWriter writer;
    writer.write(static_cast<std::uint32_t>(body.size()));
    writer.write(id);
    writer.write(type);
    writer.write(std::uint16_t{0});
    writer.write_bytes(body);
    return writer.take();
}

Status FrameDecoder::feed(std::span<const std::byte> bytes,
                          const std::function<void(Frame)>& sink) {
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    std::size_t done = 0;
    while (pending_.size() - done >= kHeaderSize) {
        ByteReader reader{std::span<const std::byte>(pending_).subspan(done)};
        const auto length = reader.read<std::uint32_t>();
        Frame frame;
        frame.id = reader.read<std::uint32_t>();
        frame.type = reader.read<std::uint16_t>();
        const auto flags = reader.read<std::uint16_t>();
        if (length > kMaxBody || flags != 0) {
            return fail(Errc::MalformedFrame, "length " + std::to_string(length));
        }
        if (reader.remaining() < length) break;
        const auto body = reader.take(length);
        frame.body.assign(body.begin(), body.end());
        done += kHeaderSize + length;
        sink(std::move(frame));
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
    return {};
}

}  // namespace portcullis::ipc
