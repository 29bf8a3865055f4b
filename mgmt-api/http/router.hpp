// SPDX-License-Identifier: BSD-2-Clause
// Router: method and path template to handler.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mgmt-api/http/message.hpp"

namespace portcullis::mgmt {

enum class Access : std::uint8_t { Token, Public };
enum class Body : std::uint8_t { None, JsonText };

struct Route {
    std::string method;              // "GET" also serves HEAD
    std::string path;                // "/api/v1/trunks/{name}": a {word} takes one whole segment
    std::vector<std::string> query;  // the parameters it knows; others are refused
    Body body = Body::None;
    Access access = Access::Token;
    Handler handler;
};

// Filled at start, read by every request; used from the REST thread only.
class Router {
 public:
    // A template and method that exist already are a programming error.
    void add(Route route);

    struct Match {
        const Route* route = nullptr;  // nullptr: see `allowed`
        std::vector<std::pair<std::string, std::string>> params;
        // With no route: the methods that the path does have ("GET, HEAD, PUT"), empty when there
        // is no such path at all.
        std::string allowed;
    };
    // `segments`: of the path, decoded. An exact segment wins over a parameter.
    [[nodiscard]] Match find(std::string_view method,
                             const std::vector<std::string>& segments) const;

 private:
    struct Entry {
        std::vector<std::string> segments;
        std::vector<Route> methods;
    };
    [[nodiscard]] const Entry* find_entry(const std::vector<std::string>& segments) const;

    std::vector<Entry> entries_;
};

}  // namespace portcullis::mgmt
