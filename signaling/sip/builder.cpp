// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/builder.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "signaling/sip/line_scanner.hpp"
#include "signaling/sip/status.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

// Most messages fit, and allocators are fast up to 1 KB.
constexpr std::size_t kExpectedSize = 1000;

// As `value`, or a copy in `copy` with every control byte a space: nothing a caller passes can end
// its line.
std::string_view safe_value(std::string_view value, std::string& copy) {
    value = trim_wsp(value);
    if (find_control(value, 0) == std::string_view::npos) return value;
    if (is_clean(value) && value.find('\0') == std::string_view::npos) return value;
    copy = value;
    for (char& c : copy) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t') || byte == 0x7f) c = ' ';
    }
    return trim_wsp(copy);
}

// Only visible characters: what may stand in a Request-Line.
std::string_view visible_only(std::string_view text, std::string& copy) {
    if (find_control(text, 0) == std::string_view::npos &&
        text.find(' ') == std::string_view::npos) {
        return text;
    }
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte != 0x7f) copy += c;
    }
    return copy;
}

std::string_view number_text(std::uint64_t number, std::array<char, 24>& buffer) {
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

// Length of the first value of a comma list.
std::size_t first_size(std::string_view list) {
    std::size_t size = 0;
    for_each_value(list, [&](std::string_view value) {
        size = static_cast<std::size_t>(value.data() - list.data()) + value.size();
        return false;
    });
    return size;
}

}  // namespace

MessageBuilder::MessageBuilder(std::size_t expected_size) {
    draft_.bytes.resize(expected_size);
    draft_.headers.reserve(24);
}

char* MessageBuilder::room(std::size_t size) {
    auto& bytes = draft_.bytes;
    if (bytes.size() - used_ < size) {
        bytes.resize(std::max({bytes.capacity(), 2 * bytes.size(), used_ + size}));
    }
    char* const at = bytes.data() + used_;
    used_ += size;
    return at;
}

Slice MessageBuilder::write(std::string_view text) {
    const auto offset = static_cast<std::uint32_t>(used_);
    std::copy(text.begin(), text.end(), room(text.size()));
    return {offset, static_cast<std::uint32_t>(text.size())};
}

MessageBuilder MessageBuilder::request(std::string_view method, std::string_view request_uri) {
    MessageBuilder builder(kExpectedSize);
    std::string method_copy;
    std::string uri_copy;
    builder.draft_.method_text = builder.write(visible_only(method, method_copy));
    builder.write(" ");
    builder.draft_.request_uri = builder.write(visible_only(request_uri, uri_copy));
    builder.write(" SIP/2.0\r\n");
    return builder;
}

MessageBuilder MessageBuilder::request(Method method, std::string_view request_uri) {
    return request(name(method), request_uri);
}

MessageBuilder MessageBuilder::response(const Message& request, int code, std::string_view reason,
                                        const ResponseOptions& options) {
    MessageBuilder builder(kExpectedSize);
    std::string copy;
    std::array<char, 24> digits{};
    builder.draft_.is_request = false;
    builder.draft_.status_code = code;
    builder.write("SIP/2.0 ");
    builder.write(number_text(static_cast<std::uint64_t>(code), digits));
    builder.write(" ");
    builder.draft_.reason =
        builder.write(safe_value(reason.empty() ? default_reason(code) : reason, copy));
    builder.write("\r\n");

    const auto& essentials = request.essentials();
    bool top = options.source.has_value() && !essentials.top_via.host.empty();
    for (std::size_t i = 0; i < request.header_count(); ++i) {
        const auto header = request.header_at(i);
        if (header.id != HeaderId::Via) continue;
        if (top) {
            builder.write_top_via(header.value, essentials.top_via, *options.source);
            top = false;
        } else {
            builder.write_field(HeaderId::Via, name(HeaderId::Via), header.value);
        }
    }
    const auto copy_one = [&](HeaderId id) {
        const auto value = request.header(id);
        if (value) builder.write_field(id, name(id), *value);
    };
    copy_one(HeaderId::From);
    if (const auto to = request.header(HeaderId::To)) {
        builder.open_field(HeaderId::To, name(HeaderId::To));
        builder.write(*to);
        if (essentials.to_tag.empty() && is_token(options.to_tag)) {
            builder.write(";tag=");
            builder.write(options.to_tag);
        }
        builder.close_field();
    }
    copy_one(HeaderId::CallId);
    copy_one(HeaderId::CSeq);
    // RFC 3261 section 8.2.6.1.
    if (code == 100) copy_one(HeaderId::Timestamp);
    return builder;
}

void MessageBuilder::write_top_via(std::string_view field, const Via& via, const Endpoint& source) {
    open_field(HeaderId::Via, name(HeaderId::Via));
    draft_.bytes.resize(used_);
    append_received(draft_.bytes, via, source);
    used_ = draft_.bytes.size();
    write(field.substr(first_size(field)));
    close_field();
}

void MessageBuilder::open_field(HeaderId id, std::string_view name) {
    HeaderField field;
    field.id = id;
    field.name = write(name);
    write(": ");
    field.value.offset = static_cast<std::uint32_t>(used_);
    draft_.headers.push_back(field);
}

void MessageBuilder::close_field() {
    auto& value = draft_.headers.back().value;
    value.size = static_cast<std::uint32_t>(used_) - value.offset;
    write("\r\n");
}

void MessageBuilder::write_field(HeaderId id, std::string_view name, std::string_view value) {
    // The whole line in one step: this is where a built message spends its time.
    const auto offset = static_cast<std::uint32_t>(used_);
    char* at = room(name.size() + value.size() + 4);
    at = std::copy(name.begin(), name.end(), at);
    *at++ = ':';
    *at++ = ' ';
    at = std::copy(value.begin(), value.end(), at);
    *at++ = '\r';
    *at = '\n';
    const auto name_size = static_cast<std::uint32_t>(name.size());
    draft_.headers.push_back({id,
                              {offset, name_size},
                              {offset + name_size + 2, static_cast<std::uint32_t>(value.size())}});
}

MessageBuilder& MessageBuilder::add(HeaderId id, std::string_view value) {
    if (id == HeaderId::Unknown || id == HeaderId::ContentLength) return *this;
    std::string copy;
    write_field(id, name(id), safe_value(value, copy));
    return *this;
}

MessageBuilder& MessageBuilder::add(HeaderId id, std::uint64_t number) {
    std::array<char, 24> digits{};
    return add(id, number_text(number, digits));
}

MessageBuilder& MessageBuilder::add(std::string_view name, std::string_view value) {
    if (!is_token(name)) return *this;
    const auto id = find_header(name);
    if (id == HeaderId::ContentLength) return *this;
    std::string copy;
    write_field(id, name, safe_value(value, copy));
    return *this;
}

MessageBuilder& MessageBuilder::copy(const Message& from, HeaderId id) {
    if (id == HeaderId::Unknown || id == HeaderId::ContentLength) return *this;
    for (std::size_t i = 0; i < from.header_count(); ++i) {
        const auto header = from.header_at(i);
        // A message's values are clean: the parser or another builder has seen to it.
        if (header.id == id) write_field(id, name(id), header.value);
    }
    return *this;
}

MessageBuilder& MessageBuilder::copy_first(const Message& from, HeaderId id) {
    if (id == HeaderId::Unknown || id == HeaderId::ContentLength) return *this;
    const auto value = from.header(id);
    if (!value) return *this;
    const bool list = describe(id).list;
    write_field(id, name(id), list ? value->substr(0, first_size(*value)) : *value);
    return *this;
}

MessageBuilder& MessageBuilder::body(std::string_view content_type, std::string bytes) {
    if (!content_type.empty()) add(HeaderId::ContentType, content_type);
    body_ = std::move(bytes);
    return *this;
}

MessagePtr MessageBuilder::finish() {
    std::array<char, 24> digits{};
    write_field(HeaderId::ContentLength, name(HeaderId::ContentLength),
                number_text(body_.size(), digits));
    write("\r\n");
    draft_.body = write(body_);
    draft_.bytes.resize(used_);
    // A message that was sent is kept for half a minute: it keeps what it needs.
    draft_.bytes.shrink_to_fit();
    draft_.headers.shrink_to_fit();
    // What the caller left out stays empty: the builder does not judge.
    return MessageAssembler::assemble(std::move(draft_), nullptr).message;
}

}  // namespace portcullis::sip
