// SPDX-License-Identifier: BSD-2-Clause
// Error and Result<T>: how every fallible function of the project reports failure.
#pragma once

#include <expected>
#include <string>
#include <system_error>
#include <utility>

namespace portcullis {

// What failed (`code`, an errc of the module that found it) and the particulars in words (`detail`,
// may be empty; safe to log and to show to an operator: never a secret, never raw wire bytes).
struct Error {
    std::error_code code;
    std::string detail;

    // "<code message>: <detail>", or the code's message alone.
    [[nodiscard]] std::string text() const {
        return detail.empty() ? code.message() : code.message() + ": " + detail;
    }
};

template <class T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

// Makes the unexpected value of a Result: `return fail(Errc::NoPorts, "pool core-v4");`
[[nodiscard]] inline std::unexpected<Error> fail(std::error_code code, std::string detail = {}) {
    return std::unexpected(Error{code, std::move(detail)});
}

// The current errno as an Error; `what` names the call and its object.
[[nodiscard]] inline std::unexpected<Error> fail_errno(int error_number, std::string what) {
    return fail(std::error_code(error_number, std::generic_category()), std::move(what));
}

}  // namespace portcullis
