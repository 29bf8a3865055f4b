// SPDX-License-Identifier: BSD-2-Clause
// The service without daemons: a change that goes wrong is no change for the next one.
#include "mgmt-api/publish/config_service.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "mgmt-api/store/migrations.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace portcullis::mgmt {
namespace {

using Outcome = std::expected<ChangeOutcome, Problem>;
using Edited = std::expected<config::Document, Problem>;

class Service : public ::testing::Test {
 protected:
    Database open() {
        auto database = Database::open(dir_.path() / "s.sqlite");
        EXPECT_TRUE(database);
        EXPECT_TRUE(migrate(*database));
        return std::move(*database);
    }
    // Makes the next document: another one each time.
    Edited next() {
        config::Document document;
        document.timers.t1 = std::chrono::milliseconds{100 + ++edits_};
        return document;
    }
    std::optional<Outcome> submit(std::function<Edited(const CurrentConfig&)> edit) {
        std::optional<Outcome> out;
        service_.submit({.edit = std::move(edit),
                         .author = "tok",
                         .comment = {},
                         .dry_run = false,
                         .done = [&out](Outcome outcome) { out = std::move(outcome); }});
        return out;
    }
    void expect_works() {
        const auto outcome = submit([this](const CurrentConfig&) { return next(); });
        ASSERT_TRUE(outcome && *outcome);
        EXPECT_EQ((*outcome)->revision, service_.current().revision);
    }

    portcullis::testing::TempDir dir_;
    portcullis::testing::FakeClock clock_;
    boost::asio::io_context io_;
    Database database_ = open();
    ConfigStore store_{database_};
    ConfigService service_{io_, store_, clock_, dir_.path()};
    int edits_ = 0;
};

TEST_F(Service, AnswersAnExceptionInAnEdit) {
    const auto outcome =
        submit([](const CurrentConfig&) -> Edited { throw std::runtime_error("no memory"); });
    ASSERT_TRUE(outcome && !*outcome);
    EXPECT_EQ(outcome->error().kind, ProblemKind::Internal);
    expect_works();
}

TEST_F(Service, GoesOnAfterAnExceptionInAnAnswer) {
    const auto throws = [this](bool dry_run) {
        service_.submit({.edit = [this](const CurrentConfig&) { return next(); },
                         .author = "tok",
                         .comment = {},
                         .dry_run = dry_run,
                         .done = [](const Outcome&) { throw std::runtime_error("no memory"); }});
    };
    EXPECT_THROW(throws(true), std::runtime_error);
    expect_works();
    EXPECT_THROW(throws(false), std::runtime_error);  // from within the publication
    expect_works();
}

}  // namespace
}  // namespace portcullis::mgmt
