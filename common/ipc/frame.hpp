// SPDX-License-Identifier: BSD-2-Clause
// Frame: the one envelope of every control channel between the daemons.
//
//   0               4               8       10      12
//   | body length   | id            | type  | flags | body ...
//
// All big-endian. A request carries an id > 0 that its reply repeats; an event has id 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/base/field_codec.hpp"
#include "common/base/result.hpp"

namespace portcullis::ipc {

inline constexpr std::size_t kHeaderSize = 12;
// The largest message is a configuration document; anything longer is an attack or a bug.
inline constexpr std::size_t kMaxBody = 32U << 20;

struct Frame {
    std::uint32_t id = 0;
    std::uint16_t type = 0;
    std::vector<std::byte> body;
};

// A message type names its frame type as `static constexpr std::uint16_t kType`, and a request
// names its answer as `using Reply = ...`.
template <class T>
concept Message = requires(T& message) {
    { T::kType } -> std::convertible_to<std::uint16_t>;
    message.fields();
};

[[nodiscard]] std::vector<std::byte> encode_frame(std::uint32_t id, std::uint16_t type,
                                                  std::span<const std::byte> body);

// The header of a frame whose body follows; end_frame() writes the body's length into it.
void begin_frame(ByteWriter& writer, std::uint32_t id, std::uint16_t type);
// `at`: where the frame begins.
void end_frame(ByteWriter& writer, std::size_t at);

template <Message T>
void append_message(ByteWriter& writer, std::uint32_t id, const T& message) {
    const std::size_t at = writer.size();
    begin_frame(writer, id, T::kType);
    codec::encode(writer, message);
    end_frame(writer, at);
}

template <Message T>
[[nodiscard]] std::vector<std::byte> encode_message(std::uint32_t id, const T& message) {
    ByteWriter writer;
    append_message(writer, id, message);
    return writer.take();
}

// Cuts a byte stream into frames. feed() appends what was read and calls `sink` for each whole
// frame; it fails (and the connection must be closed) on an oversized or malformed header.
class FrameDecoder {
 public:
    [[nodiscard]] Status feed(std::span<const std::byte> bytes,
                              const std::function<void(Frame)>& sink);

 private:
    // Takes the whole frames at the front of `bytes`; returns how many bytes these are.
    [[nodiscard]] static Result<std::size_t> take_frames(std::span<const std::byte> bytes,
                                                         const std::function<void(Frame)>& sink);

    std::vector<std::byte> pending_;  // the beginning of a frame
};

}  // namespace portcullis::ipc
