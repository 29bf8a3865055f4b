// SPDX-License-Identifier: BSD-2-Clause
// The documents shipped in deploy/config, and problems in words, for the tests of the document.
#pragma once

#include <fstream>
#include <ostream>
#include <sstream>
#include <string>

#include "policy/config/problem.hpp"

namespace portcullis::config {

inline std::string example_text(const std::string& name) {
    std::ifstream file(std::string(PORTCULLIS_EXAMPLES) + "/" + name + ".json");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline std::ostream& operator<<(std::ostream& out, const Problem& problem) {
    return out << problem.pointer << " [" << problem.code << "] " << problem.message << " ("
               << problem.hint << ")";
}

inline std::string in_words(const Problems& problems) {
    std::ostringstream out;
    for (const Problem& problem : problems) out << problem << "\n";
    return out.str();
}

}  // namespace portcullis::config
