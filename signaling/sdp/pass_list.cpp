// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/pass_list.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "common/base/text.hpp"
#include "common/net/ip_address.hpp"

namespace portcullis::sdp {
namespace {

using Vocabulary = std::span<const std::string_view>;

constexpr std::array<std::string_view, 6> kMedia{"audio", "video",       "image",
                                                 "text",  "application", "message"};
constexpr std::array<std::string_view, 10> kKnownProtocols{
    "RTP/AVP",           "RTP/AVPF", "RTP/SAVP",  "RTP/SAVPF", "UDP/TLS/RTP/SAVP",
    "UDP/TLS/RTP/SAVPF", "udptl",    "UDP/UDPTL", "udp",       "UDP/BFCP"};
constexpr std::array<std::string_view, 3> kFormats{"t38", "*", "wb"};
// RFC 8866 section 5.8, RFC 3890, RFC 3556.
constexpr std::array<std::string_view, 5> kBandwidths{"CT", "AS", "TIAS", "RS", "RR"};

constexpr std::size_t kMaxFmtp = 2048;
constexpr std::size_t kMaxDigits = 10;

bool contains(Vocabulary words, std::string_view word) {
    return std::any_of(words.begin(), words.end(),
                       [word](std::string_view known) { return text::iequals(known, word); });
}

std::optional<std::string_view> spelled(Vocabulary words, std::string_view word) {
    for (const auto known : words) {
        if (text::iequals(known, word)) return known;
    }
    return std::nullopt;
}

bool is_word_char(char c) { return text::is_alpha(c) || text::is_digit(c) || c == '-'; }

// True when `value` is made of numbers, punctuation of SDP attributes and words of `vocabulary`
// only: nothing in it can be a message from one side to the other.
bool only_words(std::string_view value, Vocabulary vocabulary) {
    constexpr std::string_view kPunctuation = " ,;:[]=.*-/";
    for (std::size_t i = 0; i < value.size();) {
        const auto begin = value.begin() + static_cast<std::ptrdiff_t>(i);
        if (text::is_alpha(value[i])) {
            const auto end = std::find_if_not(begin, value.end(), is_word_char);
            const std::string_view word(begin, end);
            if (!contains(vocabulary, word)) return false;
            i += word.size();
        } else if (text::is_digit(value[i])) {
            const auto end = std::find_if_not(begin, value.end(), text::is_digit);
            const auto digits = static_cast<std::size_t>(end - begin);
            if (digits > kMaxDigits) return false;
            i += digits;
        } else if (kPunctuation.find(value[i]) != std::string_view::npos) {
            ++i;
        } else {
            return false;
        }
    }
    return true;
}

// "<payload type or *> ..." with the payload type on the m-line.
bool names_type(std::string_view value, const PayloadTypes& types) {
    const auto word = text::cut(value, ' ').first;
    if (word == "*") return true;
    const auto number = text::to_number<std::uint8_t>(word);
    return number && *number < types.size() && types.test(*number);
}

// Four numbers with dots are an address wherever they stand.
bool has_dotted_quad(std::string_view value) {
    while (!value.empty()) {
        const auto begin = value.find_first_of("0123456789");
        if (begin == std::string_view::npos) return false;
        value.remove_prefix(begin);
        const auto end = std::min(value.find_first_not_of("0123456789."), value.size());
        auto run = value.substr(0, end);
        while (run.ends_with('.')) run.remove_suffix(1);
        if (std::count(run.begin(), run.end(), '.') >= 3) return true;
        value.remove_prefix(end);
    }
    return false;
}

// A codec parameter: printable without the characters that addresses, URIs and quoting need.
bool is_codec_parameter(std::string_view parameter) {
    static constexpr std::string_view kPunctuation = "-_=.,+/ ";
    return !parameter.empty() && !has_dotted_quad(parameter) &&
           std::all_of(parameter.begin(), parameter.end(), [](char c) {
               return text::is_alpha(c) || text::is_digit(c) ||
                      kPunctuation.find(c) != std::string_view::npos;
           });
}

// How the value of an attribute is judged.
enum class Value : std::uint8_t {
    Flag,        // empty
    Number,      // one number of at most five digits
    Words,       // vocabulary, numbers and punctuation
    TypedWords,  // the same after a payload type of the m-line, or *
    Language,    // a language and an optional country (RFC 5646)
    Extension    // extmap (RFC 8285) with a URI of the vocabulary
};

constexpr std::array<std::string_view, 0> kNone{};
constexpr std::array<std::string_view, 18> kFeedback{
    "ack",  "nack", "ccm", "fir", "tmmbr", "tstr",   "vbcm",         "pli",       "sli",
    "rpsi", "app",  "ecn", "rai", "tllei", "smaxpr", "transport-cc", "goog-remb", "trr-int"};
constexpr std::array<std::string_view, 7> kImageAttr{"send", "recv", "x", "y", "sar", "par", "q"};
constexpr std::array<std::string_view, 5> kContent{"slides", "speaker", "sl", "main", "alt"};
constexpr std::array<std::string_view, 4> kSilence{"on", "off", "Standard", "Custom"};
constexpr std::array<std::string_view, 2> kRateManagement{"transferredTCF", "localTCF"};
constexpr std::array<std::string_view, 3> kUdpEc{"t38UDPRedundancy", "t38UDPFEC", "t38UDPNoEC"};
constexpr std::array<std::string_view, 5> kExtensions{
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level", "urn:ietf:params:rtp-hdrext:csrc-audio-level",
    "urn:ietf:params:rtp-hdrext:toffset", "urn:3gpp:video-orientation",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"};

struct Row {
    std::string_view name;
    Value value;
    Vocabulary words;
};

constexpr std::array<Row, 24> kAttributes{{
    {"ptime", Value::Number, kNone},                          // RFC 8866 6.4
    {"maxptime", Value::Number, kNone},                       // RFC 8866 6.5
    {"framerate", Value::Words, kNone},                       // RFC 8866 6.13
    {"framesize", Value::TypedWords, kNone},                  // 3GPP TS 26.234
    {"imageattr", Value::TypedWords, kImageAttr},             // RFC 6236
    {"rtcp-fb", Value::TypedWords, kFeedback},                // RFC 4585, RFC 5104
    {"rtcp-rsize", Value::Flag, kNone},                       // RFC 5506
    {"extmap", Value::Extension, kExtensions},                // RFC 8285
    {"extmap-allow-mixed", Value::Flag, kNone},               // RFC 8285
    {"label", Value::Number, kNone},                          // RFC 4574
    {"content", Value::Words, kContent},                      // RFC 4796
    {"lang", Value::Language, kNone},                         // RFC 8866 6.12
    {"silenceSupp", Value::Words, kSilence},                  // RFC 3108
    {"T38FaxVersion", Value::Number, kNone},                  // ITU-T T.38 annex D
    {"T38MaxBitRate", Value::Number, kNone},                  //
    {"T38FaxMaxBuffer", Value::Number, kNone},                //
    {"T38FaxMaxDatagram", Value::Number, kNone},              //
    {"T38FaxMaxIFP", Value::Number, kNone},                   //
    {"T38FaxFillBitRemoval", Value::Words, kNone},            // a flag, or :0 and :1 in the field
    {"T38FaxTranscodingMMR", Value::Words, kNone},            //
    {"T38FaxTranscodingJBIG", Value::Words, kNone},           //
    {"T38FaxRateManagement", Value::Words, kRateManagement},  //
    {"T38FaxUdpEC", Value::Words, kUdpEc},                    //
    {"T38FaxUdpFECMaxSpan", Value::Number, kNone},            //
}};

bool is_number(std::string_view value) {
    return value.size() <= 5 && text::to_number<std::uint32_t>(value).has_value();
}

bool is_letters(std::string_view word, std::size_t least, std::size_t most) {
    return word.size() >= least && word.size() <= most &&
           std::all_of(word.begin(), word.end(), text::is_alpha);
}

bool is_language(std::string_view value) {
    const auto [language, country] = text::cut(value, '-');
    if (!is_letters(language, 2, 3)) return false;
    return language.size() == value.size() || is_letters(country, 2, 2);
}

// "<id>[/<direction>] <URI>" without extension attributes, which are free text.
bool is_extension(std::string_view value, Vocabulary uris) {
    constexpr std::array<std::string_view, 4> kExtmapDirections{"sendrecv", "sendonly", "recvonly",
                                                                "inactive"};
    const auto [id, uri] = text::cut(value, ' ');
    const auto [number, direction] = text::cut(id, '/');
    if (!is_number(number) || !contains(uris, uri)) return false;
    return number.size() == id.size() || contains(kExtmapDirections, direction);
}

bool may_pass(const Row& row, std::string_view value, const PayloadTypes& types) {
    switch (row.value) {
        case Value::Flag:
            return value.empty();
        case Value::Number:
            return is_number(value);
        case Value::Words:
            return only_words(value, row.words);
        case Value::TypedWords:
            return names_type(value, types) && only_words(value, row.words);
        case Value::Language:
            return is_language(value);
        case Value::Extension:
            return is_extension(value, row.words);
    }
    return false;
}

}  // namespace

std::optional<std::string_view> known_media(std::string_view media) {
    return spelled(kMedia, media);
}

std::optional<std::string_view> known_protocol(std::string_view protocol) {
    return spelled(kKnownProtocols, protocol);
}

std::string_view known_format(std::string_view format) {
    return spelled(kFormats, format).value_or("*");
}

std::optional<std::string> pass_bandwidth(std::string_view value) {
    const auto [modifier, number] = text::cut(value, ':');
    const auto known = spelled(kBandwidths, text::trim(modifier));
    const auto bits = text::to_number<std::uint32_t>(text::trim(number));
    if (!known || !bits) return std::nullopt;
    return std::string(*known) + ':' + std::to_string(*bits);
}

std::optional<std::string> pass_fmtp(std::string_view value, const PayloadTypes& types) {
    value = text::trim(value);
    if (value.size() > kMaxFmtp || value.starts_with('*') || !names_type(value, types)) {
        return std::nullopt;
    }
    const auto [type, parameters] = text::cut(value, ' ');
    std::string out;
    auto rest = parameters;
    while (!rest.empty()) {
        const auto [parameter, tail] = text::cut(rest, ';');
        const auto trimmed = text::trim(parameter);
        if (is_codec_parameter(trimmed)) {
            if (!out.empty()) out += "; ";
            out += trimmed;
        }
        rest = tail;
    }
    if (out.empty()) return std::nullopt;
    return std::string(type) + ' ' + out;
}

std::optional<std::string> pass_attribute(const Line& line, const PayloadTypes& types) {
    const auto name = text::trim(line.attribute());
    const auto value = text::trim(line.attribute_value());
    for (const auto& row : kAttributes) {
        if (!text::iequals(row.name, name)) continue;
        if (!may_pass(row, value, types)) return std::nullopt;
        std::string out(row.name);
        if (!value.empty()) out += ':' + std::string(value);
        return out;
    }
    return std::nullopt;
}

}  // namespace portcullis::sdp
