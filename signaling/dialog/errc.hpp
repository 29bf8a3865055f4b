// SPDX-License-Identifier: BSD-2-Clause
// Error codes of dialogs.
#pragma once

#include <system_error>

namespace portcullis::dialog {

enum class Errc {
    MissingContact = 1,  // a dialog-forming message without Contact
    MissingTag,          // a response that makes no dialog
    BadTarget,           // Contact or Record-Route that is no SIP URI
    AlreadyExists,       // the table has a dialog of this id
};

[[nodiscard]] std::error_code make_error_code(Errc code);

}  // namespace portcullis::dialog

template <>
struct std::is_error_code_enum<portcullis::dialog::Errc> : std::true_type {};
