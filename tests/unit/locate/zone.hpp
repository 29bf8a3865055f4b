// SPDX-License-Identifier: BSD-2-Clause
// Zone: what DNS would answer, written as the lines of a zone file; and answers as text.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/text.hpp"
#include "signaling/locate/procedure.hpp"

namespace portcullis::locate {

// The draw that always takes the first: order by priority and by place.
inline Random first_of_all() {
    return [](std::uint32_t) { return 0U; };
}

inline RecordType type_of(std::string_view name) {
    if (name == "NAPTR") return RecordType::Naptr;
    if (name == "SRV") return RecordType::Srv;
    return name == "A" ? RecordType::A : RecordType::Aaaa;
}

inline std::string name_of(RecordType type) {
    switch (type) {
        case RecordType::Naptr:
            return "NAPTR";
        case RecordType::Srv:
            return "SRV";
        case RecordType::A:
            return "A";
        default:
            return "AAAA";
    }
}

// Lines, each ended by '\n': "NAME NAPTR order preference flags service replacement",
// "NAME SRV priority weight port target" ('.': not offered), "NAME A address",
// "NAME AAAA address"; "NAME TYPE timeout" and "NAME TYPE servfail" for failures. A name with any
// record exists; another one is NXDOMAIN.
class Zone {
 public:
    explicit Zone(const std::string& lines) {
        std::istringstream in(lines);
        for (std::string line; std::getline(in, line);) add(line);
    }

    [[nodiscard]] Reply ask(const Question& question) const {
        const auto at = replies_.find(question);
        if (at != replies_.end()) return at->second;
        Reply none;
        none.kind = ReplyKind::NoSuchName;
        for (const auto& [known, reply] : replies_) {
            if (known.name == question.name) none.kind = ReplyKind::NoData;
        }
        return none;
    }

 private:
    void add(const std::string& line) {
        std::istringstream in(line);
        std::string name;
        std::string type;
        if (!(in >> name >> type)) return;
        Reply& reply = replies_[{name, type_of(type)}];
        reply.ttl = std::chrono::seconds(300);
        std::string first;
        in >> first;
        if (first == "timeout" || first == "servfail") {
            reply = Reply::failed(first == "timeout" ? Errc::TimedOut : Errc::ServerFailure);
            return;
        }
        reply.kind = ReplyKind::Records;
        if (type == "NAPTR") {
            NaptrRecord record;
            record.order = text::to_number<std::uint16_t>(first).value();
            in >> record.preference >> record.flags >> record.service >> record.replacement;
            record.service = text::to_lower(record.service);
            record.has_regexp = record.replacement.starts_with('!');
            reply.pointers.push_back(record);
        } else if (type == "SRV") {
            SrvRecord record;
            record.priority = text::to_number<std::uint16_t>(first).value();
            in >> record.weight >> record.port >> record.target;
            if (record.target == ".") record.target.clear();
            reply.services.push_back(record);
        } else {
            reply.addresses.push_back(IpAddress::parse(first).value());
        }
    }

    std::map<Question, Reply> replies_;
};

// "udp 192.0.2.1:5060, tcp [2001:db8::1]:5061"
inline std::string text_of(const std::vector<Located>& servers) {
    std::string out;
    for (const Located& server : servers) {
        if (!out.empty()) out += ", ";
        out += std::string(describe(server.transport).param) + " " + server.remote.text();
    }
    return out;
}

inline std::string text_of(const Question& question) {
    return question.name + " " + name_of(question.type);
}

}  // namespace portcullis::locate
