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

Inspection::Inspection(sqlite::Connection connection, std::function<void(const Error&)> on_damage)
    : connection_{std::move(connection)}, on_damage_{std::move(on_damage)}, thread_{[this] {
          const auto checked = check_file(connection_);
          if (!checked && checked.error().is(Errc::corrupt) && !is_stopping_) {
              on_damage_(checked.error());
          }
          is_over_ = true;
      }} {
}

Inspection::~Inspection() {
    is_stopping_ = true;
    while (!is_over_) { // it may just be about to begin
        connection_.interrupt();
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    thread_.join();
}

} // namespace seakeeper::store
