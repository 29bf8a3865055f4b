// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/relay_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<RelayConfig>() {
    using T = RelayConfig;
    static const std::array kFields{
        field<&T::memory_mb>("memory_mb", {.doc = "Memory of the packet pools.",
                                           .unit = "MiB",
                                           .minimum = 64,
                                           .maximum = 65536,
                                           .needs_restart = true}),
        field<&T::workers>("workers", {.doc = "Threads that move packets.",
                                       .minimum = 1,
                                       .maximum = kMaxRelayWorkers,
                                       .needs_restart = true}),
        field<&T::cores>("cores", {.doc = "Processor cores of the workers, one each. Default: any.",
                                   .example = "2",
                                   .maximum = 1023,
                                   .max_items = kMaxRelayWorkers,
                                   .needs_restart = true}),
        field<&T::lease>("lease_s", {.doc = "How long media goes on after signaling is gone.",
                                     .unit = "s",
                                     .minimum = 10,
                                     .maximum = 3600}),
        field<&T::quarantine>("quarantine_s",
                              {.doc = "How long a released port is not given out again.",
                               .unit = "s",
                               .minimum = 0,
                               .maximum = 600}),
        field<&T::polling>("polling", {.doc = "adaptive: rests when idle. busy: never rests, a "
                                              "whole core per worker, lowest latency."}),
    };
    static const ObjectType kType{"relay", "The media relay's process.", kFields,
                                  default_object<T>};
    return kType;
}

}  // namespace portcullis::config
