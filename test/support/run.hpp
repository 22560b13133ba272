// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace seakeeper::test {

/// Runs one coroutine to its end on `context` and gives its value back.
template <class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> operation) {
    std::optional<T> value;
    std::exception_ptr thrown;
    boost::asio::co_spawn(
        context,
        std::move(operation),
        [&](std::exception_ptr error, std::optional<T> got) {
            thrown = error;
            value = std::move(got);
            context.stop();
        }
    );
    context.restart();
    context.run();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    return std::move(*value);
}

} // namespace seakeeper::test
