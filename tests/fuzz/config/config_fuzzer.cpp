// SPDX-License-Identifier: BSD-2-Clause
// Any bytes as a configuration: what is accepted must survive writing and reading, compile, and
// decide calls; what is refused must say why.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/assert.hpp"
#include "policy/classify.hpp"
#include "policy/compile.hpp"
#include "policy/config/collections.hpp"
#include "policy/config/reader.hpp"
#include "policy/config/writer.hpp"
#include "policy/engine.hpp"

namespace {

using namespace portcullis;

void check_problems(const config::Problems& problems) {
    PORTCULLIS_ASSERT(!problems.empty());
    for (const auto& problem : problems) {
        PORTCULLIS_ASSERT(!problem.code.empty() && !problem.message.empty() &&
                          !problem.hint.empty());
        PORTCULLIS_ASSERT(problem.pointer.empty() || problem.pointer.front() == '/');
    }
}

void use(const config::Document& document) {
    const auto policy = policy::compile(document);
    PORTCULLIS_ASSERT(policy.has_value());
    for (const auto& realm : document.realms) {
        const auto found = policy::classify(
            **policy, {.realm = realm.name, .source = {IpAddress::v4(0xc6120002), 5060}});
        const auto decision =
            policy::decide(**policy, {.realm = realm.name,
                                      .trunk = found.trunk == nullptr ? "" : found.trunk->name,
                                      .called = "+493012345",
                                      .calling = "100"});
        PORTCULLIS_ASSERT(decision.proceed() == nullptr || !decision.proceed()->targets.empty());
        PORTCULLIS_ASSERT(decision.reject() == nullptr || decision.reject()->code >= 400);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto loaded = config::load_document(text);
    if (!loaded) {
        check_problems(loaded.error());
    } else {
        use(*loaded);
    }
    const auto document = config::read_document(text);
    PORTCULLIS_ASSERT(document.has_value() || !loaded.has_value());
    if (!document) return 0;
    const auto written =
        config::write_document(*document, config::Secrets::Include, config::Layout::Compact);
    const auto again = config::read_document(written);
    PORTCULLIS_ASSERT(again.has_value());
    PORTCULLIS_ASSERT(*again == *document);
    config::Document copy;
    for (const auto& collection : config::collections()) {
        (void)config::put_object(copy, collection, "fuzz", text);
    }
    return 0;
}
