// SPDX-License-Identifier: BSD-2-Clause
// redact() hides what would serve a thief, and nothing else.
#include "signaling/control/redact.hpp"

#include <gtest/gtest.h>

namespace portcullis::control {
namespace {

struct RedactCase {
    const char* name;
    std::string_view message;
    std::string_view seen;
};

class RedactTest : public ::testing::TestWithParam<RedactCase> {};

TEST_P(RedactTest, Hides) { EXPECT_EQ(redact(GetParam().message), GetParam().seen); }

INSTANTIATE_TEST_SUITE_P(
    Messages, RedactTest,
    ::testing::Values(
        RedactCase{"Empty", "", ""},
        RedactCase{"NothingSecret",
                   "INVITE sip:1@h SIP/2.0\r\nSubject: response=\"x\"\r\n\r\nv=0\r\n",
                   "INVITE sip:1@h SIP/2.0\r\nSubject: response=\"x\"\r\n\r\nv=0\r\n"},
        RedactCase{"Quoted", "Authorization: Digest username=\"u\", response=\"0aF\", nc=1\r\n",
                   "Authorization: Digest username=\"u\", response=\"***\", nc=1\r\n"},
        RedactCase{"BareAndInAnyCase", "proxy-authorization: Digest Response=0aF,nc=1\r\n",
                   "proxy-authorization: Digest Response=***,nc=1\r\n"},
        RedactCase{"Folded",
                   "Authorization: Digest username=\"u\",\r\n response=\"0a\"\r\nTo: <sip:a>\r\n",
                   "Authorization: Digest username=\"u\",\r\n response=\"**\"\r\nTo: <sip:a>\r\n"},
        RedactCase{"Basic", "Authorization: Basic YTpi\r\n", "Authorization: Basic ****\r\n"},
        RedactCase{"CutShort", "Authorization: Digest response=\"0a",
                   "Authorization: Digest response=\"**"},
        RedactCase{"Crypto",
                   "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc=|2^20|1:4 inline:de\r\n",
                   "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****|2^20|1:4 inline:**\r\n"},
        RedactCase{"Mikey", "a=key-mgmt:mikey AQAF\r\n", "a=key-mgmt:mikey ****\r\n"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace portcullis::control
