// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/session_plan.hpp"

#include <algorithm>
#include <set>

#include "mediarelay/session/session.hpp"

namespace portcullis::relay {

namespace {

using relay_api::Outcome;
using Kind = StreamEdit::Kind;

// More of any is a mistake or an attack.
constexpr std::size_t kMaxLegs = 64;
constexpr std::size_t kMaxStreams = 64;  // of one leg
constexpr std::size_t kMaxLinks = kMaxLegs * kMaxStreams;
constexpr std::uint8_t kMaxDscp = 63;  // six bits (RFC 2474)

std::string leg_text(LegId leg) { return "leg " + std::to_string(leg.value); }

// What a request has too much of to be looked at, or null.
const char* excess(const relay_api::LegSpec& leg) {
    return leg.streams.size() > kMaxStreams ? "too many streams" : nullptr;
}
const char* excess(const std::vector<relay_api::Link>& links) {
    return links.size() > kMaxLinks ? "too many links" : nullptr;
}
const char* excess(const relay_api::InstallSession& request) {
    if (request.legs.size() > kMaxLegs) return "too many legs";
    for (const auto& leg : request.legs) {
        if (const char* what = excess(leg)) return what;
    }
    return excess(request.links);
}
const char* excess(const relay_api::AddLeg& request) { return excess(request.leg); }
const char* excess(const relay_api::UpdateLeg& request) { return excess(request.leg); }
const char* excess(const relay_api::SetLinks& request) { return excess(request.links); }
template <class Request>
const char* excess(const Request&) {
    return nullptr;
}

// Builds the plan of one request; the first refusal stands.
class Planner {
 public:
    Planner(std::uint32_t generation, const SessionShape* shape) : shape_(shape) {
        plan_.generation = generation;
        if (shape != nullptr) {
            plan_.staged_generation = shape->staged_generation;
            plan_.links = shape->links;
            if (generation < shape->generation) {
                refuse(Outcome::StaleGeneration,
                       "generation " + std::to_string(shape->generation) + " is installed");
            }
        }
    }

    SessionPlan take() {
        if (plan_.outcome == Outcome::Ok) check_links();
        return std::move(plan_);
    }

    void plan(const relay_api::InstallSession& request) {
        plan_.media_timeout = request.media_timeout;
        plan_.staged_generation.reset();
        plan_.links = request.links;
        std::set<LegId> named;
        for (const auto& leg : request.legs) {
            if (!named.insert(leg.leg).second) {
                refuse(Outcome::BadRequest, leg_text(leg.leg) + " is named twice");
            }
        }
        if (shape_ != nullptr) {
            for (const auto& [leg, pool] : shape_->legs) {
                if (!named.contains(leg)) remove_leg(leg);
            }
        }
        for (const auto& leg : request.legs) put_leg(leg);
        drop_links_of_removed();
    }

    void plan(const relay_api::AddLeg& request) {
        if (!exists()) return;
        if (!has_leg(request.leg.leg) && shape_->legs.size() >= kMaxLegs) {
            return refuse(Outcome::BadRequest, "too many legs");
        }
        put_leg(request.leg);
        drop_links_of_removed();
    }

    void plan(const relay_api::UpdateLeg& request) {
        if (!exists()) return;
        if (!has_leg(request.leg.leg)) {
            return refuse(Outcome::UnknownLeg, leg_text(request.leg.leg));
        }
        if (request.mode == relay_api::UpdateLeg::Mode::Replace) {
            put_leg(request.leg);
        } else {
            stage_leg(request.leg);
            plan_.staged_generation = request.generation;
        }
        drop_links_of_removed();
    }

    void plan(const relay_api::CommitLegs& request) {
        if (!exists()) return;
        if (!shape_->staged_generation) {
            if (request.generation > shape_->generation) {
                refuse(Outcome::BadRequest, "nothing is staged");
            }
            return;
        }
        if (*shape_->staged_generation != request.generation) {
            return refuse(
                Outcome::BadRequest,
                "generation " + std::to_string(*shape_->staged_generation) + " is staged");
        }
        for (const auto& [key, stream] : shape_->streams) {
            if (stream.leaves_at_commit)
                edit(Kind::Remove, key);
            else if (stream.staged)
                edit(Kind::Commit, key);
            else if (stream.added_by_stage)
                edit(Kind::Keep, key);
        }
        plan_.staged_generation.reset();
        drop_links_of_removed();
    }

    // A revert of what is not staged changes nothing: the state is what it should be.
    void plan(const relay_api::RevertLegs&) {
        if (!exists()) return;
        for (const auto& [key, stream] : shape_->streams) {
            if (stream.added_by_stage)
                edit(Kind::Remove, key);
            else if (stream.staged)
                edit(Kind::Revert, key);
            if (stream.leaves_at_commit) edit(Kind::Remain, key);
        }
        plan_.staged_generation.reset();
        drop_links_of_removed();
    }

    void plan(const relay_api::RemoveLeg& request) {
        if (!exists() || !has_leg(request.leg)) return;
        remove_leg(request.leg);
        std::erase_if(plan_.links, [&request](const relay_api::Link& link) {
            return link.from_leg == request.leg || link.to_leg == request.leg;
        });
    }

    void plan(const relay_api::SetLinks& request) {
        if (!exists()) return;
        plan_.links = request.links;
    }

    void plan(const relay_api::ReleaseSession&) {}

 private:
    void refuse(Outcome outcome, std::string detail) {
        if (plan_.outcome != Outcome::Ok) return;
        plan_.outcome = outcome;
        plan_.detail = std::move(detail);
    }

    bool exists() {
        if (shape_ == nullptr) refuse(Outcome::UnknownSession, {});
        return shape_ != nullptr;
    }

    [[nodiscard]] bool has_leg(LegId leg) const {
        return shape_ != nullptr && shape_->legs.contains(leg);
    }

    void edit(Kind kind, const StreamKey& key, const relay_api::StreamSpec& spec = {}) {
        plan_.edits.push_back({kind, key, spec});
        if (kind == Kind::Remove) removed_.insert(key);
        if (kind == Kind::Put || kind == Kind::Add) put_.insert(key);
    }

    void remove_leg(LegId leg) {
        for (const auto& [key, stream] : shape_->streams) {
            if (key.first == leg) edit(Kind::Remove, key);
        }
        plan_.removed_legs.push_back(leg);
    }

    void check_spec(const relay_api::LegSpec& leg) {
        std::set<std::uint16_t> named;
        for (const auto& stream : leg.streams) {
            if (!named.insert(stream.stream).second) {
                refuse(Outcome::BadRequest, leg_text(leg.leg) + " names a stream twice");
            }
            if (stream.dscp > kMaxDscp) refuse(Outcome::BadRequest, "DSCP above 63");
            const bool v4 = stream.latch_address && stream.latch_address->is_v4();
            if (stream.latch_prefix > (v4 ? 32 : 128)) {
                refuse(Outcome::BadRequest, "latch prefix is too long");
            }
        }
        if (has_leg(leg.leg) && shape_->legs.at(leg.leg) != leg.pool) {
            refuse(Outcome::BadRequest, leg_text(leg.leg) + " is in another pool");
        }
    }

    [[nodiscard]] const SessionShape::Stream* find(const StreamKey& key) const {
        if (shape_ == nullptr) return nullptr;
        const auto at = shape_->streams.find(key);
        return at == shape_->streams.end() ? nullptr : &at->second;
    }

    // Calls `visit` for every stream of the leg that the spec does not name.
    template <class Visit>
    void for_each_missing(const relay_api::LegSpec& leg, Visit visit) {
        if (shape_ == nullptr) return;
        for (const auto& [key, stream] : shape_->streams) {
            if (key.first != leg.leg) continue;
            const auto named =
                std::any_of(leg.streams.begin(), leg.streams.end(),
                            [&key](const auto& spec) { return spec.stream == key.second; });
            if (!named) visit(key, stream);
        }
    }

    void put_leg(const relay_api::LegSpec& leg) {
        check_spec(leg);
        if (!has_leg(leg.leg)) plan_.new_legs.emplace(leg.leg, leg.pool);
        for_each_missing(leg,
                         [this](const StreamKey& key, const auto&) { edit(Kind::Remove, key); });
        for (const auto& spec : leg.streams) edit(Kind::Put, {leg.leg, spec.stream}, spec);
    }

    void stage_leg(const relay_api::LegSpec& leg) {
        check_spec(leg);
        for_each_missing(leg, [this](const StreamKey& key, const auto& stream) {
            // Added by a stage that this one replaces: it was never more than an offer.
            edit(stream.added_by_stage ? Kind::Remove : Kind::Leave, key);
        });
        for (const auto& spec : leg.streams) {
            const StreamKey key{leg.leg, spec.stream};
            const auto* present = find(key);
            if (present == nullptr || present->added_by_stage) {
                edit(Kind::Add, key, spec);
            } else {
                if (present->leaves_at_commit) edit(Kind::Remain, key);
                edit(Kind::Stage, key, spec);
            }
        }
    }

    [[nodiscard]] bool is_removed(const StreamKey& key) const { return removed_.contains(key); }

    void drop_links_of_removed() {
        std::erase_if(plan_.links, [this](const relay_api::Link& link) {
            return is_removed({link.from_leg, link.from_stream}) ||
                   is_removed({link.to_leg, link.to_stream});
        });
    }

    [[nodiscard]] bool will_exist(const StreamKey& key) const {
        return put_.contains(key) || (find(key) != nullptr && !is_removed(key));
    }

    void check_links() {
        std::map<StreamKey, std::pair<std::size_t, std::size_t>> outgoing;  // forwards, copies
        for (const auto& link : plan_.links) {
            const StreamKey from{link.from_leg, link.from_stream};
            const StreamKey to{link.to_leg, link.to_stream};
            if (!will_exist(from) || !will_exist(to)) {
                refuse(Outcome::UnknownLeg, "a link names a stream that does not exist");
            }
            if (from == to) refuse(Outcome::BadRequest, "a stream is linked to itself");
            auto& [forwards, copies] = outgoing[from];
            ++(link.kind == relay_api::Link::Kind::Forward ? forwards : copies);
            if (forwards > 1) refuse(Outcome::BadRequest, "two forward links from one stream");
            if (copies > kMaxCopies) refuse(Outcome::BadRequest, "too many copies of one stream");
        }
    }

    const SessionShape* shape_;
    SessionPlan plan_;
    // Of plan_.edits.
    std::set<StreamKey> removed_;
    std::set<StreamKey> put_;
};

std::uint32_t generation_of(const relay_api::ReleaseSession&) { return UINT32_MAX; }
template <class T>
std::uint32_t generation_of(const T& request) {
    return request.generation;
}

}  // namespace

SessionId session_of(const SessionRequest& request) {
    return std::visit([](const auto& message) { return message.session; }, request);
}

SessionPlan plan_request(const SessionRequest& request, const SessionShape* shape) {
    return std::visit(
        [shape](const auto& message) {
            if (const char* what = excess(message)) {
                SessionPlan refused;
                refused.outcome = Outcome::BadRequest;
                refused.detail = what;
                return refused;
            }
            Planner planner(generation_of(message), shape);
            planner.plan(message);
            return planner.take();
        },
        request);
}

}  // namespace portcullis::relay
