// SPDX-License-Identifier: Apache-2.0
#include "store/inspection.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <chrono>

namespace seakeeper::store {

Status check_file(sqlite::Connection& connection) {
    auto sound = connection.text("PRAGMA quick_check(1)");
    if (!sound) {
        return sound.error();
    }
    if (*sound != "ok") {
        return Error{
            Errc::corrupt, fmt::format("checking the file: {}", seakeeper::quoted(*sound))};
    }
    return {};
}

Inspection::Inspection(
    sqlite::Connection connection,
    std::function<void(const Error&)> on_damage,
    std::chrono::milliseconds rest
)
    : connection_{std::move(connection)}, on_damage_{std::move(on_damage)}, thread_{[this, rest] {
          run(rest);
          is_over_ = true;
      }} {
}

void Inspection::run(std::chrono::milliseconds rest) {
    {
        std::unique_lock lock{mutex_};
        if (wake_.wait_for(lock, rest, [this] { return is_stopping_.load(); })) {
            return;
        }
    }
    const auto checked = check_file(connection_);
    if (!checked && checked.error().is(Errc::corrupt) && !is_stopping_) {
        on_damage_(checked.error());
    }
}

Inspection::~Inspection() {
    {
        const std::lock_guard lock{mutex_};
        is_stopping_ = true;
    }
    wake_.notify_all();
    while (!is_over_) { // it may just be about to begin
        connection_.interrupt();
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    thread_.join();
}

} // namespace seakeeper::store
