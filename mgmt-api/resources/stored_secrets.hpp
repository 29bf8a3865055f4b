// SPDX-License-Identifier: BSD-2-Clause
// Secrets that a client cannot read but may send back: the placeholder of a read keeps the value.
#pragma once

#include "mgmt-api/http/json.hpp"
#include "policy/config/document.hpp"

namespace portcullis::mgmt {

// Replaces each {"$secret": name} in `body`, a whole document, by what `stored` has at that place;
// objects of a list are the same where their names or user names are. A placeholder without stored
// value stays, and reading refuses it.
void keep_secrets(Json& body, const config::Document& stored);

}  // namespace portcullis::mgmt
