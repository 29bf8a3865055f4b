// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/dns_message.hpp"

#include <algorithm>
#include <map>

#include "common/base/byte_reader.hpp"
#include "common/base/text.hpp"

namespace portcullis::locate {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint16_t kClassIn = 1;
constexpr std::size_t kMaxNameLength = 253;
constexpr std::size_t kMaxLabelLength = 63;

std::uint8_t octet(std::byte b) { return std::to_integer<std::uint8_t>(b); }

bool is_name_byte(char c) { return text::is_alpha(c) || text::is_digit(c) || c == '-' || c == '_'; }

// A name as it is read, and where the field behind it begins. `plain`: made of the bytes of host
// names; another name may stand in a record, but is of no use here.
struct WireName {
    std::string text;
    std::size_t end = 0;
    bool plain = true;
};

// RFC 1035 section 4.1.4. Pointers only lead backwards, so that the walk ends.
std::optional<WireName> read_name(Bytes message, std::size_t at) {
    WireName name;
    bool jumped = false;
    for (std::size_t limit = at;;) {
        if (at >= message.size()) return std::nullopt;
        const std::size_t length = octet(message[at]);
        if (length >= 0xc0) {
            if (at + 1 >= message.size()) return std::nullopt;
            const std::size_t target = (length & 0x3fU) << 8 | octet(message[at + 1]);
            if (!jumped) name.end = at + 2;
            jumped = true;
            if (target >= limit) return std::nullopt;
            at = limit = target;
            continue;
        }
        if (length > kMaxLabelLength) return std::nullopt;
        if (length == 0) {
            if (!jumped) name.end = at + 1;
            return name;
        }
        if (at + 1 + length > message.size()) return std::nullopt;
        if (!name.text.empty()) name.text += '.';
        for (const std::byte b : message.subspan(at + 1, length)) {
            const char c = text::lower(static_cast<char>(octet(b)));
            name.plain = name.plain && is_name_byte(c);
            name.text += c;
        }
        if (name.text.size() > kMaxNameLength) return std::nullopt;
        at += 1 + length;
    }
}

std::uint16_t read_u16(Bytes message, std::size_t at) {
    return ByteReader(message.subspan(at)).read<std::uint16_t>();
}

// A resource record (RFC 1035 section 4.1.3); its data stays in the message for names in it.
struct Record {
    std::string owner;
    std::uint16_t type = 0;
    std::uint16_t record_class = 0;
    std::chrono::seconds ttl{0};
    std::size_t data = 0;  // offset
    std::size_t length = 0;
};

class ReplyReader {
 public:
    ReplyReader(const Question& question, Bytes message) : question_(question), message_(message) {}

    Reply read() {
        if (!read_header() || !read_question()) return Reply::failed(Errc::BadReply);
        if (code_ != 0 && code_ != 3) return Reply::failed(Errc::ServerFailure);
        for (std::uint16_t i = 0; i < answers_; ++i) {
            const auto record = read_record();
            if (!record) return Reply::failed(Errc::BadReply);
            keep(*record);
        }
        const bool found = follow_aliases();
        if (found) return std::move(reply_);
        reply_.kind = code_ == 3 ? ReplyKind::NoSuchName : ReplyKind::NoData;
        reply_.ttl = negative_ttl();
        return std::move(reply_);
    }

 private:
    bool read_header() {
        ByteReader reader(message_);
        (void)reader.read<std::uint16_t>();  // id: the transport has matched it
        const auto flags = reader.read<std::uint16_t>();
        const auto questions = reader.read<std::uint16_t>();
        answers_ = reader.read<std::uint16_t>();
        authorities_ = reader.read<std::uint16_t>();
        (void)reader.read<std::uint16_t>();
        at_ = 12;
        code_ = flags & 0x0fU;
        const bool is_reply = (flags & 0x8000U) != 0;
        return reader.ok() && is_reply && questions == 1;
    }

    bool read_question() {
        const auto name = read_name(message_, at_);
        if (!name || name->end + 4 > message_.size()) return false;
        const auto type = read_u16(message_, name->end);
        at_ = name->end + 4;
        return name->text == question_.name && type == static_cast<std::uint16_t>(question_.type);
    }

    std::optional<Record> read_record() {
        auto owner = read_name(message_, at_);
        if (!owner) return std::nullopt;
        ByteReader reader(message_.subspan(owner->end));
        Record record{.owner = std::move(owner->text)};
        record.type = reader.read<std::uint16_t>();
        record.record_class = reader.read<std::uint16_t>();
        const auto ttl = reader.read<std::uint32_t>();
        // RFC 2181 section 8: with the first bit set it is zero.
        record.ttl = std::chrono::seconds(ttl > 0x7fffffffU ? 0 : ttl);
        record.length = reader.read<std::uint16_t>();
        record.data = owner->end + 10;
        (void)reader.take(record.length);
        if (!reader.ok()) return std::nullopt;
        at_ = record.data + record.length;
        return record;
    }

    // Sorts an answer by owner: which of them count is known when all aliases are.
    void keep(const Record& record) {
        const bool wanted = record.type == static_cast<std::uint16_t>(question_.type);
        const bool alias = record.type == static_cast<std::uint16_t>(RecordType::Cname);
        if (record.record_class != kClassIn || (!wanted && !alias)) {
            ++reply_.dropped_records;
            return;
        }
        if (wanted) {
            found_[record.owner].push_back(record);
            return;
        }
        const auto target = read_name(message_, record.data);
        if (!target || !target->plain || target->end != record.data + record.length ||
            !aliases_.emplace(record.owner, std::pair(target->text, record.ttl)).second) {
            ++reply_.dropped_records;
        }
    }

    // From the question's name over its aliases to the records. False: there are none.
    bool follow_aliases() {
        std::string name = question_.name;
        std::optional<std::chrono::seconds> ttl;
        for (std::size_t hops = 0;; ++hops) {
            const auto found = found_.find(name);
            if (found != found_.end()) {
                take_records(found->second, ttl);
                found_.erase(found);
                break;
            }
            const auto alias = aliases_.find(name);
            if (alias == aliases_.end()) break;
            if (hops == kMaxAliases) {
                reply_.alias_loop = true;
                break;
            }
            ttl = std::min(ttl.value_or(alias->second.second), alias->second.second);
            name = alias->second.first;
        }
        for (const auto& [owner, records] : found_) {
            reply_.dropped_records += static_cast<std::uint32_t>(records.size());
        }
        return reply_.kind == ReplyKind::Records;
    }

    void take_records(const std::vector<Record>& records, std::optional<std::chrono::seconds> ttl) {
        for (const Record& record : records) {
            if (!read_data(record)) {
                ++reply_.dropped_records;
                continue;
            }
            reply_.kind = ReplyKind::Records;
            ttl = std::min(ttl.value_or(record.ttl), record.ttl);
        }
        reply_.ttl = ttl;
    }

    bool read_data(const Record& record) {
        const Bytes data = message_.subspan(record.data, record.length);
        switch (question_.type) {
            case RecordType::A:
                if (data.size() != 4) return false;
                reply_.addresses.push_back(IpAddress::v4(data.first<4>()));
                return true;
            case RecordType::Aaaa:
                if (data.size() != 16) return false;
                reply_.addresses.push_back(IpAddress::v6(data.first<16>()));
                return true;
            case RecordType::Srv:
                return read_srv(record, data);
            case RecordType::Naptr:
                return read_naptr(record, data);
            case RecordType::Cname:
            case RecordType::Soa:
                return false;
        }
        return false;
    }

    // A name that ends the record's data.
    std::optional<std::string> last_name(const Record& record, std::size_t offset) {
        auto name = read_name(message_, record.data + offset);
        if (!name || !name->plain || name->end != record.data + record.length) return std::nullopt;
        return std::move(name->text);
    }

    bool read_srv(const Record& record, Bytes data) {
        ByteReader reader(data);
        SrvRecord srv;
        srv.priority = reader.read<std::uint16_t>();
        srv.weight = reader.read<std::uint16_t>();
        srv.port = reader.read<std::uint16_t>();
        if (!reader.ok()) return false;
        const auto target = last_name(record, 6);
        if (!target || (!target->empty() && srv.port == 0)) return false;
        srv.target = *target;
        reply_.services.push_back(std::move(srv));
        return true;
    }

    // <character-string>s of RFC 3403 section 4.1: a length byte and that many bytes.
    static std::string read_string(ByteReader& reader) {
        const auto bytes = reader.take(reader.read<std::uint8_t>());
        std::string out;
        for (const std::byte b : bytes) out += text::lower(static_cast<char>(octet(b)));
        return out;
    }

    bool read_naptr(const Record& record, Bytes data) {
        ByteReader reader(data);
        NaptrRecord naptr;
        naptr.order = reader.read<std::uint16_t>();
        naptr.preference = reader.read<std::uint16_t>();
        naptr.flags = read_string(reader);
        naptr.service = read_string(reader);
        naptr.has_regexp = !read_string(reader).empty();
        if (!reader.ok()) return false;
        const auto replacement = last_name(record, data.size() - reader.remaining());
        if (!replacement) return false;
        naptr.replacement = *replacement;
        reply_.pointers.push_back(std::move(naptr));
        return true;
    }

    // RFC 2308 section 5: the lesser of the SOA record's TTL and its MINIMUM, the last of the five
    // numbers that end its data.
    std::optional<std::chrono::seconds> negative_ttl() {
        for (std::uint16_t i = 0; i < authorities_; ++i) {
            const auto record = read_record();
            if (!record) break;
            if (record->type != static_cast<std::uint16_t>(RecordType::Soa) ||
                record->record_class != kClassIn || record->length < 22) {
                continue;
            }
            const auto minimum = ByteReader(message_.subspan(record->data + record->length - 4))
                                     .read<std::uint32_t>();
            return std::min(record->ttl, std::chrono::seconds(minimum));
        }
        return std::nullopt;
    }

    const Question& question_;
    Bytes message_;
    std::size_t at_ = 0;
    unsigned code_ = 0;
    std::uint16_t answers_ = 0;
    std::uint16_t authorities_ = 0;
    std::map<std::string, std::vector<Record>> found_;
    std::map<std::string, std::pair<std::string, std::chrono::seconds>> aliases_;
    Reply reply_;
};

}  // namespace

std::optional<std::string> normal_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty() || text.size() > kMaxNameLength) return std::nullopt;
    std::size_t label = 0;
    for (const char c : text) {
        if (c == '.' ? label == 0 : !is_name_byte(c)) return std::nullopt;
        label = c == '.' ? 0 : label + 1;
        if (label > kMaxLabelLength) return std::nullopt;
    }
    if (label == 0) return std::nullopt;
    return text::to_lower(text);
}

Reply read_reply(const Question& question, std::span<const std::byte> message) {
    return ReplyReader(question, message).read();
}

}  // namespace portcullis::locate
