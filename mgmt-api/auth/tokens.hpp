// SPDX-License-Identifier: BSD-2-Clause
// TokenStore: the bearer tokens of the API (RFC 6750).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "mgmt-api/http/message.hpp"
#include "mgmt-api/store/database.hpp"

namespace portcullis::mgmt {

// A token reads portcullis_<id>_<secret>: 8 characters that name it and 32 random bytes in
// hexadecimal, of which only the SHA-256 is stored. The text exists once, in issue()'s answer.
class TokenStore {
 public:
    explicit TokenStore(Database& database) : database_(database) {}

    [[nodiscard]] Result<bool> empty();
    // Makes and stores a token; `name` tells the operator what it is for.
    [[nodiscard]] Result<std::string> issue(const std::string& name, WallTime now);
    // The owner of `token`, or nothing; takes as long for a wrong secret as for an unknown id.
    // Fails when the store cannot be read: nothing is known of the token then.
    [[nodiscard]] Result<std::optional<Principal>> check(std::string_view token, WallTime now);

 private:
    struct Row {
        std::string secret_sha256;  // hexadecimal
        std::string last_used_at;
    };
    [[nodiscard]] Result<std::optional<Row>> find(const std::string& id);
    void note_use(const std::string& id, WallTime now);

    Database& database_;
    WallTime next_note_{};  // after a failed write: not with every request again
};

}  // namespace portcullis::mgmt
