// SPDX-License-Identifier: BSD-2-Clause
// Exposition: one page of metrics in Prometheus text format 0.0.4, put together from several
// sources.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace portcullis::mgmt {

// Built per scrape. A metric family appears once, with all its samples together, however many
// sources add to it: the format asks for that.
class Exposition {
 public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    // Opens a family of `type` ("counter", "gauge"); the samples that follow belong to it.
    void family(std::string_view name, std::string_view type, std::string_view help);
    void sample(std::string_view name, const Labels& labels, double value);

    // Adds another process's page. Lines that are not of the format are left out; returns how many.
    std::size_t absorb(std::string_view page);

    [[nodiscard]] std::string text() const;

 private:
    struct Family {
        std::string name;
        std::string type;
        std::string help;
        std::string samples;  // lines
    };
    Family& open(std::string_view name);
    bool absorb_line(std::string_view line);
    bool absorb_comment(std::string_view line);

    std::vector<Family> families_;
    std::unordered_map<std::string, std::size_t> index_;
    std::size_t current_ = 0;  // the family that a histogram's or summary's parts belong to
};

}  // namespace portcullis::mgmt
