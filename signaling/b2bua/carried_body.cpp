// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/carried_body.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "signaling/sip/multipart.hpp"
#include "signaling/sip/simple_headers.hpp"

namespace portcullis::b2bua {
namespace {

constexpr std::string_view kSdp = "application/sdp";

std::vector<std::string_view> views(const PartTypes& types) { return {types.begin(), types.end()}; }

bool listed(const sip::BodyPart& part, const PartTypes& passed) {
    return std::any_of(passed.begin(), passed.end(), [&part](const std::string& type) {
        const auto [main, sub] = text::cut(type, '/');
        return sub == "*" ? text::istarts_with(part.content_type, std::string(main) + "/")
                          : part.is(main, sub);
    });
}

bool loses_required(const std::vector<sip::BodyPart>& parts, const PartTypes& passed) {
    return std::any_of(parts.begin(), parts.end(), [&passed](const sip::BodyPart& part) {
        if (!part.parts.empty()) return loses_required(part.parts, passed);
        return part.required && !part.is("application", "sdp") && !listed(part, passed);
    });
}

Result<sip::Multipart> multipart_of(const sip::Message& message) {
    return sip::parse_multipart(message.header(sip::HeaderId::ContentType).value_or(""),
                                message.body());
}

bool has_multipart(const sip::Message& message) {
    const auto type = message.header(sip::HeaderId::ContentType);
    return type && sip::is_multipart(*type);
}

}  // namespace

SdpBody sdp_body(const sip::Message& message) {
    if (message.body().empty()) return {};
    const auto type = message.header(sip::HeaderId::ContentType);
    if (!type) return {.text = {}, .error = 415};
    if (const auto coding = message.header(sip::HeaderId::ContentEncoding);
        coding && !text::iequals(*coding, "identity")) {
        return {.text = {}, .error = 415};
    }
    if (sip::is_multipart(*type)) {
        const auto parsed = multipart_of(message);
        if (!parsed) return {.text = {}, .error = 400};
        const auto* const part = parsed->find_sdp();
        return {.text = part == nullptr ? std::string() : std::string(part->content)};
    }
    const auto media = sip::parse_media_type(*type);
    if (!media || !media->is("application", "sdp")) return {.text = {}, .error = 415};
    return {.text = std::string(message.body())};
}

CarriedBody carried_body(const sip::Message* original, const std::string& sdp,
                         const PartTypes& passed) {
    const CarriedBody plain{sdp.empty() ? std::string() : std::string(kSdp), sdp};
    if (original == nullptr || passed.empty() || !has_multipart(*original)) return plain;
    const auto parsed = multipart_of(*original);
    if (!parsed) return plain;
    const auto* const part = parsed->find_sdp();
    // Without a place for the description it goes alone, rather than the rest without it.
    if (part == nullptr && !sdp.empty()) return plain;
    const auto allowed = views(passed);
    sip::MultipartEdit edit;
    edit.replaced = sdp.empty() ? nullptr : part;
    edit.content = sdp;
    edit.filter = true;
    edit.allowed = allowed;
    auto written = sip::write_multipart(*parsed, edit);
    if (written.parts == 0 || (written.parts == 1 && !sdp.empty())) return plain;
    return {std::move(written.content_type), std::move(written.body)};
}

bool loses_required_part(const sip::Message& message, const PartTypes& passed) {
    if (!has_multipart(message)) return false;
    const auto parsed = multipart_of(message);
    return parsed && loses_required(parsed->parts, passed);
}

}  // namespace portcullis::b2bua
