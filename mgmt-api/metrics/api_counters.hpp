// SPDX-License-Identifier: BSD-2-Clause
// ApiCounters: what the REST API has answered, by route, method and status.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "mgmt-api/metrics/exposition.hpp"

namespace portcullis::mgmt {

// Bounded by its keys: routes are path templates, and methods that no route serves are one.
class ApiCounters {
 public:
    // `route`: the path template; empty when none matched.
    void count(std::string_view route, std::string_view method, unsigned status) {
        constexpr std::string_view kMethods[] = {"GET", "HEAD", "PUT", "POST", "DELETE"};
        const bool known = std::ranges::find(kMethods, method) != std::end(kMethods);
        ++requests_[{std::string(route.empty() ? "none" : route),
                     std::string(known ? method : "other"), status}];
    }

    void write(Exposition& page) const {
        page.family("portcullis_api_requests_total", "counter", "REST requests answered.");
        for (const auto& [key, count] : requests_) {
            const auto& [route, method, status] = key;
            page.sample("portcullis_api_requests_total",
                        {{"route", route}, {"method", method}, {"code", std::to_string(status)}},
                        static_cast<double>(count));
        }
    }

 private:
    std::map<std::tuple<std::string, std::string, unsigned>, std::uint64_t> requests_;
};

}  // namespace portcullis::mgmt
