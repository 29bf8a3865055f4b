// SPDX-License-Identifier: BSD-2-Clause
// Header fields from closed sets, those that pass as they are, and those that never do.
#include "signaling/headers/plain_headers.hpp"

#include <gtest/gtest.h>

#include "tests/unit/headers/harness.hpp"

namespace portcullis::headers {
namespace {

using config::HeaderUse;
using config::InfoUris;
using config::ReasonForm;

const Sides kStrangers{kUntrusted, kUntrusted, {}, {}};
const Sides kOpen{
    kTrusted, kUntrusted, {}, {.alert_info = InfoUris::Pass, .call_info = InfoUris::Pass}};
const Sides kAllowed{
    kTrusted,
    kTrusted,
    {},
    {.pass_headers = {{"core", {"X-Account", "Subject"}}, {"peer", {"X-Other"}}, {"", {"x-any"}}}}};

const PassCase kCases[] = {
    {"RFC 3326 2: protocol and cause, never the words", "BYE in dialog",
     "Reason: Q.850;cause=16;text=\"pbx.example\", SIP ;cause=200",
     "Reason: Q.850;cause=16\nReason: SIP;cause=200", kStrangers},
    {"RFC 3326 2: causes in their range, protocols that are known", "CANCEL",
     "Reason: Q.850;cause=128, SIP;cause=42, pbx.example;cause=1, SIP", "", kStrangers},
    {"RFC 6432 2: in responses", "603 INVITE", "Reason: Q.850;cause=21;text=\"x\"",
     "Reason: Q.850;cause=21", kStrangers},
    {"the sender's words where they are wanted",
     "BYE in dialog",
     "Reason: SIP;cause=480;text=\"Gone \\\"home\\\"\"",
     "Reason: SIP;cause=480;text=\"Gone \\\"home\\\"\"",
     {kUntrusted, kUntrusted, {}, {.reason = ReasonForm::Text}}},
    {"no Reason at all where none is wanted",
     "BYE in dialog",
     "Reason: SIP;cause=480",
     "",
     {kTrusted, kTrusted, {}, {.reason = ReasonForm::Drop}}},
    {"RFC 3261 20.43: the code with our name and words, once", "488 INVITE",
     "Warning: 304 pbx.example \"pbx.example\", 304 x \"y\", 999 x \"y\"",
     "Warning: 304 sbc.example \"Media type not available\"", kStrangers},
    {"RFC 3261 20.33: seconds without comment or duration", "503 INVITE",
     "Retry-After: 120 (pbx.example);duration=60", "Retry-After: 120", kStrangers},
    {"RFC 3261 20.33: a day at most", "503 INVITE", "Retry-After: 4294967295", "Retry-After: 86400",
     kStrangers},
    {"RFC 3261 20.26: the known priorities", "INVITE", "Priority: Emergency", "Priority: emergency",
     kStrangers},
    {"RFC 3261 20.26: no other", "INVITE", "Priority: pbx.example", "", kStrangers},
    {"RFC 4412 3.1: between trusted sides", "INVITE",
     "Resource-Priority: ets.0, pbx example.1, dsn.flash",
     "Resource-Priority: ets.0\nResource-Priority: dsn.flash"},
    {"RFC 4412 11: not from strangers",
     "INVITE",
     "Resource-Priority: ets.0",
     "",
     {kUntrusted, kTrusted, {}, {}}},
    {"RFC 4412 3.2: what is accepted, in answers", "417 INVITE", "Accept-Resource-Priority: ets.0",
     "Accept-Resource-Priority: ets.0"},
    {"RFC 6442 4.1: a location passes as it is between trusted sides", "INVITE",
     "Geolocation: <cid:target123@atlanta.example>\nGeolocation-Routing: yes",
     "Geolocation: <cid:target123@atlanta.example>\nGeolocation-Routing: yes"},
    {"RFC 6442 4.1: and to nobody else",
     "INVITE",
     "Geolocation: <cid:target123@atlanta.example>\nGeolocation-Routing: yes",
     "",
     {kTrusted, kUntrusted, {}, {}}},
    {"RFC 6442 4.3: the code of an error", "424 INVITE",
     "Geolocation-Error: 100;code=\"pbx.example\"", "Geolocation-Error: 100"},
    {"RFC 7315: charging and access network only where they are wanted", "INVITE",
     "P-Charging-Vector: icid-value=1\nP-Access-Network-Info: IEEE-802.11\n"
     "P-Charging-Function-Addresses: ccf=h",
     ""},
    {"RFC 7315: as they are",
     "INVITE",
     "P-Charging-Vector: icid-value=1;orig-ioi=h\nP-Access-Network-Info: IEEE-802.11",
     "P-Access-Network-Info: IEEE-802.11\nP-Charging-Vector: icid-value=1;orig-ioi=h",
     {kTrusted, kUntrusted, {}, {.charging = HeaderUse::Pass, .access_network = HeaderUse::Pass}}},
    {"RFC 3841 9: preferences between trusted sides", "INVITE",
     "Accept-Contact: *;audio;require\nReject-Contact: *;actor=\"msg-taker\"\n"
     "Request-Disposition: no-fork, queue, h",
     "Accept-Contact: *;audio;require\nReject-Contact: *;actor=\"msg-taker\"\n"
     "Request-Disposition: no-fork, queue"},
    {"RFC 7462 7: urn:alert is heard everywhere, other URIs lose their host",
     "180 INVITE",
     "Alert-Info: <urn:alert:source:Internal>, <http://h/ring.wav>, <sip:bell@h;x=1>, "
     "<urn:alert:service:x@h.example>",
     "Alert-Info: <urn:alert:source:internal>\nAlert-Info: <sip:bell@sbc.example>",
     {kTrusted, kUntrusted, {}, {}}},
    {"RFC 3261 20.4: a stranger does not choose what rings",
     "INVITE",
     "Alert-Info: <urn:alert:source:internal>",
     "",
     {kUntrusted, kTrusted, {}, {}}},
    {"RFC 3261 20.9: with its purpose", "INVITE",
     "Call-Info: <sip:1@h>;purpose=info;x=h, <http://h/a.jpg>;purpose=icon",
     "Call-Info: <sip:1@sbc.example>;purpose=info"},
    {"URIs as they are where that is set", "INVITE",
     "Alert-Info: <http://h/ring.wav>\nCall-Info: <http://h/a.jpg>;purpose=icon;x=1",
     "Alert-Info: <http://h/ring.wav>\nCall-Info: <http://h/a.jpg>;purpose=icon", kOpen},
    {"RFC 3323 5.3: user privacy takes Call-Info away", "INVITE",
     "Privacy: user\nCall-Info: <http://h/a.jpg>;purpose=icon", "", kOpen},
    {"RFC 3892 3: who referred, with our host and without cid", "INVITE",
     "Referred-By: \"R\" <sip:7@pbx.example;x=1>;cid=\"20@pbx.example\"",
     "Referred-By: \"R\" <sip:7@sbc.example>"},
    {"RFC 3892: not from strangers",
     "INVITE",
     "Referred-By: <sip:7@pbx.example>",
     "",
     {kUntrusted, kTrusted, {}, {}}},
    {"RFC 6665 8.2: an event package and the state of a subscription", "NOTIFY in dialog",
     "Event: dialog;id=4;x=h\nSubscription-State: Active;expires=60;reason=h;retry-after=x",
     "Event: dialog;id=4\nSubscription-State: active;expires=60", kStrangers},
    {"RFC 6665 4.1.3: why it ended", "NOTIFY in dialog",
     "Event: refer\nSubscription-State: terminated;reason=NoResource",
     "Event: refer\nSubscription-State: terminated;reason=noresource", kStrangers},
    {"RFC 3903 11.3: what PUBLISH hangs on", "PUBLISH",
     "Event: presence\nExpires: 3600\n"
     "SIP-If-Match: dx200xyz",
     "Event: presence\nExpires: 3600\nSIP-If-Match: dx200xyz", kStrangers},
    {"RFC 3903 11.3: and its answer", "200 PUBLISH", "SIP-ETag: dx200xyz\nExpires: 1800",
     "Expires: 1800\nSIP-ETag: dx200xyz", kStrangers},
    {"Expires of an INVITE is ours", "INVITE", "Expires: 3600", "", kStrangers},
    {"RFC 6086 7: an info package", "INFO in dialog", "Info-Package: dtmf", "Info-Package: dtmf",
     kStrangers},
    {"what says which software or house it is, and what nobody knows",
     "INVITE",
     "User-Agent: pbx/1\nServer: pbx/1\nSubject: x\nOrganization: x\nReply-To: <sip:a@h>\n"
     "In-Reply-To: x\nX-Account: 7\nError-Info: <sip:a@h>\nP-Called-Party-ID: <sip:a@h>\n"
     "Timestamp: 5\nP-Visited-Network-ID: \"x\"\nP-Asserted-Service: urn:urn-7:x",
     "",
     {kTrusted, kTrusted, {}, {}}},
    {"our own name where it is wanted",
     "INVITE",
     "User-Agent: pbx/1",
     "User-Agent: Portcullis",
     {kTrusted, kTrusted, {}, {.software = config::SoftwareName::Ours}}},
    {"our own name in an answer",
     "200 INVITE",
     "Server: pbx/1",
     "Server: Portcullis",
     {kTrusted, kTrusted, {}, {.software = config::SoftwareName::Ours}}},
    {"names that the receiver's side lets through, of that realm or of any", "INVITE",
     "X-Account: 7\nx-other: 8\nX-Any: <sip:9@h>\nSubject: s",
     "X-Account: 7\nX-Any: <sip:9@h>\nSubject: s", kAllowed},
    {"RFC 3323 5.3: user privacy takes Subject away again",
     "INVITE",
     "Privacy: user\nX-Account: 7\nSubject: s",
     "X-Account: 7",
     {kTrusted, kUntrusted, {}, kAllowed.to}},
};

class Plain : public testing::TestWithParam<PassCase> {};
TEST_P(Plain, Crosses) { check(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Rows, Plain, testing::ValuesIn(kCases));

}  // namespace
}  // namespace portcullis::headers
