// SPDX-License-Identifier: BSD-2-Clause
// Request and Response: one REST exchange as values, free of the HTTP library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::mgmt {

struct Response {
    unsigned status = 200;
    std::string content_type;  // empty: no body
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;

    Response& with(std::string name, std::string value) & {
        headers.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    Response&& with(std::string name, std::string value) && {
        headers.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }
};

// Who a request's token belongs to.
struct Principal {
    std::string token_id;
};

// A request as its handler sees it. Made by the connection from the header section, completed with
// the body once the request was admitted, and kept alive until it is answered.
struct Request {
    std::string method;  // as sent: "GET"
    std::string target;  // as sent, for messages
    std::string remote;  // the client's address, without the port
    std::string trace_id;
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;

    // Set on admission.
    std::vector<std::string> segments;                        // of the path, percent-decoded
    std::vector<std::pair<std::string, std::string>> query;   // percent-decoded, in order
    std::vector<std::pair<std::string, std::string>> params;  // of the path template
    std::string route;                                        // the path template
    Principal principal;

    // The first field of this (lower-case) name; empty optional when absent.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
        return find(headers, name);
    }
    [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const {
        return find(query, name);
    }
    // A parameter of the path template; empty when the template has none of this name.
    [[nodiscard]] std::string param(std::string_view name) const {
        return std::string(find(params, name).value_or(std::string_view{}));
    }

 private:
    static std::optional<std::string_view> find(
        const std::vector<std::pair<std::string, std::string>>& fields, std::string_view name) {
        for (const auto& [key, value] : fields) {
            if (key == name) return value;
        }
        return std::nullopt;
    }
};

using RequestPtr = std::shared_ptr<Request>;
// Answers a request; called exactly once, at any later time, on the REST thread.
using Respond = std::function<void(Response)>;
using Handler = std::function<void(const RequestPtr&, Respond)>;

}  // namespace portcullis::mgmt
