// SPDX-License-Identifier: BSD-2-Clause
#include "tests/fuzz/sip_differential/differential.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "signaling/sip/validate.hpp"
#include "tests/fuzz/sip_differential/grammar.hpp"
#include "tests/fuzz/sip_differential/reading.hpp"

namespace portcullis::sip::differential {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

// A number beyond `limit`, or one that no machine word holds.
bool exceeds(const std::string& text, unsigned long long limit) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return false;
    const auto first = text.find_first_not_of('0');
    const auto digits = first == std::string::npos ? std::string("0") : text.substr(first);
    return digits.size() > 18 || std::stoull(digits) > limit;
}

std::string method_of(const Section& section) {
    return section.start_line.substr(0, section.start_line.find(' '));
}

std::string uri_of(const Section& section) {
    const auto begin = section.start_line.find(' ') + 1;
    return section.start_line.substr(begin, section.start_line.rfind(' ') - begin);
}

bool is_response(const Section& section) {
    return lower(section.start_line.substr(0, 4)) == "sip/";
}

// Every address of a host in `text`: in brackets, or of four numbers.
bool has_bad_address(const std::string& text) {
    for (std::size_t at = 0; (at = text.find('[', at)) != std::string::npos; ++at) {
        const auto end = text.find(']', at);
        if (end == std::string::npos) return true;
        std::array<unsigned char, 16> binary{};
        auto address = text.substr(at + 1, end - at - 1);
        // RFC 5118 section 4.10.
        const auto colons = address.find(":::");
        if (colons != std::string::npos && address.find('.', colons) != std::string::npos &&
            address.find(':', colons + 3) == std::string::npos) {
            address.erase(colons, 1);
        }
        if (inet_pton(AF_INET6, address.c_str(), binary.data()) != 1) return true;
    }
    for (std::size_t at = 0; at < text.size();) {
        const auto begin = text.find_first_of("0123456789", at);
        if (begin == std::string::npos) break;
        auto end = text.find_first_not_of("0123456789.", begin);
        if (end == std::string::npos) end = text.size();
        const auto run = text.substr(begin, end - begin);
        if (std::count(run.begin(), run.end(), '.') == 3) {
            std::array<unsigned char, 4> binary{};
            if (inet_pton(AF_INET, run.c_str(), binary.data()) != 1) return true;
        }
        at = end;
    }
    return false;
}

// host ":" port with a port beyond 16 bits, anywhere in `text`.
bool has_bad_port(const std::string& text) {
    for (std::size_t at = 0; (at = text.find(':', at)) != std::string::npos;) {
        ++at;
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
        auto end = text.find_first_not_of("0123456789", at);
        if (end == std::string::npos) end = text.size();
        if (exceeds(text.substr(at, end - at), 65535)) return true;
    }
    return false;
}

// The values of a parameter of the topmost level, as written.
std::vector<std::string> params_of(const std::string& value, const std::string& name) {
    std::vector<std::string> out;
    std::string rest = value;
    if (const auto close = rest.rfind('>'); close != std::string::npos) rest.erase(0, close);
    for (std::size_t at = 0; (at = rest.find(';', at)) != std::string::npos;) {
        ++at;
        auto end = rest.find(';', at);
        auto item = rest.substr(at, end == std::string::npos ? end : end - at);
        const auto strip = [](std::string text) {
            const auto begin = text.find_first_not_of(" \t");
            if (begin == std::string::npos) return std::string{};
            return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
        };
        const auto equals = item.find('=');
        if (lower(strip(item.substr(0, equals))) != name) continue;
        out.push_back(equals == std::string::npos ? "" : strip(item.substr(equals + 1)));
    }
    return out;
}

bool is_address_text(std::string text) {
    std::array<unsigned char, 16> binary{};
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    return inet_pton(AF_INET, text.c_str(), binary.data()) == 1 ||
           inet_pton(AF_INET6, text.c_str(), binary.data()) == 1;
}

// What the grammar cannot say and another clause forbids; the names are those of the table.
std::string rule_broken(const Section& section, std::string_view bytes) {
    for (const auto* once :
         {"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type"}) {
        if (section.values(once).size() > 1) return "repeated-header";
    }
    std::size_t vias = 0;
    for (const auto& value : section.values("Via")) vias += split_list(value).size();
    const Limits limits;
    if (bytes.size() > limits.message || bytes.size() - section.body > limits.header_section ||
        section.fields.size() > limits.headers || vias > limits.vias ||
        section.start_line.size() > limits.start_line) {
        return "limits";
    }
    for (const auto& field : section.fields) {
        if (field.value.size() + 64 > limits.header) return "limits";
    }
    const bool response = is_response(section);
    const auto version = response ? section.start_line.substr(0, section.start_line.find(' '))
                                  : section.start_line.substr(section.start_line.rfind(' ') + 1);
    if (lower(version) != "sip/2.0") return "version";
    if (!response) {
        const auto uri = uri_of(section);
        if (uri.size() > limits.uri) return "limits";
        const auto scheme = lower(uri.substr(0, uri.find(':')));
        if (scheme != "sip" && scheme != "sips" && scheme != "tel") return "scheme";
        if (uri.find('?', uri.find('@') == std::string::npos ? 0 : uri.find('@')) !=
            std::string::npos) {
            return "headers-in-request-uri";
        }
        if (has_bad_address(uri)) return "address";
        if (has_bad_port(uri)) return "port";
    } else {
        const auto code = section.start_line.substr(section.start_line.find(' ') + 1, 3);
        if (code < "100" || code > "699") return "status-code";
    }
    for (const auto& value : section.values("CSeq")) {
        if (exceeds(value.substr(0, value.find_first_of(" \t")), 0x7fffffff)) return "cseq-number";
        if (!response && value.substr(value.find_last_of(" \t") + 1) != method_of(section)) {
            return "cseq-method";
        }
    }
    for (const auto& value : section.values("Max-Forwards")) {
        if (exceeds(value, 255)) return "max-forwards";
    }
    for (const auto& value : section.values("Content-Length")) {
        if (exceeds(value, section.body)) return "length";
    }
    for (const auto* name : {"From", "To", "Contact", "Route", "Record-Route"}) {
        for (const auto& value : section.values(name)) {
            for (const auto& item : split_list(value)) {
                const auto tags = params_of(item, "tag");
                if (tags.size() > 1) return "repeated-tag";
                if (tags.size() == 1 && (tags[0].empty() || tags[0][0] == '"')) return "tag-value";
            }
        }
    }
    for (const auto& value : section.values("Via")) {
        for (const auto& item : split_list(value)) {
            const auto branches = params_of(item, "branch");
            if (branches.size() > 1) return "repeated-branch";
            if (branches.size() == 1 && (branches[0].empty() || branches[0][0] == '"')) {
                return "branch-value";
            }
            for (const auto& received : params_of(item, "received")) {
                if (!is_address_text(received)) return "received";
            }
            for (const auto& rport : params_of(item, "rport")) {
                if (!rport.empty() && (rport.find_first_not_of("0123456789") != rport.npos ||
                                       exceeds(rport, 65535))) {
                    return "rport";
                }
            }
        }
    }
    for (const auto* name : {"Via", "From", "To", "Contact", "Route", "Record-Route"}) {
        for (const auto& value : section.values(name)) {
            if (has_bad_address(value)) return "address";
            if (has_bad_port(value)) return "port";
        }
    }
    return {};
}

// The field that oSIP refuses in a message that is otherwise beyond doubt; "start-line", or
// "together" where each alone is fine.
std::string osip_dislikes(const Section& section) {
    const bool response = is_response(section);
    const std::string start = response ? "SIP/2.0 200 OK" : "OPTIONS sip:a@b.example SIP/2.0";
    static const std::map<std::string, std::string> kGood = {
        {"Via", "SIP/2.0/UDP b.example;branch=z9hG4bK1"},
        {"From", "<sip:a@b.example>;tag=1"},
        {"To", "<sip:a@b.example>"},
        {"Call-ID", "c"},
        {"CSeq", "1 OPTIONS"}};
    const auto text_with = [&](const std::string& line, const Section::Field* field) {
        std::string out = line + "\r\n";
        for (const auto& [name, value] : kGood) {
            if (field == nullptr || field->name != name) out += name + ": " + value + "\r\n";
        }
        if (field != nullptr) out += field->name + ": " + field->value + "\r\n";
        return out + "\r\n";
    };
    if (!read_osip(text_with(section.start_line, nullptr)).accepted) return "start-line";
    for (const auto& field : section.fields) {
        if (!read_osip(text_with(start, &field)).accepted) return field.name;
    }
    return "together";
}

std::string known_name(const std::string& name) {
    for (const auto* known :
         {"start-line", "together", "field", "Via", "From", "To", "Call-ID", "CSeq", "Contact",
          "Route", "Record-Route", "Max-Forwards", "Content-Length", "Content-Type"}) {
        if (name == known) return name;
    }
    return "other-header";
}

// What the parser under test judges: the first Via, no Content-Type, and of a response neither
// Contact, routes nor Max-Forwards.
Section judged_part(Section section) {
    const bool response = is_response(section);
    bool via_seen = false;
    std::erase_if(section.fields, [&](Section::Field& field) {
        if (field.name == "Content-Type") return true;
        if (response && (field.name == "Contact" || field.name == "Route" ||
                         field.name == "Record-Route" || field.name == "Max-Forwards")) {
            return true;
        }
        if (field.name != "Via") return false;
        const auto items = split_list(field.value);
        if (std::find(items.begin(), items.end(), "") != items.end()) return false;
        if (via_seen) return true;
        via_seen = true;
        field.value = items.front();
        return false;
    });
    return section;
}

std::string why_refused_here(const Section& section, std::string_view bytes) {
    auto head = bytes.substr(0, bytes.size() - section.body);
    while (head.starts_with("\r\n")) head.remove_prefix(2);
    for (std::size_t i = 0; i < head.size(); ++i) {
        const bool pair = head[i] == '\r' && i + 1 < head.size() && head[i + 1] == '\n';
        if (pair) {
            ++i;
        } else if (head[i] == '\r' || head[i] == '\n') {
            return "refused-line-end";
        }
    }
    if (!section.complete) return "refused-no-end";
    if (has_control_bytes(section.start_line)) return "refused-control-byte";
    for (const auto& field : section.fields) {
        if (has_control_bytes(field.name + field.value)) return "refused-control-byte";
    }
    const auto judged = judged_part(section);
    if (const auto part = first_violation(judged); !part.empty()) return "refused-" + part;
    if (const auto rule = rule_broken(section, bytes); !rule.empty()) return "refused-" + rule;
    return "unexplained: refused here, accepted by oSIP";
}

std::string why_accepted_here(const Section& section) {
    const auto part = first_violation(judged_part(section));
    if (!part.empty()) return "wider-" + part;
    if (!first_violation(section).empty()) return "wider-unjudged";
    return "osip-refuses-" + known_name(osip_dislikes(section));
}

std::optional<std::string> why_read_differently(const Reading& ours, const Reading& osip) {
    // oSIP keeps texts as C strings.
    if (ours.user != osip.user && ours.user.find('\0') != std::string::npos) {
        return "reads-user-with-nul";
    }
    struct Row {
        const char* field;
        bool equal;
    };
    const std::array<Row, 12> rows{{
        {"method", ours.method == osip.method},
        {"status", ours.status == osip.status},
        {"scheme", ours.scheme == osip.scheme},
        {"user", ours.user == osip.user},
        {"host", ours.host == osip.host},
        {"port", ours.port == osip.port},
        {"from tag", ours.from_tag == osip.from_tag},
        {"to tag", ours.to_tag == osip.to_tag},
        {"call id", ours.call_id == osip.call_id},
        {"cseq", ours.cseq == osip.cseq},
        {"vias", ours.vias == osip.vias},
        // Without the field oSIP writes the size of the body down itself.
        {"content length",
         ours.content_length.empty() || ours.content_length == osip.content_length},
    }};
    for (const auto& row : rows) {
        if (!row.equal)
            return std::string("unexplained: the two read different values of ") + row.field;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> disagreement(std::string_view bytes) {
    const auto ours = read_ours(bytes);
    const auto osip = read_osip(bytes);
    if (!ours.accepted && !osip.accepted) return std::nullopt;
    if (ours.accepted && osip.accepted) return why_read_differently(ours, osip);
    const auto section = cut_section(bytes);
    return ours.accepted ? why_accepted_here(section) : why_refused_here(section, bytes);
}

}  // namespace portcullis::sip::differential
