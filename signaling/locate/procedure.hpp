// SPDX-License-Identifier: BSD-2-Clause
// Procedure: locating the servers of one Where, as a state machine (RFC 3263 section 4).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "signaling/locate/dns_record.hpp"
#include "signaling/locate/found.hpp"
#include "signaling/locate/transport_choice.hpp"

namespace portcullis::locate {

// A reply and how long it holds.
struct Known {
    std::shared_ptr<const Reply> reply;
    TimePoint fresh_until{};
    bool stale = false;
};

// What the procedure itself has left out of the replies.
struct Dropped {
    std::uint32_t records = 0;
    std::uint32_t addresses = 0;
};

//     NAPTR --> SRV of each route --> A and AAAA of each target --> outcome
//       |  transport named  ^               ^
//       +-------------------+               |
//       |  port given, or no SRV            |
//       +-----------------------------------+
//
// Made with a host in normal form (normal_name) that is no literal address. start() and each
// on_reply() return the questions to ask next; when outcome() is there, none is open any more.
// Pure; owned and driven by the resolver.
class Procedure {
 public:
    Procedure(Where where, const Settings& settings, Random random);

    [[nodiscard]] std::vector<Question> start();
    // Questions that are not open are ignored.
    [[nodiscard]] std::vector<Question> on_reply(const Question& question, const Known& known);

    [[nodiscard]] const std::optional<Outcome>& outcome() const { return outcome_; }
    [[nodiscard]] const Dropped& dropped() const { return dropped_; }

 private:
    enum class Stage : std::uint8_t { Pointers, Services, Hosts };

    [[nodiscard]] std::vector<Question> ask(Stage stage, const std::vector<Question>& questions);
    [[nodiscard]] std::vector<Question> advance();
    [[nodiscard]] std::vector<Question> after_pointers();
    [[nodiscard]] std::vector<Question> ask_services();
    [[nodiscard]] std::vector<Question> after_services();
    [[nodiscard]] std::vector<Question> ask_domain();
    [[nodiscard]] std::vector<Question> ask_hosts();
    void after_hosts();
    void fill(Group& group);
    [[nodiscard]] std::vector<IpAddress> addresses(const std::string& host, RecordType type);
    void drop_downgrades();
    void take_services(const Route& route, std::size_t& left);
    [[nodiscard]] const Reply* reply(const Question& question) const;
    [[nodiscard]] std::vector<Question> finish(Errc why, std::string detail);
    [[nodiscard]] std::vector<Question> give_up();

    Where where_;
    Settings settings_;
    Random random_;
    Stage stage_ = Stage::Pointers;
    std::map<Question, std::optional<Known>> asked_;  // of this stage
    std::size_t open_ = 0;
    std::vector<Tier> tiers_;  // still to be tried, the first now
    bool by_pointers_ = false;
    std::vector<Group> groups_;
    TimePoint fresh_until_ = TimePoint::max();
    bool stale_ = false;
    bool not_offered_ = false;
    bool name_exists_ = false;
    std::optional<Errc> failure_;
    Dropped dropped_;
    std::optional<Outcome> outcome_;
};

}  // namespace portcullis::locate
