// SPDX-License-Identifier: BSD-2-Clause
// Compiled policies for the tests: the shipped examples, and the lab's document with changes.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>

#include "policy/compile.hpp"
#include "policy/config/reader.hpp"

namespace portcullis::policy {

using Policy = std::shared_ptr<const CompiledPolicy>;

inline config::Document example(const std::string& name) {
    std::ifstream file(std::string(PORTCULLIS_EXAMPLES) + "/" + name + ".json");
    std::ostringstream text;
    text << file.rdbuf();
    auto document = config::load_document(text.str());
    EXPECT_TRUE(document) << name;
    return document.value_or(config::Document{});
}

inline Policy compiled(const config::Document& document) {
    auto policy = compile(document);
    EXPECT_TRUE(policy);
    return policy ? *policy : nullptr;
}

// The example after `change`.
inline Policy compiled(const std::string& name,
                       const std::function<void(config::Document&)>& change = {}) {
    config::Document document = example(name);
    if (change) change(document);
    return compiled(document);
}

inline IpAddress address(std::string_view text) { return *IpAddress::parse(text); }
inline Endpoint endpoint(std::string_view text) { return *Endpoint::parse(text, 5060); }

}  // namespace portcullis::policy
