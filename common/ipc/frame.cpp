// SPDX-License-Identifier: BSD-2-Clause
#include "common/ipc/frame.hpp"

#include "common/ipc/errc.hpp"

namespace portcullis::ipc {

void begin_frame(ByteWriter& writer, std::uint32_t id, std::uint16_t type) {
    writer.write(std::uint32_t{0});
    writer.write(id);
    writer.write(type);
    writer.write(std::uint16_t{0});
}

void end_frame(ByteWriter& writer, std::size_t at) {
    writer.patch_u32(at, static_cast<std::uint32_t>(writer.size() - at - kHeaderSize));
}

std::vector<std::byte> encode_frame(std::uint32_t id, std::uint16_t type,
                                    std::span<const std::byte> body) {
    ByteWriter writer;
    begin_frame(writer, id, type);
    writer.write_bytes(body);
    end_frame(writer, 0);
    return writer.take();
}

Result<std::size_t> FrameDecoder::take_frames(std::span<const std::byte> bytes,
                                              const std::function<void(Frame)>& sink) {
    std::size_t done = 0;
    while (bytes.size() - done >= kHeaderSize) {
        ByteReader reader{bytes.subspan(done)};
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
    return done;
}

// Frames that came whole are taken where they are; only the beginning of one is kept.
Status FrameDecoder::feed(std::span<const std::byte> bytes,
                          const std::function<void(Frame)>& sink) {
    const bool whole = pending_.empty();
    if (!whole) {
        pending_.insert(pending_.end(), bytes.begin(), bytes.end());
        bytes = pending_;
    }
    const auto done = take_frames(bytes, sink);
    if (!done) return std::unexpected(done.error());
    const auto rest = bytes.subspan(*done);
    if (whole) {
        pending_.assign(rest.begin(), rest.end());
    } else {
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(*done));
    }
    return {};
}

}  // namespace portcullis::ipc
