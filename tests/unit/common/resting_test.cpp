// SPDX-License-Identifier: BSD-2-Clause
#include "common/base/resting.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace portcullis {
namespace {

struct Value {
    std::string text;
    std::vector<std::uint32_t> numbers;
    auto fields() { return std::tie(text, numbers); }
    bool operator==(const Value&) const = default;
};

TEST(Resting, IsTheSameAfterItsRest) {
    Resting<Value> value;
    EXPECT_EQ(*value, Value{});
    value->text = "a text that no string keeps within itself";
    value->numbers = {1, 2, 3};
    const Value before = *value;
    for (int round = 0; round < 2; ++round) {
        EXPECT_FALSE(value.rests());
        value.rest();
        EXPECT_TRUE(value.rests());
        value.rest();
        EXPECT_EQ(*std::as_const(value), before);
        value.rest();
        EXPECT_EQ(value.copy(), before);
        EXPECT_TRUE(value.rests());
        EXPECT_EQ(*value, before);
    }
}

TEST(Resting, IsCopiedAndMovedAtRestAsAwake) {
    for (const bool at_rest : {false, true}) {
        Resting<Value> value;
        *value = {"one", {1}};
        if (at_rest) value.rest();
        Resting<Value> copy(value);
        copy->text = "two";
        EXPECT_EQ(value->text, "one");
        if (at_rest) copy.rest();
        value = std::move(copy);
        EXPECT_EQ(value->text, "two");
        EXPECT_EQ(value->numbers.size(), 1U);
    }
}

}  // namespace
}  // namespace portcullis
