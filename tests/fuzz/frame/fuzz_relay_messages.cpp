// SPDX-License-Identifier: BSD-2-Clause
// Any bytes on the relay's control socket: frames are cut the same however they arrive, messages
// that decode survive encoding, and plans made from them never contradict themselves.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

#include "common/base/assert.hpp"
#include "common/ipc/frame.hpp"
#include "common/ipc/management.hpp"
#include "mediarelay/control/session_plan.hpp"

namespace {

using namespace portcullis;
using relay::SessionPlan;
using relay::SessionShape;
using Kind = relay::StreamEdit::Kind;

std::map<SessionId, SessionShape> sessions;

// What the session manager does with a plan, as far as the next plan can see it.
void carry_out(const SessionPlan& plan, SessionShape& shape) {
    shape.generation = plan.generation;
    shape.staged_generation = plan.staged_generation;
    for (const auto& [leg, pool] : plan.new_legs) shape.legs.emplace(leg, pool);
    for (const auto& edit : plan.edits) {
        if (edit.kind == Kind::Remove) {
            PORTCULLIS_ASSERT(shape.streams.erase(edit.key) == 1);
            continue;
        }
        const bool adds = edit.kind == Kind::Put || edit.kind == Kind::Add;
        PORTCULLIS_ASSERT(adds || shape.streams.contains(edit.key));
        auto& stream = shape.streams[edit.key];
        if (adds) stream = {.added_by_stage = edit.kind == Kind::Add};
        if (edit.kind == Kind::Stage) stream.staged = true;
        if (edit.kind == Kind::Leave) stream.leaves_at_commit = true;
        if (edit.kind == Kind::Remain) stream.leaves_at_commit = false;
        if (edit.kind == Kind::Keep) stream.added_by_stage = false;
        if (edit.kind == Kind::Commit || edit.kind == Kind::Revert) stream.staged = false;
    }
    for (const LegId leg : plan.removed_legs) shape.legs.erase(leg);
    shape.links = plan.links;
}

void check(const SessionShape& shape) {
    for (const auto& [key, stream] : shape.streams) {
        PORTCULLIS_ASSERT(shape.legs.contains(key.first));
        const bool pending = stream.staged || stream.added_by_stage || stream.leaves_at_commit;
        PORTCULLIS_ASSERT(!pending || shape.staged_generation.has_value());
    }
    for (const auto& link : shape.links) {
        PORTCULLIS_ASSERT(shape.streams.contains({link.from_leg, link.from_stream}));
        PORTCULLIS_ASSERT(shape.streams.contains({link.to_leg, link.to_stream}));
    }
}

template <class T>
void use(const T& request) {
    if constexpr (requires(relay::SessionRequest value) { value = request; }) {
        const bool known = sessions.contains(request.session);
        auto& shape = sessions[request.session];
        const auto plan = relay::plan_request(request, known ? &shape : nullptr);
        if (plan.outcome == relay_api::Outcome::Ok) {
            carry_out(plan, shape);
            check(shape);
        } else if (!known) {
            sessions.erase(request.session);
        }
    }
}

template <class T>
bool decode(const ipc::Frame& frame) {
    if (frame.type != T::kType) return false;
    if (const auto message = codec::from_bytes<T>(frame.body)) {
        const auto bytes = codec::to_bytes(*message);
        const auto again = codec::from_bytes<T>(bytes);
        PORTCULLIS_ASSERT(again && codec::to_bytes(*again) == bytes);
        use(*message);
    }
    return true;
}

template <class... T>
void decode_any(const ipc::Frame& frame) {
    static_cast<void>((decode<T>(frame) || ...));
}

void on_frame(const ipc::Frame& frame) {
    using namespace relay_api;
    decode_any<Hello, HelloReply, OperationReply, ResyncBegin, ResyncEnd, KeepAlive, InstallSession,
               AddLeg, UpdateLeg, CommitLegs, RevertLegs, RemoveLeg, SetLinks, ReleaseSession,
               QueryStats, SessionStats, SessionEvent, management::Hello, management::HelloReply,
               management::Prepare, management::ConfigReply, management::Commit, management::Abort,
               management::Query, management::QueryReply>(frame);
}

std::vector<ipc::Frame> cut(std::span<const std::byte> bytes, std::size_t piece) {
    ipc::FrameDecoder decoder;
    std::vector<ipc::Frame> frames;
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(piece, bytes.size()));
        bytes = bytes.subspan(part.size());
        if (!decoder.feed(part, [&](ipc::Frame frame) { frames.push_back(std::move(frame)); })) {
            break;
        }
    }
    return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    if (bytes.empty()) return 0;
    const auto whole = cut(bytes, bytes.size());
    const auto pieces = cut(bytes, 1 + std::to_integer<std::size_t>(bytes.back()) % 16);
    PORTCULLIS_ASSERT(whole.size() == pieces.size());
    sessions.clear();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        PORTCULLIS_ASSERT(whole[i].type == pieces[i].type && whole[i].body == pieces[i].body);
        on_frame(whole[i]);
    }
    return 0;
}
