// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace seakeeper {
inline namespace v0 {

/// A credential. Cannot be formatted, compared with a text or printed; reading it is a named act
/// that review can look for. The bytes are wiped when it goes.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string bytes) : bytes_{std::move(bytes)} {}
    Secret(const Secret&) = default;
    Secret& operator=(const Secret& other) {
        Secret copy{other};
        bytes_.swap(copy.bytes_);
        return *this;
    }
    Secret(Secret&& other) noexcept : bytes_{std::exchange(other.bytes_, {})} {}
    Secret& operator=(Secret&& other) noexcept {
        bytes_.swap(other.bytes_);
        return *this;
    }
    ~Secret() { wipe(); }

    bool empty() const noexcept { return bytes_.empty(); }
    /// The bytes themselves, to hand to a transport and to nothing else.
    std::string_view reveal() const noexcept { return bytes_; }

private:
    void wipe() noexcept {
        volatile char* byte = bytes_.data();
        for (std::size_t i = 0; i < bytes_.size(); ++i) {
            byte[i] = 0;
        }
    }
    std::string bytes_;
};

} // namespace v0
} // namespace seakeeper
