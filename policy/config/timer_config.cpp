// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/timer_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<TimerConfig>() {
    using T = TimerConfig;
    static const std::array kFields{
        field<&T::t1>("t1_ms", {.doc = "T1, the estimate of the round-trip time (RFC 3261 17.1.1).",
                                .unit = "ms",
                                .minimum = 100,
                                .maximum = 5000}),
        field<&T::t2>("t2_ms", {.doc = "T2, the longest interval between retransmissions.",
                                .unit = "ms",
                                .minimum = 100,
                                .maximum = 60000}),
        field<&T::t4>("t4_ms", {.doc = "T4, how long a message can remain in the network.",
                                .unit = "ms",
                                .minimum = 100,
                                .maximum = 60000}),
        field<&T::attempt_timeout>(
            "attempt_timeout_s",
            {.doc = "Without a provisional response for so long, the next target is tried.",
             .unit = "s",
             .minimum = 1,
             .maximum = 60}),
        field<&T::ring_timeout>("ring_timeout_s",
                                {.doc = "From the first provisional response to the answer.",
                                 .unit = "s",
                                 .minimum = 5,
                                 .maximum = 3600}),
        field<&T::setup_timeout>("setup_timeout_s",
                                 {.doc = "From the INVITE to the answer, all targets together.",
                                  .unit = "s",
                                  .minimum = 5,
                                  .maximum = 7200}),
        field<&T::media_timeout>("media_timeout_s",
                                 {.doc = "A call without media from either side ends. 0: never.",
                                  .unit = "s",
                                  .minimum = 0,
                                  .maximum = 86400}),
        field<&T::max_call_duration>("max_call_duration_s",
                                     {.doc = "An answered call ends after so long. 0: never.",
                                      .unit = "s",
                                      .minimum = 0,
                                      .maximum = 604800}),
        field<&T::udp_max_bytes>(
            "udp_max_bytes",
            {.doc = "Larger requests are tried over TCP first (RFC 3261 18.1.1): on interfaces "
                    "without tcp, and where it does not connect within 2 s, UDP carries them "
                    "after all. 0: never.",
             .unit = "bytes",
             .minimum = 0,
             .maximum = 65535}),
    };
    static const ObjectType kType{"timers",
                                  "SIP timers and the limits on setting up and holding calls.",
                                  kFields, default_object<T>};
    return kType;
}

}  // namespace portcullis::config
