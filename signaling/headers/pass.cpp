// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/pass.hpp"

#include <algorithm>
#include <array>
#include <bitset>

#include "common/base/text.hpp"
#include "signaling/headers/party.hpp"
#include "signaling/headers/pass_table.hpp"
#include "signaling/headers/plain_headers.hpp"
#include "signaling/headers/value_filter.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::headers {
namespace {

using sip::HeaderId;

// RFC 3323 section 5.3: what a privacy service removes when the user asks for it.
constexpr std::array kOfTheUser{HeaderId::Subject, HeaderId::Organization, HeaderId::ReplyTo,
                                HeaderId::CallInfo, HeaderId::UserAgent};

std::string joined(const std::vector<std::string_view>& values) {
    std::string out;
    for (const auto value : values) {
        if (!out.empty()) out += ", ";
        out += value;
    }
    return out;
}

// Of the entries of `list` from `first` on.
std::string joined(const HeaderList& list, std::size_t first) {
    std::string out;
    for (std::size_t i = first; i < list.size(); ++i) {
        if (!out.empty()) out += ", ";
        out += list[i].second;
    }
    return out;
}

bool applies(const PassRow& row, const Crossing& crossing) {
    if ((row.kinds & bits(crossing.kind)) == 0) return false;
    if (row.sender == Sender::Trusted && !crossing.from.trusted) return false;
    return row.rule == nullptr || crossing.to.*row.rule;
}

// Of a row that does not apply.
std::string why_not(const PassRow& row, const Crossing& crossing) {
    if ((row.kinds & bits(crossing.kind)) == 0) return "it has no place in such a message";
    if (row.sender == Sender::Trusted && !crossing.from.trusted) return "the sender is not trusted";
    return "identity." + std::string(row.setting) + " of the receiver";
}

class Walk {
 public:
    explicit Walk(const Crossing& crossing) : crossing_(crossing) {}

    HeaderList run() {
        if (crossing_.kind == MessageKind::None) return {};
        std::bitset<256> carried;
        for (std::size_t i = 0; i < crossing_.message.header_count(); ++i) {
            carried.set(static_cast<std::uint8_t>(crossing_.message.header_at(i).id));
        }
        for (const PassRow& row : pass_table()) {
            if (row.made_here || carried[static_cast<std::uint8_t>(row.id)]) apply(row);
        }
        for (std::size_t i = 0; i < crossing_.message.header_count(); ++i) {
            apply_allowed(crossing_.message.header_at(i));
        }
        return std::move(out_);
    }

 private:
    void apply(const PassRow& row) {
        const std::size_t first = out_.size();
        const bool applied = applies(row, crossing_);
        if (applied) row.transform(crossing_, row.id, out_);
        if (crossing_.context.changes == nullptr) return;
        if (out_.size() == first && !crossing_.message.header(row.id)) return;
        auto why = applied ? std::string() : why_not(row, crossing_);
        if (applied && out_.size() == first) why = withheld(row);
        auto before = joined(crossing_.message.values(row.id));
        auto after = joined(out_, first);
        if (before == after) return;
        if (why.empty() && !row.setting.empty()) why = "identity." + std::string(row.setting);
        note(std::string(name(row.id)), std::move(before), std::move(after), std::move(why));
    }

    // Why a transform gave nothing.
    [[nodiscard]] std::string withheld(const PassRow& row) const {
        const bool identity = row.id == HeaderId::PAssertedIdentity ||
                              row.id == HeaderId::PPreferredIdentity ||
                              row.id == HeaderId::RemotePartyId;
        if (identity && !crossing_.from.trusted) return "the sender is not trusted";
        if (identity && !crossing_.may_name_caller()) return "the caller asked for privacy";
        return {};
    }

    // A field without a row: it passes if the receiver's configuration names it.
    void apply_allowed(const sip::HeaderView& header) {
        if (is_listed(header.id)) return;
        const char* why = "it is not on the pass-list";
        if (crossing_.to.lets_pass(header.name, crossing_.context.from_realm)) {
            const bool hidden =
                crossing_.applies_privacy() && crossing_.privacy.user &&
                std::find(kOfTheUser.begin(), kOfTheUser.end(), header.id) != kOfTheUser.end();
            if (!hidden && sip::is_token(header.name) && is_clean_line(header.value)) {
                out_.emplace_back(header.name, header.value);
                return;
            }
            why = hidden ? "the caller asked for privacy" : "its value is not one clean line";
        }
        if (crossing_.context.changes == nullptr) return;
        note(std::string(header.name), std::string(header.value), {}, why);
    }

    void note(std::string header, std::string before, std::string after, std::string why) {
        crossing_.context.changes->push_back(
            {std::move(header), std::move(before), std::move(after), std::move(why)});
    }

    const Crossing& crossing_;
    HeaderList out_;
};

}  // namespace

HeaderList pass(const sip::Message& message, const PassContext& context) {
    const auto crossing = make_crossing(message, context);
    return Walk(crossing).run();
}

HeaderList pass_reason_only(const sip::Message& message, const PassContext& context) {
    HeaderList out;
    pass_reason(make_crossing(message, context), HeaderId::Reason, out);
    return out;
}

std::optional<Refusal> refuse(const sip::Message& request) {
    if (!must_refuse(read_privacy(request))) return std::nullopt;
    return Refusal{.code = 500, .reason = "privacy that is critical cannot be given"};
}

std::string rehost(std::string_view value, std::string_view domain,
                   const std::vector<std::string_view>& keep) {
    const auto address = sip::parse_name_addr(value);
    const auto party = address ? party_of(*address) : std::nullopt;
    if (!party) return {};
    std::string out = print_party(*party, domain);
    for (const auto& param : address->params) {
        const bool kept = std::any_of(keep.begin(), keep.end(), [&param](std::string_view word) {
            return text::iequals(param.name, word);
        });
        if (kept && param.has_value && sip::is_token(param.value)) {
            out += ";" + text::to_lower(param.name) + "=" + std::string(param.value);
        }
    }
    return out;
}

}  // namespace portcullis::headers
