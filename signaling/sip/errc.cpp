// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/errc.hpp"

#include <array>
#include <string_view>

namespace portcullis::sip {
namespace {

struct Row {
    Errc code;
    int status;
    Warning warning;
};

constexpr auto kRows = std::to_array<Row>({
    {Errc::Incomplete, 400, "header section does not end"},
    {Errc::MessageTooLarge, 513, "message too large"},
    {Errc::BodyTooLarge, 413, "body too large"},
    {Errc::MalformedStartLine, 400, "malformed start line"},
    {Errc::UnsupportedVersion, 505, "unsupported SIP version"},
    {Errc::UriTooLong, 414, "Request-URI too long"},
    {Errc::MalformedRequestUri, 400, "malformed Request-URI"},
    {Errc::UnsupportedScheme, 416, "unsupported URI scheme"},
    {Errc::MalformedHeader, 400, "malformed header field"},
    {Errc::ControlCharacter, 400, "control character in header section"},
    {Errc::MissingHeader, 400, "mandatory header missing"},
    {Errc::DuplicateHeader, 400, "header given more than once"},
    {Errc::TooManyVias, 0, "too many Via values"},
    {Errc::MalformedVia, 400, "malformed Via"},
    {Errc::MalformedAddress, 400, "malformed address"},
    {Errc::MalformedCallId, 400, "malformed Call-ID"},
    {Errc::MalformedCSeq, 400, "malformed CSeq"},
    {Errc::MethodMismatch, 400, "CSeq method differs from request method"},
    {Errc::MalformedMaxForwards, 400, "malformed Max-Forwards"},
    {Errc::MalformedLength, 400, "malformed Content-Length"},
    {Errc::LengthMismatch, 400, "body shorter than Content-Length"},
    {Errc::MissingLength, 400, "Content-Length missing on a stream"},
    {Errc::MalformedUri, 400, "malformed URI"},
    {Errc::MalformedParameters, 400, "malformed parameters"},
    {Errc::MalformedValue, 400, "malformed header value"},
    {Errc::MalformedBody, 400, "malformed body"},
});

const Row* find_row(Errc code) {
    for (const auto& row : kRows) {
        if (row.code == code) return &row;
    }
    return nullptr;
}

class Category final : public std::error_category {
 public:
    [[nodiscard]] const char* name() const noexcept override { return "sip"; }
    [[nodiscard]] std::string message(int value) const override {
        const Row* row = find_row(static_cast<Errc>(value));
        return std::string(row != nullptr ? row->warning.text() : "unknown sip error");
    }
};

}  // namespace

std::error_code make_error_code(Errc code) {
    static const Category category;
    return {static_cast<int>(code), category};
}

int status_for(Errc code) {
    const Row* row = find_row(code);
    return row != nullptr ? row->status : 0;
}

Warning warning_for(Errc code) {
    const Row* row = find_row(code);
    return row != nullptr ? row->warning : Warning();
}

}  // namespace portcullis::sip
