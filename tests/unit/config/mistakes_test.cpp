// SPDX-License-Identifier: BSD-2-Clause
// One mistake per row, made in the lab's document: exactly one problem, at that place, of that
// code.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policy/config/reader.hpp"
#include "tests/unit/config/documents.hpp"

namespace portcullis::config {
namespace {

struct Mistake {
    const char* name;
    std::string patch;  // RFC 6902 operations on lab.json
    const char* pointer;
    const char* code;
};

std::string set(const std::string& path, const std::string& value) {
    return R"([{"op":"add","path":")" + path + R"(","value":)" + value + "}]";
}

std::string remove(const std::string& path) {
    return R"([{"op":"remove","path":")" + path + R"("}])";
}

const Mistake kFields[] = {
    {"UnknownSection", set("/trunk", "[]"), "/trunk", "unknown-field"},
    {"UnknownField", set("/realms/0/trusted", "true"), "/realms/0/trusted", "unknown-field"},
    {"UnknownNestedField", set("/trunks/0/match/source", "[]"), "/trunks/0/match/source",
     "unknown-field"},
    {"UnknownFieldIsEscaped", set("/realms/0/a~1b~0c", "1"), "/realms/0/a~1b~0c", "unknown-field"},
    {"SectionIsNoList", set("/realms", "{}"), "/realms", "wrong-type"},
    {"ObjectIsNoObject", set("/number_rules", "[\"strip\"]"), "/number_rules/0", "wrong-type"},
    {"TextIsNumber", set("/realms/0/description", "5"), "/realms/0/description", "wrong-type"},
    {"NumberIsText", set("/sip_interfaces/0/port", "\"5060\""), "/sip_interfaces/0/port",
     "wrong-type"},
    {"NumberIsFraction", set("/timers", "{\"t1_ms\":500.5}"), "/timers/t1_ms", "wrong-type"},
    {"FlagIsText", set("/realms/0/enabled", "\"yes\""), "/realms/0/enabled", "wrong-type"},
    {"NullIsNoDefault", set("/sip_interfaces/0/port", "null"), "/sip_interfaces/0/port",
     "wrong-type"},
    {"MissingRealm", remove("/sip_interfaces/3/realm"), "/sip_interfaces/3/realm", "missing-field"},
    {"MissingAddress", remove("/sip_interfaces/1/address"), "/sip_interfaces/1/address",
     "missing-field"},
    {"MissingGatewayUri", set("/trunks/0/gateways/0", "{}"), "/trunks/0/gateways/0/uri",
     "missing-field"},
    {"MissingRouteTrunks", remove("/routes/0/trunks"), "/routes/0/trunks", "missing-field"},
    {"EmptyRouteTrunks", set("/routes/0/trunks", "[]"), "/routes/0/trunks", "too-few-items"},
    {"NameWithCapital", set("/number_rules", R"([{"name":"Strip","strip":1}])"),
     "/number_rules/0/name", "bad-name"},
    {"NameEmpty", set("/number_rules", R"([{"name":"","strip":1}])"), "/number_rules/0/name",
     "empty"},
    {"NameTooLong",
     set("/number_rules", R"([{"name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)"
                          R"(aaaaaaaaaa","strip":1}])"),
     "/number_rules/0/name", "too-long"},
    {"NameBeginsWithDash", set("/number_rules", R"([{"name":"-a","strip":1}])"),
     "/number_rules/0/name", "bad-name"},
    {"DescriptionWithLineBreak", set("/realms/0/description", "\"a\\nb\""), "/realms/0/description",
     "bad-text"},
    {"EnumUnknown", set("/realms/0/trust", "\"internal\""), "/realms/0/trust", "bad-value"},
    {"LatchingUnknown", set("/trunks/1/latching", "\"loose\""), "/trunks/1/latching", "bad-value"},
    {"PortZero", set("/sip_interfaces/0/port", "0"), "/sip_interfaces/0/port", "out-of-range"},
    {"PortTooLarge", set("/sip_interfaces/0/port", "65536"), "/sip_interfaces/0/port",
     "out-of-range"},
    {"PortPast64Bits", set("/sip_interfaces/0/port", "18446744073709551615"),
     "/sip_interfaces/0/port", "out-of-range"},
    {"PortNegative", set("/sip_interfaces/0/port", "-1"), "/sip_interfaces/0/port", "out-of-range"},
    {"TimerTooShort", set("/timers", "{\"t1_ms\":1}"), "/timers/t1_ms", "out-of-range"},
    {"WorkersZero", set("/relay", "{\"workers\":0}"), "/relay/workers", "out-of-range"},
    // One more than the relay can start.
    {"WorkersTooMany", set("/relay", "{\"workers\":17}"), "/relay/workers", "out-of-range"},
    {"AddressNoAddress", set("/media_pools/0/advertised_address", "\"198.18.0\""),
     "/media_pools/0/advertised_address", "bad-address"},
    {"AddressWildcard", set("/sip_interfaces/0/address", "\"0.0.0.0\""),
     "/sip_interfaces/0/address", "bad-address"},
    {"AddressMulticast", set("/sip_interfaces/0/address", "\"224.0.0.1\""),
     "/sip_interfaces/0/address", "bad-address"},
    {"AddressLinkLocal", set("/sip_interfaces/1/address", "\"fe80::1\""),
     "/sip_interfaces/1/address", "bad-address"},
    {"AddressInBrackets", set("/sip_interfaces/1/address", "\"[fd00:18::1]\""),
     "/sip_interfaces/1/address", "bad-address"},
    {"CidrHostBits", set("/trunks/0/match/sources/0", "\"198.18.0.2/24\""),
     "/trunks/0/match/sources/0", "bad-cidr"},
    {"CidrLength", set("/trunks/0/match/sources/0", "\"198.18.0.0/33\""),
     "/trunks/0/match/sources/0", "bad-cidr"},
    {"DomainWithPort", set("/realms/0/domain", "\"sbc.example.com:5060\""), "/realms/0/domain",
     "bad-host"},
    {"DomainWithoutBrackets", set("/realms/0/domain", "\"fd00::1\""), "/realms/0/domain",
     "bad-host"},
    {"DeviceWithSlash", set("/media_interfaces/0/device", "\"eth/0\""),
     "/media_interfaces/0/device", "bad-device"},
    {"DeviceTooLong", set("/media_interfaces/0/device", "\"sixteen-letters0\""),
     "/media_interfaces/0/device", "too-long"},
    {"TransportTls", set("/sip_interfaces/0/transports/1", "\"tls\""),
     "/sip_interfaces/0/transports/1", "unsupported"},
    {"TransportUnknown", set("/sip_interfaces/0/transports/1", "\"sctp\""),
     "/sip_interfaces/0/transports/1", "bad-value"},
    {"TransportTwice", set("/sip_interfaces/0/transports", "[\"udp\",\"udp\"]"),
     "/sip_interfaces/0/transports/1", "duplicate-item"},
    {"TransportsNone", set("/sip_interfaces/0/transports", "[]"), "/sip_interfaces/0/transports",
     "too-few-items"},
    {"GatewayHostName", set("/trunks/0/gateways/0/uri", "\"sip:pbx_1.example.com\""),
     "/trunks/0/gateways/0/uri", "bad-uri"},
    {"GatewaySips", set("/trunks/0/gateways/0/uri", "\"sips:198.18.0.2\""),
     "/trunks/0/gateways/0/uri", "unsupported"},
    {"GatewayTls", set("/trunks/0/gateways/0/uri", "\"sip:198.18.0.2;transport=tls\""),
     "/trunks/0/gateways/0/uri", "unsupported"},
    {"GatewayUser", set("/trunks/0/gateways/0/uri", "\"sip:a@198.18.0.2\""),
     "/trunks/0/gateways/0/uri", "bad-uri"},
    {"GatewayScheme", set("/trunks/0/gateways/0/uri", "\"198.18.0.2\""), "/trunks/0/gateways/0/uri",
     "bad-uri"},
    {"GatewayParameter", set("/trunks/0/gateways/0/uri", "\"sip:198.18.0.2;lr\""),
     "/trunks/0/gateways/0/uri", "bad-uri"},
    {"GatewayPortZero", set("/trunks/0/gateways/0/uri", "\"sip:198.18.0.2:0\""),
     "/trunks/0/gateways/0/uri", "bad-uri"},
    {"GatewayMulticast", set("/trunks/0/gateways/0/uri", "\"sip:224.0.1.75\""),
     "/trunks/0/gateways/0/uri", "bad-address"},
    {"PatternDoesNotCompile", set("/routes/0/match/called_pattern", "\"(49\""),
     "/routes/0/match/called_pattern", "bad-pattern"},
    {"PatternLookAhead", set("/routes/0/match/called_pattern", "\"(?=49).*\""),
     "/routes/0/match/called_pattern", "bad-pattern"},
    {"PrefixWithSpace", set("/routes/0/match/called_prefix", "\"+49 30\""),
     "/routes/0/match/called_prefix", "bad-number"},
    {"CoresTwice", set("/relay", R"({"workers":2,"cores":[2,2]})"), "/relay/cores/1",
     "duplicate-item"},
};

const Mistake kSections[] = {
    {"DuplicateName", set("/realms/-", R"({"name":"core"})"), "/realms/2/name", "duplicate-name"},
    {"DanglingRealm", set("/media_pools/0/realm", "\"inside\""), "/media_pools/0/realm",
     "dangling-reference"},
    {"DanglingTrunk", set("/routes/0/trunks/-", "\"backup\""), "/routes/0/trunks/1",
     "dangling-reference"},
    {"DanglingRule", set("/routes/0/number_rules", "[\"e164\"]"), "/routes/0/number_rules/0",
     "dangling-reference"},
    {"DanglingMatch", set("/routes/0/match/trunk", "\"pbx2\""), "/routes/0/match/trunk",
     "dangling-reference"},
    {"DisabledMediaInterface",
     set("/media_interfaces/-", R"({"name":"spare","device":"eth9","enabled":false})"), nullptr,
     nullptr},
    {"DisabledReference",
     R"([{"op":"add","path":"/realms/-","value":{"name":"old","enabled":false}},
         {"op":"add","path":"/access_lists","value":[{"name":"a","realm":"old",
          "default_action":"deny"}]}])",
     "/access_lists/0/realm", "disabled-reference"},
    {"ListenerTwice",
     set("/sip_interfaces/-", R"({"name":"x","realm":"peer","address":"198.18.0.1"})"),
     "/sip_interfaces/4/port", "duplicate-listener"},
    {"DeviceTwice", set("/media_interfaces/-", R"({"name":"x","device":"core0"})"),
     "/media_interfaces/2/device", "duplicate-device"},
    {"PoolBackwards", set("/media_pools/0/port_max", "19999"), "/media_pools/0/port_max",
     "bad-range"},
    {"PoolWithoutPair",
     R"([{"op":"replace","path":"/media_pools/0/port_min","value":20001},
         {"op":"replace","path":"/media_pools/0/port_max","value":20002}])",
     "/media_pools/0/port_max", "range-too-small"},
    {"PoolsOverlap", set("/media_pools/-", R"({"name":"x","realm":"core","interface":"core",
         "address":"198.18.0.1","port_min":29999,"port_max":30010})"),
     "/media_pools/4/port_min", "media-range-overlap"},
    {"PoolAddressOnTwoDevices",
     set("/media_pools/-", R"({"name":"x","realm":"core","interface":"peer",
         "address":"198.18.0.1","port_min":30000,"port_max":30010})"),
     "/media_pools/4/interface", "address-on-two-interfaces"},
    {"AdvertisedFamily", set("/media_pools/0/advertised_address", "\"fd00::99\""),
     "/media_pools/0/advertised_address", "family-mismatch"},
    {"SipPortInMediaRange", set("/sip_interfaces/0/port", "20000"), "/sip_interfaces/0/port",
     "sip-port-in-media-range"},
    {"SourceInTwoTrunks",
     set("/trunks/-", R"({"name":"x","realm":"core","match":{"sources":["198.18.0.2"]}})"),
     "/trunks/2/match/sources/0", "ambiguous-match"},
    {"GatewayInTwoTrunks",
     set("/trunks/-", R"({"name":"x","realm":"core","gateways":[{"uri":"sip:198.18.0.2"}]})"),
     "/trunks/2/gateways/0/uri", "ambiguous-match"},
    {"SourceInTwoTrunksOfOneHost",
     R"([{"op":"add","path":"/trunks/0/match/host","value":"a.example"},
         {"op":"add","path":"/trunks/-","value":{"name":"x","realm":"core",
          "match":{"sources":["fd00:18::2"],"host":"A.example"}}}])",
     "/trunks/2/match/sources/0", "ambiguous-match"},
    {"TrunkIsNowhere", set("/trunks/-", R"({"name":"x","realm":"core"})"), "/trunks/2/gateways",
     "unusable-trunk"},
    {"HostWithoutSource",
     set("/trunks/-", R"({"name":"x","realm":"core","match":{"host":"a.example"}})"),
     "/trunks/2/match/host", "contradiction"},
    {"GatewayLabelTwice", set("/trunks/0/gateways/-", R"({"name":"pbx","uri":"sip:198.18.0.3"})"),
     "/trunks/0/gateways/1/name", "duplicate-name"},
    {"GatewayTwice",
     set("/trunks/0/gateways/-", R"({"name":"b","uri":"sip:198.18.0.2;transport=UDP"})"),
     "/trunks/0/gateways/1/uri", "duplicate-gateway"},
    {"GatewayNameTwice",
     R"([{"op":"add","path":"/trunks/0/gateways/-","value":{"uri":"sip:pbx.example"}},
         {"op":"add","path":"/trunks/0/gateways/-","value":{"uri":"sip:PBX.example."}}])",
     "/trunks/0/gateways/2/uri", "duplicate-gateway"},
    // Wherever DNS says it is, requests from there could be of either.
    {"GatewayNameInTwoTrunks",
     R"([{"op":"add","path":"/trunks/0/gateways/-","value":{"uri":"sip:pbx.example"}},
         {"op":"add","path":"/trunks/-","value":
          {"name":"x","realm":"core","gateways":[{"uri":"sip:pbx.example:5080"}]}}])",
     "/trunks/2/gateways/0/uri", "ambiguous-match"},
    {"GatewayIsSelf", set("/trunks/0/gateways/-", R"({"uri":"sip:198.18.1.1"})"),
     "/trunks/0/gateways/1/uri", "gateway-is-self"},
    {"GatewayTransportNotThere",
     R"([{"op":"replace","path":"/sip_interfaces/0/transports","value":["tcp"]}])",
     "/trunks/0/gateways/0/uri", "no-interface-for-gateway"},
    {"RealmWithoutInterface",
     R"([{"op":"remove","path":"/sip_interfaces/3"},{"op":"remove","path":"/sip_interfaces/2"}])",
     "/trunks/1/realm", "realm-without-sip-interface"},
    {"RealmWithoutPool",
     R"([{"op":"remove","path":"/media_pools/3"},{"op":"remove","path":"/media_pools/2"}])",
     "/trunks/1/realm", "realm-without-media-pool"},
    // Media of an IPv6 gateway cannot pass through an IPv4 pool.
    {"GatewayNameTransportNotThere",
     R"([{"op":"add","path":"/sip_interfaces/0/transports","value":["udp"]},
         {"op":"add","path":"/sip_interfaces/1/transports","value":["udp"]},
         {"op":"add","path":"/trunks/0/gateways/-","value":{"uri":"sip:pbx.example;transport=tcp"}}])",
     "/trunks/0/gateways/1/uri", "no-interface-for-gateway"},
    {"GatewayWithoutPoolOfItsFamily",
     R"([{"op":"remove","path":"/media_pools/3"},
         {"op":"add","path":"/trunks/1/gateways/-","value":{"uri":"sip:[fd00:18:1::2]"}}])",
     "/trunks/1/gateways/1/uri", "no-media-pool-for-gateway"},
    {"DisabledGatewayNeedsNoPool",
     R"([{"op":"remove","path":"/media_pools/3"},{"op":"add","path":"/trunks/1/gateways/-",
          "value":{"uri":"sip:[fd00:18:1::2]","enabled":false}}])",
     nullptr, nullptr},
    {"FailoverOnBusy", set("/trunks/0/failover_codes", "[503,486]"), "/trunks/0/failover_codes/1",
     "final-code"},
    {"FailoverOnBusyEverywhere", set("/trunks/0/failover_codes", "[600]"),
     "/trunks/0/failover_codes/0", "final-code"},
    {"FailoverOnDecline", set("/trunks/0/failover_codes", "[603]"), "/trunks/0/failover_codes/0",
     "final-code"},
    {"FailoverOnSuccess", set("/trunks/0/failover_codes", "[200]"), "/trunks/0/failover_codes/0",
     "out-of-range"},
    {"RejectCode", set("/trunks/0/capacity", R"({"max_calls":5,"reject_code":500})"),
     "/trunks/0/capacity/reject_code", "bad-value"},
    {"BurstWithoutRate", set("/trunks/0/capacity", R"({"burst":5})"), "/trunks/0/capacity/burst",
     "contradiction"},
    {"RetryAfterWithoutLimit", set("/trunks/0/capacity", R"({"retry_after_s":5})"),
     "/trunks/0/capacity/retry_after_s", "contradiction"},
    {"MoreCallsThanPorts", set("/trunks/0/capacity", R"({"max_calls":10001})"),
     "/trunks/0/capacity/max_calls", "capacity-exceeds-ports"},
    {"MoreCallsThanPortsOfItsFamily",
     R"([{"op":"add","path":"/trunks/0/capacity","value":{"max_calls":5001}},
         {"op":"remove","path":"/trunks/0/match/sources/1"}])",
     "/trunks/0/capacity/max_calls", "capacity-exceeds-ports"},
    {"TrunkRingTimeout", set("/trunks/0/timers", R"({"ring_timeout_s":301})"),
     "/trunks/0/timers/ring_timeout_s", "timer-order"},
    {"TrunkAttemptTimeout",
     set("/trunks/0/timers", R"({"ring_timeout_s":10,"attempt_timeout_s":11})"),
     "/trunks/0/timers/attempt_timeout_s", "timer-order"},
    {"RouteToDisabledTrunk", set("/trunks/1/enabled", "false"), "/routes/0/trunks",
     "route-without-usable-trunk"},
    {"RouteToTrunkWithoutGateway", set("/trunks/1/gateways", "[]"), "/routes/0/trunks",
     "route-without-usable-trunk"},
    {"RouteNeverReached",
     set("/routes/-", R"({"name":"x","match":{"trunk":"pbx"},"trunks":["carrier"]})"),
     "/routes/2/match", "unreachable-route"},
    {"RouteContradicts", set("/routes/0/match/realm", "\"peer\""), "/routes/0/match/realm",
     "contradiction"},
    {"RuleWithoutEffect", set("/number_rules", R"([{"name":"x"}])"), "/number_rules/0",
     "no-effect"},
    {"RuleContradicts",
     set("/number_rules", R"x([{"name":"x","pattern":"(.*)","strip":1,"replace":"\\1"}])x"),
     "/number_rules/0/replace", "contradiction"},
    {"RuleWithoutPattern", set("/number_rules", R"([{"name":"x","replace":"\\1"}])"),
     "/number_rules/0/replace", "missing-pattern"},
    {"RuleGroupNotThere",
     set("/number_rules", R"x([{"name":"x","pattern":"(.*)","replace":"\\2"}])x"),
     "/number_rules/0/replace", "bad-rewrite"},
    {"RuleRewriteWithSpace",
     set("/number_rules", R"x([{"name":"x","pattern":"(.*)","replace":"0 \\1"}])x"),
     "/number_rules/0/replace", "bad-rewrite"},
    {"AccessListTwice",
     set("/access_lists", R"([{"name":"a","realm":"peer","default_action":"deny"},
                              {"name":"b","realm":"peer","default_action":"deny"}])"),
     "/access_lists/1/realm", "duplicate-access-list"},
    {"AccessSourceTwice",
     set("/access_lists", R"([{"name":"a","realm":"peer","default_action":"deny","rules":[
         {"source":"10.0.0.1","action":"allow"},{"source":"10.0.0.1/32","action":"deny"}]}])"),
     "/access_lists/0/rules/1/source", "duplicate-source"},
    {"TimersT2BelowT1", set("/timers", R"({"t1_ms":1000,"t2_ms":500})"), "/timers/t2_ms",
     "timer-order"},
    {"TimersRingPastSetup", set("/timers", R"({"ring_timeout_s":400})"), "/timers/ring_timeout_s",
     "timer-order"},
    {"DnsServerName", set("/dns", R"({"servers":["ns.example.com"]})"), "/dns/servers/0",
     "bad-address"},
    {"DnsServerTwice", set("/dns", R"({"servers":["198.18.0.53","198.18.0.53:53"]})"),
     "/dns/servers/1", "duplicate-item"},
    {"DnsNoTries", set("/dns", R"({"tries":0})"), "/dns/tries", "out-of-range"},
    {"DnsTtlOrder", set("/dns", R"({"min_ttl_s":60,"max_ttl_s":30})"), "/dns/min_ttl_s",
     "timer-order"},
    {"CoresAndWorkers", set("/relay", R"({"workers":2,"cores":[2]})"), "/relay/cores",
     "cores-workers-mismatch"},
};

class MistakeTest : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, IsReportedAtItsPlaceAndAlone) {
    const Mistake& row = GetParam();
    const auto lab = nlohmann::json::parse(example_text("lab"));
    const std::string text = lab.patch(nlohmann::json::parse(row.patch)).dump();
    const auto document = load_document(text);
    if (row.code == nullptr) {
        EXPECT_TRUE(document) << in_words(document.error());
        return;
    }
    ASSERT_FALSE(document);
    ASSERT_EQ(document.error().size(), 1U) << in_words(document.error());
    const Problem& problem = document.error().front();
    EXPECT_EQ(problem.pointer, row.pointer) << problem;
    EXPECT_EQ(problem.code, row.code) << problem;
    EXPECT_FALSE(problem.message.empty());
    EXPECT_FALSE(problem.hint.empty()) << problem;
}

std::string row_name(const testing::TestParamInfo<Mistake>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Fields, MistakeTest, testing::ValuesIn(kFields), row_name);
INSTANTIATE_TEST_SUITE_P(Sections, MistakeTest, testing::ValuesIn(kSections), row_name);

}  // namespace
}  // namespace portcullis::config
