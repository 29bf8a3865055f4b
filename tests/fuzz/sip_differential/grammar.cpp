// SPDX-License-Identifier: BSD-2-Clause
#include "tests/fuzz/sip_differential/grammar.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

namespace portcullis::sip::differential {
namespace {

// The rules by their names in section 25.1; LWS is what is left of it in an unfolded value.
const std::string kLws = "[ \\t]+";
const std::string kSws = "[ \\t]*";
const std::string kToken = "[A-Za-z0-9\\-.!%*_+`'~]+";
const std::string kEscaped = "%[0-9A-Fa-f]{2}";
const std::string kUnreserved = "[A-Za-z0-9\\-_.!~*'()]";
const std::string kUser = "(?:" + kUnreserved + "|" + kEscaped + "|[&=+$,;?/])+";
// Without <>, what ends the URI cannot stand in it (section 20).
const std::string kBareUser = "(?:" + kUnreserved + "|" + kEscaped + "|[&=+$/])+";
const std::string kPassword = "(?:" + kUnreserved + "|" + kEscaped + "|[&=+$,])*";
const std::string kBarePassword = "(?:" + kUnreserved + "|" + kEscaped + "|[&=+$])*";
const std::string kHostname =
    "(?:[A-Za-z0-9](?:[A-Za-z0-9\\-]*[A-Za-z0-9])?\\.)*[A-Za-z](?:[A-Za-z0-9\\-]*[A-Za-z0-9])?\\.?";
const std::string kHost =
    "(?:" + kHostname + "|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f:.]+\\])";
const std::string kParamChar = "(?:" + kUnreserved + "|" + kEscaped + "|[\\[\\]/:&+$])";
const std::string kUriParams = "(?:;" + kParamChar + "+(?:=" + kParamChar + "+)?)*";
const std::string kHvalueChar = "(?:" + kUnreserved + "|" + kEscaped + "|[\\[\\]/?:+$])";
const std::string kHeaderPair = kHvalueChar + "+=" + kHvalueChar + "*";
const std::string kUriHeaders = "(?:\\?" + kHeaderPair + "(?:&" + kHeaderPair + ")*)?";
const std::string kHostport = kHost + "(?::[0-9]+)?";
const std::string kSipUri =
    "(?i:sips?):(?:" + kUser + "(?::" + kPassword + ")?@)?" + kHostport + kUriParams + kUriHeaders;
const std::string kBareSipUri =
    "(?i:sips?):(?:" + kBareUser + "(?::" + kBarePassword + ")?@)?" + kHostport;
// RFC 3966: a number, then parameters.
const std::string kTelNumber =
    "(?:\\+[\\-.()]*[0-9][0-9\\-.()]*|[\\-.()]*[0-9A-Fa-f*#][0-9A-Fa-f*#\\-.()]*)";
const std::string kTelUri = "(?i:tel):" + kTelNumber + kUriParams;
// absoluteURI, of any scheme but those above.
const std::string kAbsoluteUri =
    "[A-Za-z][A-Za-z0-9+\\-.]*:(?:" + kUnreserved + "|" + kEscaped + "|[;/?:@&=+$,\\[\\]])+";
const std::string kBareAbsoluteUri =
    "[A-Za-z][A-Za-z0-9+\\-.]*:(?:" + kUnreserved + "|" + kEscaped + "|[/:@&=+$\\[\\]])+";
const std::string kQuoted =
    "\"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\x00-\\x09\\x0b\\x0c\\x0e-\\x7f])*\"";
const std::string kGenericParam =
    kToken + "(?:" + kSws + "=" + kSws + "(?:" + kToken + "|" + kHost + "|" + kQuoted + "))?";
const std::string kParams = "(?:" + kSws + ";" + kSws + kGenericParam + ")*";
const std::string kDisplayName =
    "(?:(?:" + kToken + kLws + ")*(?:" + kToken + ")?|" + kQuoted + ")";
const std::string kCallIdWord = "[A-Za-z0-9\\-.!%*_+`'~()<>:\\\\\"/\\[\\]?{}]+";

bool matches(std::string_view text, const std::string& rule) {
    // Compiled once; the rules are constants.
    static std::vector<std::pair<std::string, std::unique_ptr<RE2>>> known;
    auto at = std::find_if(known.begin(), known.end(),
                           [&](const auto& entry) { return entry.first == rule; });
    if (at == known.end()) {
        RE2::Options options(RE2::Latin1);
        options.set_dot_nl(true);
        options.set_max_mem(64 << 20);
        known.emplace_back(rule, std::make_unique<RE2>(rule, options));
        at = known.end() - 1;
    }
    return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *at->second);
}

bool has_scheme(std::string_view text, std::string_view scheme) {
    return text.size() > scheme.size() && text[scheme.size()] == ':' &&
           std::equal(scheme.begin(), scheme.end(), text.begin(),
                      [](char a, char b) { return a == std::tolower(b); });
}

bool is_uri(std::string_view text, bool bare) {
    if (has_scheme(text, "sip") || has_scheme(text, "sips")) {
        return matches(text, bare ? kBareSipUri : kSipUri);
    }
    if (has_scheme(text, "tel")) return matches(text, kTelUri);
    return matches(text, bare ? kBareAbsoluteUri : kAbsoluteUri);
}

// (name-addr / addr-spec) *(SEMI generic-param)
bool is_address(std::string_view text) {
    static const std::string kNameAddr =
        kDisplayName + kSws + "<([^<>]*)>" + kSws + "(?:" + kParams + ")" + kSws;
    static const std::string kBare = "([^;<>\"\\s]+)" + kParams + kSws;
    static const RE2 name_addr(kNameAddr, RE2::Latin1);
    static const RE2 bare(kBare, RE2::Latin1);
    const re2::StringPiece piece(text.data(), text.size());
    std::string uri;
    if (RE2::FullMatch(piece, name_addr, &uri)) return is_uri(uri, false);
    return RE2::FullMatch(piece, bare, &uri) && is_uri(uri, true);
}

bool is_via(std::string_view text) {
    static const std::string kSlash = kSws + "/" + kSws;
    static const std::string kVia = kToken + kSlash + kToken + kSlash + kToken + kLws + kHost +
                                    "(?:" + kSws + ":" + kSws + "[0-9]+)?" + kParams + kSws;
    return matches(text, kVia);
}

bool is_request_line(std::string_view line) {
    static const RE2 any_case("(?i)(" + kToken + ") ([^ ]+) SIP/[0-9]+\\.[0-9]+", RE2::Latin1);
    std::string method;
    std::string uri;
    const re2::StringPiece piece(line.data(), line.size());
    return RE2::FullMatch(piece, any_case, &method, &uri) && is_uri(uri, false);
}

bool is_status_line(std::string_view line) {
    static const std::string kRule =
        "(?i:SIP)/[0-9]+\\.[0-9]+ [0-9]{3} [\\t \\x21-\\x7e\\x80-\\xff]*";
    return matches(line, kRule);
}

bool follows(std::string_view name, std::string_view value) {
    static const std::string kCSeq = "[0-9]+" + kLws + kToken;
    static const std::string kCallId = kCallIdWord + "(?:@" + kCallIdWord + ")?";
    static const std::string kMediaType = kToken + kSws + "/" + kSws + kToken + "(?:" + kSws + ";" +
                                          kSws + kToken + kSws + "=" + kSws + "(?:" + kToken + "|" +
                                          kQuoted + "))*";
    if (name == "From" || name == "To") return is_address(value);
    if (name == "CSeq") return matches(value, kCSeq);
    if (name == "Call-ID") return matches(value, kCallId);
    if (name == "Max-Forwards" || name == "Content-Length") return matches(value, "[0-9]+");
    if (name == "Content-Type") return matches(value, kMediaType);
    const auto all = [&](auto rule) {
        const auto values = split_list(value);
        return std::all_of(values.begin(), values.end(), rule);
    };
    if (name == "Via") return all([](const std::string& item) { return is_via(item); });
    if (name == "Contact" && value == "*") return true;
    if (name == "Contact" || name == "Route" || name == "Record-Route") {
        return all([](const std::string& item) { return is_address(item); });
    }
    return true;
}

std::string canonical(std::string_view name) {
    struct Row {
        std::string_view name;
        char compact;
    };
    static constexpr std::array<Row, 11> kRows{{{"From", 'f'},
                                                {"To", 't'},
                                                {"Via", 'v'},
                                                {"Call-ID", 'i'},
                                                {"CSeq", 0},
                                                {"Contact", 'm'},
                                                {"Route", 0},
                                                {"Record-Route", 0},
                                                {"Max-Forwards", 0},
                                                {"Content-Length", 'l'},
                                                {"Content-Type", 'c'}}};
    for (const auto& row : kRows) {
        const bool compact = name.size() == 1 && row.compact != 0 &&
                             std::tolower(static_cast<unsigned char>(name[0])) == row.compact;
        const bool full = std::equal(name.begin(), name.end(), row.name.begin(), row.name.end(),
                                     [](char a, char b) {
                                         return std::tolower(static_cast<unsigned char>(a)) ==
                                                std::tolower(static_cast<unsigned char>(b));
                                     });
        if (compact || full) return std::string(row.name);
    }
    return std::string(name);
}

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

}  // namespace

std::vector<std::string> Section::values(std::string_view name) const {
    std::vector<std::string> out;
    for (const auto& field : fields) {
        if (field.name == name) out.push_back(field.value);
    }
    return out;
}

Section cut_section(std::string_view bytes) {
    Section out;
    while (bytes.starts_with("\r\n")) bytes.remove_prefix(2);  // section 7.5
    std::vector<std::string> lines;
    while (true) {
        const auto end = bytes.find("\r\n");
        if (end == std::string_view::npos) {
            if (!bytes.empty()) lines.emplace_back(bytes);
            break;
        }
        const auto line = bytes.substr(0, end);
        bytes.remove_prefix(end + 2);
        if (line.empty()) {
            out.complete = true;
            out.body = bytes.size();
            break;
        }
        const bool folded = lines.size() > 1 && (line.front() == ' ' || line.front() == '\t');
        if (folded) {
            lines.back() = trimmed(lines.back()) + ' ' + trimmed(line);
        } else {
            lines.emplace_back(line);
        }
    }
    if (lines.empty()) return out;
    out.start_line = lines.front();
    static const RE2 rule("(" + kToken + ")[ \\t]*:((?s:.*))", RE2::Latin1);
    for (std::size_t i = 1; i < lines.size(); ++i) {
        std::string name;
        std::string value;
        if (RE2::FullMatch(lines[i], rule, &name, &value)) {
            out.fields.push_back({canonical(name), trimmed(value)});
        } else {
            out.malformed.push_back(lines[i]);
        }
    }
    return out;
}

std::string first_violation(const Section& section) {
    if (!is_request_line(section.start_line) && !is_status_line(section.start_line)) {
        return "start-line";
    }
    if (!section.malformed.empty()) return "field";
    for (const auto& field : section.fields) {
        if (!follows(field.name, field.value)) return field.name;
    }
    return {};
}

bool has_control_bytes(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == '"') quoted = !quoted;
        if (quoted && byte == '\\' && i + 1 < text.size()) {
            ++i;
            if (text[i] == '\r' || text[i] == '\n') return true;
            continue;
        }
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return true;
    }
    return false;
}

std::vector<std::string> split_list(std::string_view value) {
    std::vector<std::string> out(1);
    bool quoted = false;
    bool angle = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (c == '"' && !angle) quoted = !quoted;
        if (!quoted && c == '<') angle = true;
        if (!quoted && c == '>') angle = false;
        if (c == ',' && !quoted && !angle) {
            out.emplace_back();
            continue;
        }
        out.back() += c;
        if (quoted && c == '\\' && i + 1 < value.size()) out.back() += value[++i];
    }
    for (auto& item : out) item = trimmed(item);
    return out;
}

}  // namespace portcullis::sip::differential
